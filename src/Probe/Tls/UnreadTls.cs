// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Tls;

/// <summary>
/// Connections with TLS of processes that have no library which is probed: they would be missing without a word. One counts when
/// it has ended, or the trace has, and its process is known to have none; where it is not known, it does not count.
/// </summary>
/// <param name="hasProbedFile">Whether a process has mapped a file whose TLS is read; null when it was not looked at.</param>
/// <param name="look">Has a process looked at soon, of which that is not known.</param>
/// <param name="reasonOf">Which implementations of TLS a process has, and why they are not read. Called by a thread of the pool.</param>
internal sealed class UnreadTls(Func<uint, bool?> hasProbedFile, Action<uint> look, Func<uint, string?> reasonOf)
{
    private const int MaxProcesses = 1000; // that are told apart

    private readonly Dictionary<ConnectionId, uint> _owners = [];
    private readonly Dictionary<ConnectionId, uint> _candidates = [];
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, (long Connections, string? Reason)> _processes = [];
    private ulong _count;

    /// <summary>Connections that count.</summary>
    internal ulong Count => Volatile.Read(ref _count);

    /// <summary>The processes that they belong to.</summary>
    internal IReadOnlyList<UnreadTlsProcess> Processes
    {
        get
        {
            lock (_gate)
            {
                return [.. _processes.Where(static entry => entry.Value.Connections > 0)
                    .Select(static entry => new UnreadTlsProcess(entry.Key, entry.Value.Connections, entry.Value.Reason))];
            }
        }
    }

    /// <summary>A connection came into sight.</summary>
    internal void Open(ConnectionInfo connection) => _owners[connection.Id] = connection.ProcessId;

    /// <summary>What it carries was found.</summary>
    internal void Found(ConnectionId id, Protocol protocol)
    {
        if (protocol != Protocol.Tls)
        {
            _candidates.Remove(id);
            return;
        }

        if (!_owners.TryGetValue(id, out var process) || process == 0 || hasProbedFile(process) is var has && has == true)
        {
            return;
        }

        if (has is null)
        {
            look(process); // forked: it has what its parent has
        }

        _candidates[id] = process;
        lock (_gate)
        {
            if (_processes.Count >= MaxProcesses || !_processes.TryAdd(process, default))
            {
                return;
            }
        }

        // Files are read for it, and it has to be soon: the process may end.
        ThreadPool.QueueUserWorkItem(_ =>
        {
            var reason = reasonOf(process);
            lock (_gate)
            {
                _processes[process] = (_processes[process].Connections, reason);
            }
        });
    }

    /// <summary>Its plaintext is read: a TLS object is bound to it.</summary>
    internal void Bound(ConnectionId id)
    {
        _owners.Remove(id);
        _candidates.Remove(id);
    }

    /// <summary>It has ended.</summary>
    internal void Closed(ConnectionId id)
    {
        _owners.Remove(id);
        if (_candidates.Remove(id, out var process))
        {
            Judge(process);
        }
    }

    /// <summary>The trace has ended.</summary>
    internal void End()
    {
        foreach (var process in _candidates.Values)
        {
            Judge(process);
        }

        _candidates.Clear();
    }

    private void Judge(uint process)
    {
        if (hasProbedFile(process) != false)
        {
            return;
        }

        Volatile.Write(ref _count, _count + 1);
        lock (_gate)
        {
            if (_processes.TryGetValue(process, out var known))
            {
                _processes[process] = (known.Connections + 1, known.Reason);
            }
        }
    }
}
