// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.Ends;

/// <summary>
/// The connections that are traced, by both their ends, so that one can ask whether the other end of a connection is
/// traced too. Told by the engine's thread, asked by the consumer's: thread-safe. A closed connection stays for a while
/// of event time, because its exchanges are still in the queue.
/// </summary>
public sealed class ConnectionPairs
{
    private readonly Lock _gate = new();
    private readonly Dictionary<EndPair, int> _ends = [];
    private readonly Dictionary<ConnectionId, EndPair> _connections = [];
    private readonly UnixPeers _unix = new();
    private readonly Queue<(ConnectionId Id, EndPair Pair, long Time)> _closed = [];
    private readonly int _maxConnections;
    private int _mirrored;
    private int _lingering;

    /// <summary>Makes an empty table.</summary>
    /// <param name="maxConnections">Connections at most; those beyond it are shown from both ends.</param>
    public ConnectionPairs(int maxConnections = 200_000) => _maxConnections = maxConnections;

    /// <summary>Connections that had no room.</summary>
    public long Refused { get; private set; }

    /// <summary>Connections in the table, closed ones that linger included.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _connections.Count + _closed.Count;
            }
        }
    }

    /// <summary>A connection is traced from now on. Telling it twice is harmless.</summary>
    public void ConnectionOpened(ConnectionInfo connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        lock (_gate)
        {
            if (_connections.ContainsKey(connection.Id))
            {
                return;
            }

            if (_connections.Count + _closed.Count + _unix.Waiting >= _maxConnections)
            {
                Refused++;
                return;
            }

            if (EndPair.Of(connection) is not { } pair)
            {
                _unix.Wait(connection);
                return;
            }

            Add(connection.Id, pair);
            if (_unix.Find(pair) is { } client)
            {
                Add(client, pair.Mirrored);
            }
        }
    }

    /// <summary>A connection is gone.</summary>
    /// <param name="id">The connection.</param>
    /// <param name="time">When, nanoseconds since the Unix epoch.</param>
    public void ConnectionClosed(ConnectionId id, long time)
    {
        lock (_gate)
        {
            _unix.Close(id);
            if (_connections.Remove(id, out var pair))
            {
                _closed.Enqueue((id, pair, time));
                Volatile.Write(ref _lingering, _closed.Count);
            }
        }
    }

    /// <summary>True when both ends of any connection are, or were a moment ago, traced. Takes no lock.</summary>
    public bool HasAnyMirror => Volatile.Read(ref _mirrored) > 0;

    /// <summary>True when the other end of this connection is, or was a moment ago, traced too.</summary>
    public bool HasMirror(ConnectionInfo connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (PairOf(connection) is not { } pair)
        {
            return false;
        }

        lock (_gate)
        {
            return _ends.ContainsKey(pair.Mirrored);
        }
    }

    /// <summary>The pair of a connection, from what it says or from what its peer has said since; null when that does not name both ends.</summary>
    internal EndPair? PairOf(ConnectionInfo connection)
    {
        if (EndPair.Of(connection) is { } pair)
        {
            return pair;
        }

        if (!UnixPeers.Concerns(connection))
        {
            return null;
        }

        lock (_gate)
        {
            return _unix.Of(connection.Id);
        }
    }

    /// <summary>Forgets connections that were closed before this time.</summary>
    public void Forget(long closedBefore)
    {
        if (Volatile.Read(ref _lingering) == 0)
        {
            return;
        }

        lock (_gate)
        {
            while (_closed.TryPeek(out var oldest) && oldest.Time < closedBefore)
            {
                _closed.Dequeue();
                _unix.Forget(oldest.Id);
                if (--_ends[oldest.Pair] == 0)
                {
                    Volatile.Write(ref _mirrored, _mirrored - (_ends.ContainsKey(oldest.Pair.Mirrored) ? 1 : 0));
                    _ends.Remove(oldest.Pair);
                }
            }

            Volatile.Write(ref _lingering, _closed.Count);
        }
    }

    private void Add(ConnectionId id, EndPair pair)
    {
        _connections.Add(id, pair);
        var count = _ends.GetValueOrDefault(pair);
        _ends[pair] = count + 1;
        if (count == 0 && _ends.ContainsKey(pair.Mirrored))
        {
            Volatile.Write(ref _mirrored, _mirrored + 1);
        }
    }
}
