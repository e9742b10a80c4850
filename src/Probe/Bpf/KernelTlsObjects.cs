// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace L7Trace.Probe.Bpf;

/// <summary>The kernel side's table of TLS objects, from which those of a process that ended are deleted.</summary>
internal static class KernelTlsObjects
{
    /// <summary>Deletes one, if it is there.</summary>
    internal static void Remove(BpfMap map, uint processId, ulong address) =>
        map.Remove(new Key { Object = address, ProcessId = processId });

    /// <summary>struct tls_key of bpf/tls_objects.bpf.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Key
    {
        internal ulong Object;
        internal uint ProcessId;
        internal uint Pad;
    }
}
