// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Packets;

namespace L7Trace.Probe.Captures.Tcp;

/// <summary>The connections of a capture by their ends, oldest use first.</summary>
internal sealed class TcpTable(TcpLimits limits, TcpCounters counters, Action<TcpConnection, long> close)
{
    private const int RecentSize = 256;

    private readonly Dictionary<(IpEnd First, IpEnd Second), TcpConnection> _connections = [];
    private readonly LinkedList<TcpConnection> _open = [];
    private readonly LinkedList<TcpConnection> _closed = [];
    private readonly TcpConnection?[] _recent = new TcpConnection?[RecentSize]; // found without the table, by the ports
    private ulong _lastId;

    public int Count => _connections.Count;

    public IEnumerable<TcpConnection> All => _connections.Values;

    public TcpConnection? Find(IpEnd first, IpEnd second)
    {
        ref var recent = ref _recent[PlaceOf(first, second)];
        if (recent is { } last && last.Ends[0] == first && last.Ends[1] == second)
        {
            return last;
        }

        return _connections.TryGetValue((first, second), out var found) ? recent = found : null;
    }

    public TcpConnection Add(IpEnd first, IpEnd second, long time)
    {
        if (_connections.Count >= limits.MaxConnections)
        {
            if (_closed.First is { } oldest)
            {
                Remove(oldest.Value);
            }
            else if (_open.First is { } idle)
            {
                counters.Evicted++;
                End(idle.Value);
            }
        }

        var connection = new TcpConnection(new ConnectionId(++_lastId), first, second, time) { LastSeen = time };
        _connections.Add((first, second), connection);
        _open.AddLast(connection.Node);
        return connection;
    }

    public void Touch(TcpConnection connection, long time)
    {
        connection.LastSeen = time;
        if (_open.Last != connection.Node && connection.Node.List == _open)
        {
            _open.Remove(connection.Node);
            _open.AddLast(connection.Node);
        }
    }

    public void Closed(TcpConnection connection)
    {
        connection.Node.List?.Remove(connection.Node);
        _closed.AddLast(connection.Node);
    }

    public void Remove(TcpConnection connection)
    {
        connection.Node.List?.Remove(connection.Node);
        _connections.Remove((connection.Ends[0], connection.Ends[1]));
        ref var recent = ref _recent[PlaceOf(connection.Ends[0], connection.Ends[1])];
        if (recent == connection)
        {
            recent = null;
        }
    }

    public void Expire(long now)
    {
        while (_closed.First is { } ended && now - ended.Value.LastSeen > limits.Linger)
        {
            Remove(ended.Value);
        }

        while (_open.First is { } idle && now - idle.Value.LastSeen > limits.Idle)
        {
            counters.IdledOut++;
            End(idle.Value);
        }
    }

    private static int PlaceOf(IpEnd first, IpEnd second) => ((first.Port * 31) + second.Port) & (RecentSize - 1);

    private void End(TcpConnection connection)
    {
        close(connection, connection.LastSeen);
        Remove(connection);
    }
}
