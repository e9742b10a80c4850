// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Live;

/// <summary>
/// The open Unix connections, to find those whose end the kernel side did not tell: a process that ends without
/// close(2), or a close event that found the control ring full. A connection is given up when its socket is not in the
/// list of its network namespace any more, or, if that can't be read, when no process known to use it is left.
/// </summary>
internal sealed class UnixConnections(ProcFs proc)
{
    /// <summary>Time that the kernel takes at most to close the files of a process that ended, nanoseconds.</summary>
    private const long ExitGrace = 200_000_000;

    /// <summary>Every connection is looked at this often, nanoseconds.</summary>
    private const long IdleSweep = 10_000_000_000;

    private readonly Dictionary<ConnectionId, Entry> _entries = [];
    private readonly HashSet<uint> _ended = [];
    private long _endedAt;
    private long _sweptAt;

    /// <summary>Connections in the table.</summary>
    internal int Count => _entries.Count;

    /// <summary>A connection is first seen.</summary>
    internal void Open(ConnectionInfo connection)
    {
        if (connection.UnixPath is not null)
        {
            _entries[connection.Id] = new Entry(
                connection.Inode, connection.NetworkNamespace, connection.ProcessId, connection.FirstSeen);
        }
    }

    /// <summary>A process moved bytes on it.</summary>
    internal void Use(ConnectionId id, uint processId, long time)
    {
        if (_entries.Count != 0 && _entries.TryGetValue(id, out var entry))
        {
            entry.LastUser = processId;
            entry.LastUse = time;
        }
    }

    /// <summary>It was closed in the ordinary way.</summary>
    internal void Close(ConnectionId id) => _entries.Remove(id);

    /// <summary>A process ended: its connections will be looked at.</summary>
    internal void ProcessEnded(uint processId, long now)
    {
        if (_entries.Count != 0)
        {
            _ended.Add(processId);
            _endedAt = now;
        }
    }

    /// <summary>Gives connections that are gone, with their inode numbers, and forgets them.</summary>
    /// <param name="now">Nanoseconds since the Unix epoch.</param>
    internal IReadOnlyList<(ConnectionId Id, ulong Inode)> Sweep(long now)
    {
        var exits = _ended.Count != 0 && now - _endedAt >= ExitGrace;
        var idle = now - _sweptAt >= IdleSweep;
        if (_entries.Count == 0 || (!exits && !idle))
        {
            return [];
        }

        _sweptAt = idle ? now : _sweptAt;
        var suspects = _entries.Where(pair =>
            idle ? now - pair.Value.LastUse >= IdleSweep || _ended.Contains(pair.Value.LastUser)
                : _ended.Contains(pair.Value.LastUser)).ToList();
        _ended.Clear();
        return suspects.Count == 0 ? [] : Confirm(suspects);
    }

    private List<(ConnectionId Id, ulong Inode)> Confirm(List<KeyValuePair<ConnectionId, Entry>> suspects)
    {
        var gone = new List<(ConnectionId, ulong)>();
        foreach (var group in suspects.GroupBy(pair => pair.Value.NetworkNamespace))
        {
            var sockets = ReadSockets(group.Key);
            foreach (var (id, entry) in group)
            {
                var exists = sockets is not null && entry.Inode != 0
                    ? sockets.Contains(entry.Inode)
                    : proc.ReadStat(entry.LastUser) is not null;
                if (!exists)
                {
                    _entries.Remove(id);
                    gone.Add((id, entry.Inode));
                }
            }
        }

        return gone;
    }

    /// <summary>Through this process if it is in that namespace, else through one that used a connection of it.</summary>
    private HashSet<ulong>? ReadSockets(uint networkNamespace)
    {
        foreach (var processId in _entries.Values
            .Where(entry => entry.NetworkNamespace == networkNamespace)
            .Select(entry => entry.LastUser)
            .Prepend((uint)Environment.ProcessId)
            .Distinct())
        {
            if (proc.Namespace(processId, "net") == networkNamespace
                && UnixSocketTable.Read(proc, processId) is { } sockets)
            {
                return sockets;
            }
        }

        return null;
    }

    private sealed class Entry(ulong inode, uint networkNamespace, uint user, long time)
    {
        public ulong Inode { get; } = inode;

        public uint NetworkNamespace { get; } = networkNamespace;

        public uint LastUser { get; set; } = user;

        public long LastUse { get; set; } = time;
    }
}
