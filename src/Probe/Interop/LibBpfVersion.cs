// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace L7Trace.Probe.Interop;

/// <summary>The libbpf that this program runs with.</summary>
internal static unsafe class LibBpfVersion
{
    /// <summary>"v1.1".</summary>
    internal static string Read() => Marshal.PtrToStringUTF8((nint)LibBpf.VersionString()) ?? "unknown";
}
