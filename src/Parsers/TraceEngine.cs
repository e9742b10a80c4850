// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Connections;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers;

/// <summary>
/// The one door of the parsers: takes opened connections, segments and closes from any source, and gives finished
/// exchanges to its handler. Not thread-safe; time is the time of the events.
/// </summary>
public sealed class TraceEngine
{
    private readonly ConnectionTable _table;
    private readonly NumberingHandler _handler;
    private readonly TrackerServices _services;
    private readonly List<ConnectionTracker> _scheduled = [];
    private long _now;

    /// <summary>
    /// Makes an engine that gives what it finds to <paramref name="handler"/>. <paramref name="inflaters"/>: what
    /// decompresses, where the BCL's is not enough.
    /// </summary>
    public TraceEngine(IExchangeHandler handler, ParseLimits? limits = null, Inflaters? inflaters = null)
        : this(handler, limits, null, inflaters)
    {
    }

    internal TraceEngine(
        IExchangeHandler handler, ParseLimits? limits, IReadOnlyList<IProtocolDetector>? detectors, Inflaters? inflaters = null)
    {
        var pool = new InflaterPool(inflaters ?? Inflaters.Default);
        ArgumentNullException.ThrowIfNull(handler);
        _handler = new NumberingHandler(handler);
        _services = new TrackerServices(
            _handler,
            limits ?? ParseLimits.Default,
            Counters,
            detectors ?? ProtocolRegistry.Create(pool),
            pool,
            (id, protocol) => ProtocolFound?.Invoke(id, protocol),
            id => NothingMoreIsRead?.Invoke(id));
        _table = new ConnectionTable(_services.Limits, Counters);
    }

    /// <summary>
    /// Told what was found out about a connection's protocol (again, when it is corrected), so that the source can
    /// stop capturing what is of no use (<see cref="ProtocolExtensions.IsOfUse"/>) or resume;
    /// <see cref="Protocol.Unknown"/> when another protocol begins that has to be found first.
    /// </summary>
    public Action<ConnectionId, Protocol>? ProtocolFound { get; set; }

    /// <summary>
    /// Told once of a connection that goes on while nothing that follows on it will be read (a replica's stream of the
    /// binary log), so that the source can stop capturing it. Its protocol is what it was.
    /// </summary>
    public Action<ConnectionId>? NothingMoreIsRead { get; set; }

    /// <summary>Told of every connection that enters the table, before anything is parsed on it.</summary>
    public Action<ConnectionInfo>? ConnectionOpened { get; set; }

    /// <summary>Told of every connection that was closed, with the time of its end.</summary>
    public Action<ConnectionId, long>? ConnectionClosed { get; set; }

    /// <summary>What was put right or lost so far.</summary>
    public StreamCounters Counters { get; } = new();

    /// <summary>Connections in the table.</summary>
    public int ConnectionCount => _table.Count;

    /// <summary>Exchanges given out so far.</summary>
    public ulong ExchangeCount => _handler.Count;

    /// <summary>A connection is first seen. A second call with the same id changes nothing.</summary>
    public void Open(ConnectionInfo connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_table.Find(connection.Id) is null)
        {
            Add(connection, SegmentSource.Socket);
        }
    }

    /// <summary>Bytes of one call. A segment of a connection that was never opened gets one with unknown facts.</summary>
    public void Accept(in Segment segment)
    {
        _now = Math.Max(_now, segment.Time.Exit);
        var tracker = _table.Find(segment.Connection);
        if (tracker is null)
        {
            if (_table.IsClosed(segment.Connection))
            {
                Counters.Late++;
                return;
            }

            tracker = Add(Unannounced(segment), segment.Source);
        }

        tracker.Accept(segment, _now);
        Schedule(tracker);
    }

    /// <summary>
    /// It is proven that a connection carries the ciphertext of a TLS object whose plaintext comes, from now on, as
    /// segments of <paramref name="source"/>, with offsets that begin anew. What comes of an object before it ends.
    /// </summary>
    /// <param name="id">The connection.</param>
    /// <param name="source">Where the plaintext is taken.</param>
    /// <param name="fromStart">True when it is seen from its first byte on.</param>
    /// <param name="proof">How it is proven.</param>
    public void BindTls(ConnectionId id, SegmentSource source, bool fromStart, PeerProof proof)
    {
        if (_table.Find(id) is { } tracker)
        {
            tracker.BindTls(source, fromStart);
            tracker.Connection.PeerProof = proof;
        }
    }

    /// <summary>A segment came to light after what it belongs to was over; it is counted and not read.</summary>
    public void CountLate() => Counters.Late++;

    /// <summary>The facts of a connection in the table; null when it is not there.</summary>
    public ConnectionInfo? FindConnection(ConnectionId id) => _table.Find(id)?.Connection;

    /// <summary>
    /// A connection is gone. A tombstone stays for records that come late. <paramref name="isReset"/>: one end broke it off (RST).
    /// </summary>
    public void Close(ConnectionId id, long time, bool isReset = false)
    {
        _now = Math.Max(_now, time);
        _table.Remove(id, _now)?.Close(time, isReset);
        ConnectionClosed?.Invoke(id, time);
    }

    /// <summary>Time goes on (nanoseconds since the Unix epoch): waits that are over end, tombstones go.</summary>
    public void Advance(long now)
    {
        _now = Math.Max(_now, now);
        for (var i = _scheduled.Count - 1; i >= 0; i--)
        {
            var tracker = _scheduled[i];
            tracker.Advance(_now);
            if (!tracker.NeedsTime)
            {
                tracker.IsScheduled = false;
                _scheduled[i] = _scheduled[^1];
                _scheduled.RemoveAt(_scheduled.Count - 1);
            }
        }

        _table.Expire(_now);
    }

    /// <summary>
    /// Gives up connections until about so many bytes are free for others: first those that hold many unread bytes, then those that
    /// have been idle for the longest time. They are closed as when the table is full, and counted so.
    /// </summary>
    public void GiveUp(long bytes) => _table.GiveUp(bytes, _now);

    /// <summary>
    /// The trace ends while the connections go on: what came is read to its end. What is outstanding is given to
    /// nobody but <see cref="VisitInFlight"/>.
    /// </summary>
    public void End(long now)
    {
        Advance(now);
        foreach (var tracker in _table.All)
        {
            tracker.Drain();
        }
    }

    /// <summary>Calls the visitor with a snapshot of every request that has no complete response yet.</summary>
    public void VisitInFlight(Action<Exchange> visitor)
    {
        foreach (var tracker in _table.All)
        {
            tracker.VisitInFlight(visitor);
        }
    }

    private ConnectionTracker Add(ConnectionInfo connection, SegmentSource source)
    {
        var tracker = new ConnectionTracker(connection, source, _services);
        _table.Add(tracker, _now);
        ConnectionOpened?.Invoke(connection);
        return tracker;
    }

    private void Schedule(ConnectionTracker tracker)
    {
        if (!tracker.IsScheduled && tracker.NeedsTime)
        {
            tracker.IsScheduled = true;
            _scheduled.Add(tracker);
        }
    }

    private static ConnectionInfo Unannounced(in Segment segment) => new()
    {
        Id = segment.Connection,
        ProcessId = segment.Time.ProcessId,
        FirstSeen = segment.Time.Enter,
        PeerProof = PeerProof.Unknown,
    };

    private sealed class NumberingHandler(IExchangeHandler inner) : IExchangeHandler
    {
        public ulong Count { get; private set; }

        public void OnExchange(Exchange exchange)
        {
            exchange.Sequence = ++Count;
            inner.OnExchange(exchange);
        }
    }
}
