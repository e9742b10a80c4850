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
            bpf.CountUnfinishedTls(RemoveGoCalls(bpf.GoCalls, objects[0].ProcessId, time));
        }
    }

    /// <summary>
    /// Writes among the calls that a goroutine is in. A program may end when the answer has come to another goroutine, before the
    /// write has returned: what it moved nobody told. Calls that read wait for what may never come.
    /// </summary>
    /// <param name="value">struct go_calls of bpf/go_calls.bpf.h.</param>
    internal static int CountWrites(ReadOnlySpan<byte> value)
    {
        var calls = MemoryMarshal.Read<GoCalls>(value);
        return (calls.Depth > 0 && calls.Outer.IsWrite ? 1 : 0) + (calls.Depth > 1 && calls.Inner.IsWrite ? 1 : 0);
    }

    private static int RemoveGoCalls(BpfMap map, uint processId, ulong time)
    {
        var gone = new List<Key>();
        var writes = 0;
        map.Visit((key, value) =>
        {
            var entry = MemoryMarshal.Read<Key>(key);
            if (entry.ProcessId == processId && MemoryMarshal.Read<GoCalls>(value).Outer.EnterNs < time)
            {
                gone.Add(entry);
                writes += CountWrites(value);
            }
        });

        foreach (var key in gone)
        {
            map.Remove(key);
        }

        return writes;
    }

    /// <summary>struct go_call.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct GoCall
    {
        internal ulong Object;
        internal ulong Buffer;
        internal ulong EnterNs;
        internal uint Direction; // 0: what the process sends
        internal uint Kind;      // 0: Read or Write
        internal ulong Id;
        internal ulong StackBegin;
        internal ulong StackDepth;

        internal readonly bool IsWrite => Kind == 0 && Direction == 0;
    }

    /// <summary>struct go_calls.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct GoCalls
    {
        internal GoCall Outer;
        internal GoCall Inner;
        internal uint Depth;
        internal uint Pad;
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
