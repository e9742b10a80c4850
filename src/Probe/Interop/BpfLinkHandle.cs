// SPDX-License-Identifier: Apache-2.0
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Interop;

/// <summary>Owns a struct bpf_link: the program is attached as long as this is open.</summary>
internal sealed class BpfLinkHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal BpfLinkHandle(nint value)
        : base(ownsHandle: true) => SetHandle(value);

    protected override bool ReleaseHandle() => LibBpf.LinkDestroy(handle) == 0;
}
