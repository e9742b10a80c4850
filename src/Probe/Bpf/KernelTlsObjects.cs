// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Tls;

namespace L7Trace.Probe.Bpf;

/// <summary>The kernel side's tables of TLS objects and of goroutines' calls, from which those of a process that ended are deleted.</summary>
internal static class KernelTlsObjects
{
    /// <summary>Deletes what there is of the objects of one process.</summary>
    /// <param name="bpf">The kernel side.</param>
    /// <param name="objects">The objects; not empty.</param>
    /// <param name="time">
    /// When the process was gone (CLOCK_MONOTONIC): what is newer is of another image, or another process with its id.
    /// </param>
    internal static void Forget(L7Object bpf, IReadOnlyList<TlsObject> objects, ulong time)
    {
        foreach (var gone in objects)
        {
            var key = new Key { Object = gone.Address, ProcessId = gone.ProcessId };
            if (bpf.TlsObjects.TryGetFirst(key, out ulong id) && id == gone.Id.Value)
            {
                bpf.TlsObjects.Remove(key);
            }
        }

        if (objects.Any(static gone => gone.Source == SegmentSource.GoTls))
        {
            RemoveGoCalls(bpf.GoCalls, objects[0].ProcessId, time);
        }
    }

    private static void RemoveGoCalls(BpfMap map, uint processId, ulong time)
    {
        var gone = new List<Key>();
        map.Visit((key, value) =>
        {
            // struct go_call: object, buffer, enter_ns.
            var entry = MemoryMarshal.Read<Key>(key);
            if (entry.ProcessId == processId && MemoryMarshal.Read<ulong>(value[(2 * sizeof(ulong))..]) < time)
            {
                gone.Add(entry);
            }
        });

        foreach (var key in gone)
        {
            map.Remove(key);
        }
    }

    /// <summary>struct tls_key of bpf/tls_objects.bpf.h, and struct go_key of bpf/go_calls.bpf.h, whose object is a goroutine.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Key
    {
        internal ulong Object;
        internal uint ProcessId;
        internal uint Pad;
    }
}
