// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Connections;

/// <summary>The open connections, and for a while the closed ones, so that a late record does not open one again.</summary>
internal sealed class ConnectionTable(ParseLimits limits, StreamCounters counters)
{
    private const long TombstoneLife = 5_000_000_000;
    private const int RecentSize = 256;
    private const int Large = 64 * 1024; // unread bytes that make a connection one of those that are given up first
    private const int IdleBytes = 4 * 1024; // what an idle connection takes, about

    private readonly Dictionary<ConnectionId, ConnectionTracker> _open = [];
    private readonly HashSet<ConnectionId> _closed = [];
    private readonly Queue<(ConnectionId Id, long Time)> _tombstones = [];
    private readonly ConnectionTracker?[] _recent = new ConnectionTracker?[RecentSize]; // found without the table

    public int Count => _open.Count;

    public IEnumerable<ConnectionTracker> All => _open.Values;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ConnectionTracker? Find(ConnectionId id)
    {
        ref var recent = ref _recent[(int)(id.Value & (RecentSize - 1))];
        if (recent is not null && recent.Connection.Id == id)
        {
            return recent;
        }

        return _open.TryGetValue(id, out var tracker) ? recent = tracker : null;
    }

    public bool IsClosed(ConnectionId id) => _closed.Contains(id);

    public void Add(ConnectionTracker tracker, long now)
    {
        if (_open.Count >= limits.MaxConnections)
        {
            EvictIdle(now);
        }

        _open[tracker.Connection.Id] = tracker;
        _closed.Remove(tracker.Connection.Id);
    }

    public ConnectionTracker? Remove(ConnectionId id, long now)
    {
        if (!_open.Remove(id, out var tracker))
        {
            return null;
        }

        ref var recent = ref _recent[(int)(id.Value & (RecentSize - 1))];
        if (recent == tracker)
        {
            recent = null;
        }

        if (_closed.Add(id))
        {
            _tombstones.Enqueue((id, now));
        }

        return tracker;
    }

    public void Expire(long now)
    {
        while (_tombstones.TryPeek(out var oldest) &&
               (now - oldest.Time > TombstoneLife || _tombstones.Count > limits.MaxConnections))
        {
            _tombstones.Dequeue();
            _closed.Remove(oldest.Id);
        }
    }

    /// <summary>Gives up connections that hold about so many bytes together: the largest, then the longest idle.</summary>
    public void GiveUp(long bytes, long now)
    {
        foreach (var tracker in _open.Values.Where(static t => t.Held >= Large).OrderByDescending(static t => t.Held).ToList())
        {
            if (bytes <= 0)
            {
                return;
            }

            bytes -= tracker.Held;
            Evict(tracker, now);
        }

        foreach (var tracker in _open.Values.OrderBy(static t => t.LastActivity).ToList())
        {
            if (bytes <= 0)
            {
                return;
            }

            bytes -= IdleBytes + tracker.Held;
            Evict(tracker, now);
        }
    }

    // A sixteenth at a time, so that a full table costs one pass now and then and not one per connection.
    private void EvictIdle(long now)
    {
        var count = Math.Max(1, limits.MaxConnections / 16);
        foreach (var tracker in _open.Values.OrderBy(t => t.LastActivity).Take(count).ToList())
        {
            Evict(tracker, now);
        }

        Expire(now);
    }

    private void Evict(ConnectionTracker tracker, long now)
    {
        Remove(tracker.Connection.Id, now)?.Close(now);
        counters.Evicted++;
    }
}
