// SPDX-License-Identifier: Apache-2.0
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Interop;

/// <summary>Owns a struct bpf_object: its maps and programs go with it.</summary>
internal sealed class BpfObjectHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    internal BpfObjectHandle(nint value)
        : base(ownsHandle: true) => SetHandle(value);

    protected override bool ReleaseHandle()
    {
        LibBpf.ObjectClose(handle);
        return true;
    }
}
