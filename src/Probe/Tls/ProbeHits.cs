// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Bpf;

namespace L7Trace.Probe.Tls;

/// <summary>Calls of probed functions, as the kernel side counts them (bpf/hits.bpf.h).</summary>
internal static class ProbeHits
{
    private const uint OutOfScope = 0;
    private const uint InScope = uint.MaxValue; // of any process, where processes are not told apart

    /// <summary>All counters, by the number of a file.</summary>
    internal static ILookup<uint, (uint ProcessId, ulong Count)> Read(BpfMap map)
    {
        var all = new List<(Key Key, ulong Count)>();
        map.Visit((key, value) => all.Add((MemoryMarshal.Read<Key>(key), MemoryMarshal.Read<ulong>(value))));
        return all.ToLookup(static entry => entry.Key.File, static entry => (entry.Key.ProcessId, entry.Count));
    }

    /// <summary>Those of one file.</summary>
    internal static TlsProbedFile Of(FileIdentity identity, TlsFile file, ILookup<uint, (uint ProcessId, ulong Count)> hits)
    {
        var ours = hits[file.Number].Where(static entry => entry.ProcessId != OutOfScope).ToList();
        return new TlsProbedFile(
            file.Path,
            identity,
            file.Libraries,
            file.Functions,
            file.Failed,
            ours.Aggregate(0UL, static (sum, entry) => sum + entry.Count),
            hits[file.Number].FirstOrDefault(static entry => entry.ProcessId == OutOfScope).Count,
            ours.Where(static entry => entry.ProcessId != InScope).ToDictionary(static entry => entry.ProcessId, static entry => entry.Count));
    }

    /// <summary>struct hit_key.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Key
    {
        internal uint File;
        internal uint ProcessId;
    }
}
