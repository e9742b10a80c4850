// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Processes;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Scope;

/// <summary>
/// Writes the scope into the kernel's maps. Names, cgroups and ports stand before the programs are attached;
/// processes come after, because only then does the kernel follow the forks of those that are in: what forks while the
/// list of processes is being read is found by reading it again.
/// </summary>
internal sealed class ScopeWriter(L7Object bpf, ProbeScope scope, ProcFs proc)
{
    /// <summary>Readings of /proc that add nothing new any more end the loop; this bounds it against fork storms.</summary>
    private const int MaxPasses = 32;

    /// <summary>The kernel's flags for a scope.</summary>
    internal static L7ScopeFlags Flags(ProbeScope scope)
    {
        L7ScopeFlags flags = 0;
        if (!scope.All)
        {
            flags |= scope.HasProcesses ? L7ScopeFlags.Processes : 0;
            flags |= scope.Children ? L7ScopeFlags.Children : 0;
            flags |= scope.HasCgroups ? L7ScopeFlags.Cgroups : 0;
            flags |= scope.HasPorts ? L7ScopeFlags.Ports : 0;
        }

        return flags;
    }

    /// <summary>Everything but processes.</summary>
    /// <param name="cgroups">The ids that the scope's cgroups came to.</param>
    internal void WriteBeforeAttach(IReadOnlyList<ulong> cgroups)
    {
        foreach (var name in scope.Commands)
        {
            Require(bpf.ScopeComms.TrySet(CommandKey(name), (byte)1), "names", bpf.ScopeComms);
        }

        foreach (var id in cgroups)
        {
            Require(bpf.ScopeCgroups.TrySet(id, (byte)1), "cgroups", bpf.ScopeCgroups);
        }

        foreach (var (port, side) in Ports())
        {
            Require(bpf.ScopePorts.TrySet(port, (byte)side), "ports", bpf.ScopePorts);
        }
    }

    /// <summary>The processes that run now: those named, those with a name that was given, and their descendants.</summary>
    /// <returns>Them.</returns>
    internal IReadOnlyCollection<uint> WriteAfterAttach()
    {
        if (scope.All || (scope.ProcessIds.Count == 0 && scope.Commands.Count == 0))
        {
            return [];
        }

        return AddWithDescendants(all => scope.ProcessIds
            .Select(id => proc.ThreadGroup(id))
            .OfType<uint>()
            .Concat(ProcessTree.ByCommand(scope.Commands, all)));
    }

    /// <summary>Adds one process and the children that it has by now.</summary>
    internal void Add(uint processId) => AddWithDescendants(_ => [processId]);

    private HashSet<uint> AddWithDescendants(Func<IReadOnlyList<ProcessStat>, IEnumerable<uint>> wanted)
    {
        var self = (uint)Environment.ProcessId;
        var added = new HashSet<uint>();
        for (var pass = 0; pass < MaxPasses; pass++)
        {
            var all = proc.ReadAll();
            var before = added.Count;
            foreach (var id in ProcessTree.WithDescendants(wanted(all).Where(id => id != self), all))
            {
                if (id != self && added.Add(id))
                {
                    Require(bpf.ScopeProcesses.TrySet(id, 1u), "processes", bpf.ScopeProcesses);
                }
            }

            if (added.Count == before)
            {
                break;
            }
        }

        return added;
    }

    private Dictionary<ushort, L7PortSide> Ports()
    {
        var ports = new Dictionary<ushort, L7PortSide>();
        Merge(scope.LocalPorts, L7PortSide.Local);
        Merge(scope.RemotePorts, L7PortSide.Remote);
        Merge(scope.AnyPorts, L7PortSide.Local | L7PortSide.Remote);
        return ports;

        void Merge(IReadOnlyList<ushort> list, L7PortSide side)
        {
            foreach (var port in list)
            {
                ports[port] = ports.GetValueOrDefault(port) | side;
            }
        }
    }

    private static Bytes16 CommandKey(string name)
    {
        Bytes16 key = default;
        var bytes = Encoding.UTF8.GetBytes(name);
        bytes.AsSpan(0, Math.Min(bytes.Length, ProcessTree.CommandBytes)).CopyTo(key);
        return key;
    }

    private static void Require(bool added, string what, BpfMap map)
    {
        if (!added)
        {
            throw ProbeErrors.TooManyTargets(what, map.MaxEntries);
        }
    }
}
