// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using L7Trace.Export.Fields;
using L7Trace.Probe.Containers;
using L7Trace.Probe.Processes;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// The container that a process of this host runs in: its id by the process's control groups, its name by the engine, when one
/// answers. Remembers what it found, for a few seconds: ids of processes are used again. Thread-safe.
/// </summary>
/// <param name="list">The containers that run, by the engine.</param>
internal sealed class ContainerNames(Func<IReadOnlyList<Container>> list)
{
    private const int MaxRemembered = 20_000;
    private const int MaxContainers = 10_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_validity = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<uint, (ContainerFacts? Facts, long At)> _processes = [];
    private long _silentSince;
    private readonly Dictionary<string, ContainerFacts> _containers = new(StringComparer.Ordinal);

    /// <summary>Of this machine.</summary>
    public ContainerNames()
        : this(ContainerEngine.List)
    {
    }

    /// <summary>Where it runs; null for a process that runs in none, or that had ended when it was first asked for.</summary>
    public ContainerFacts? Of(uint processId)
    {
        lock (_lock)
        {
            return Find(processId);
        }
    }

    private ContainerFacts? Find(uint processId)
    {
        var known = _processes.TryGetValue(processId, out var entry);
        if (known && Stopwatch.GetElapsedTime(entry.At) < s_validity)
        {
            return entry.Facts;
        }

        if (_processes.Count >= MaxRemembered)
        {
            _processes.Clear();
        }

        // One that has ended stays what it was: its last exchanges are shown after its end.
        var facts = ProcessFacts.Read(processId) is { } process ? Named(process.ContainerId) : entry.Facts;
        _processes[processId] = (facts, Stopwatch.GetTimestamp());
        return facts;
    }

    private ContainerFacts? Named(string? id)
    {
        if (id is null)
        {
            return null;
        }

        if (!_containers.TryGetValue(id, out var facts))
        {
            if (_containers.Count >= MaxContainers)
            {
                _containers.Clear();
            }

            // Asked once for each container: its name can't tell more of what is traced than its id does. An engine that does not
            // answer is left alone for a while: the wait is the trace's.
            if (_silentSince == 0 || Stopwatch.GetElapsedTime(_silentSince) >= s_patience)
            {
                var running = list();
                _silentSince = running.Count == 0 ? Stopwatch.GetTimestamp() : 0;
                foreach (var container in running)
                {
                    _containers[container.Id] = new ContainerFacts(container.Id, container.Name);
                }
            }

            if (!_containers.TryGetValue(id, out facts))
            {
                _containers[id] = facts = new ContainerFacts(id, null);
            }
        }

        return facts;
    }
}
