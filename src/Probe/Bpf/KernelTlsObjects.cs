// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Tls;

namespace L7Trace.Probe.Bpf;

/// <summary>The kernel side's tables of TLS objects and of goroutines' calls, from which those of a process that ended are deleted.</summary>
internal static class KernelTlsObjects
{
    /// <summary>Deletes what there is of one, whose process is gone.</summary>
    internal static void Forget(L7Object bpf, TlsObject gone)
    {
        bpf.TlsObjects.Remove(new Key { Object = gone.Address, ProcessId = gone.ProcessId });
        if (gone.Source == SegmentSource.GoTls)
        {
            RemoveGoCalls(bpf.GoCalls, gone.ProcessId);
        }
    }

    private static void RemoveGoCalls(BpfMap map, uint processId)
    {
        var gone = new List<Key>();
        map.Visit((key, _) =>
        {
            var entry = MemoryMarshal.Read<Key>(key);
            if (entry.ProcessId == processId)
            {
                gone.Add(entry);
            }
        });

        foreach (var key in gone)
        {
            map.Remove(key);
        }
    }

    /// <summary>struct tls_key of bpf/tls_objects.bpf.h, and struct go_key of bpf/tls_match.bpf.h, whose object is a goroutine.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Key
    {
        internal ulong Object;
        internal uint ProcessId;
        internal uint Pad;
    }
}
