// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Events;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Tls;

/// <summary>
/// Brings plaintext to the connection that carries its ciphertext. Until that is proven it waits, a short time; after that it
/// is shown as a connection of its own whose peer is unknown, and learns its peer when the proof comes.
/// </summary>
/// <param name="engine">Takes the segments.</param>
/// <param name="tap">Sees what the engine is given; null for nobody.</param>
/// <param name="clock">Turns event times into Unix-epoch nanoseconds.</param>
/// <param name="forget">Deletes what the kernel side keeps of the objects of one process, which was gone at this time (Unix epoch).</param>
internal sealed partial class TlsObjects(TraceEngine engine, ISegmentTap? tap, MonotonicClock clock, Action<IReadOnlyList<TlsObject>, long> forget)
{
    /// <summary>How long plaintext waits for its peer, nanoseconds of event time: a record that is read is answered by then.</summary>
    internal const long ProofWait = 200_000_000;

    /// <summary>Plaintext that waits, of one object and of all, bytes.</summary>
    internal const long MaxHeldByObject = 1024 * 1024;

    private const long MaxHeld = 64 * 1024 * 1024;

    private readonly Dictionary<ConnectionId, TlsObject> _objects = [];
    private readonly Dictionary<ConnectionId, TlsObject> _byConnection = [];
    private readonly List<TlsObject> _waiting = [];
    private TlsWriteOrder? _order;
    private long _held;

    /// <summary>Told of every object whose life is over.</summary>
    internal Action<ConnectionId>? Closed { get; set; }

    private TlsWriteOrder Order => _order ??= new TlsWriteOrder(Take);

    /// <summary>When the oldest call returned that the engine has not been given yet, nanoseconds since the Unix epoch; else the largest number.</summary>
    internal long OldestHeld
    {
        get
        {
            var oldest = _order?.OldestHeld ?? long.MaxValue;
            foreach (var value in _waiting)
            {
                oldest = Math.Min(oldest, value.HeldSince);
            }

            return oldest;
        }
    }

    /// <summary>Objects that live.</summary>
    internal int Count => _objects.Count;

    /// <summary>Under which id the kernel side knows the plaintext of a connection: its own, unless an object is bound to it.</summary>
    internal ConnectionId PlaintextOf(ConnectionId connection) =>
        _byConnection.TryGetValue(connection, out var found) ? found.Id : connection;

    /// <summary>True when the connection carries an object's ciphertext, or is its plaintext shown on its own.</summary>
    internal bool IsPlaintext(ConnectionId connection) => _byConnection.ContainsKey(connection) || _objects.ContainsKey(connection);

    /// <summary>Something happened to an object.</summary>
    internal void Changed(in L7TlsEvent value)
    {
        var id = new ConnectionId(value.TlsId);
        switch (value.Change)
        {
            case L7TlsChange.Open:
                if (_objects.TryGetValue(id, out var known))
                {
                    known.FromStart |= value.FromStart != 0; // its handshake has begun
                }
                else
                {
                    _objects.Add(id, Make(value));
                }

                break;
            case L7TlsChange.Bound:
                if (!_objects.TryGetValue(id, out var found))
                {
                    found = _objects[id] = Make(value); // its first event found no room
                }

                Bind(found, new ConnectionId(value.ConnectionId), (PeerProof)value.Proof);
                break;
            default:
                Close(id, clock.ToUnix(value.TimeNs));
                break;
        }
    }

    /// <summary>Plaintext: to its connection, or into the queue of those that wait.</summary>
    internal void Accept(in Segment segment) => Order.Accept(segment);

    private void Take(in Segment segment)
    {
        if (!_objects.TryGetValue(segment.Connection, out var found))
        {
            Deliver(segment); // its events found no room; the engine makes a connection of unknown facts
        }
        else if (found.IsOver)
        {
            engine.CountLate();
        }
        else if (found.Connection is { } connection)
        {
            Deliver(segment with { Connection = connection });
        }
        else if (found.IsOnItsOwn)
        {
            Deliver(segment);
        }
        else
        {
            Hold(found, segment);
        }
    }

    /// <summary>Event time has come this far: what waited long enough goes on without a proof.</summary>
    internal void Advance(long now)
    {
        Order.Advance(now);
        CloseWhatWaitedLong(now);
        for (var i = _waiting.Count - 1; i >= 0; i--)
        {
            if (now - _waiting[i].HeldSince > ProofWait)
            {
                SetOnItsOwn(_waiting[i]);
            }
        }
    }

    /// <summary>The trace ends: nothing waits any more.</summary>
    internal void Flush() => Advance(long.MaxValue);

    /// <summary>A connection is gone; what is bound to it goes with it.</summary>
    internal void ConnectionClosed(ConnectionId id)
    {
        if (_byConnection.Remove(id, out var bound))
        {
            bound.Connection = null;
            bound.IsOver = true; // what its library may still hold for the program is nobody's
        }
    }

    /// <summary>A process ended, or runs another program: its objects are no more.</summary>
    internal void ProcessEnded(uint processId, long time)
    {
        List<TlsObject>? gone = null;
        foreach (var value in _objects.Values)
        {
            if (value.ProcessId == processId && value.FirstSeen <= time)
            {
                (gone ??= []).Add(value);
            }
        }

        if (gone is not null)
        {
            forget(gone, time);
            gone.ForEach(value => Close(value.Id, time));
        }
    }

    private TlsObject Make(in L7TlsEvent value) => new()
    {
        Id = new ConnectionId(value.TlsId),
        Address = value.Object,
        ProcessId = value.Tgid,
        ProcessCommand = EventConversion.Text(value.Comm),
        CgroupId = value.CgroupId,
        Source = (SegmentSource)value.Source,
        FromStart = value.FromStart != 0,
        FirstSeen = clock.ToUnix(value.TimeNs),
    };

    private void Bind(TlsObject value, ConnectionId connection, PeerProof proof)
    {
        if (value.IsOver)
        {
            return;
        }

        if (value.IsOnItsOwn)
        {
            LearnPeer(value, connection, proof);
            return;
        }

        if (_byConnection.TryGetValue(connection, out var before) && before != value)
        {
            before.Connection = null;
            before.IsOver = true; // what of it lies in the ring yet would be taken for the new one's
        }

        value.Connection = connection;
        _byConnection[connection] = value;
        engine.BindTls(connection, value.Source, value.FromStart, proof);
        tap?.BindTls(connection, value.Source, value.FromStart, proof);
        Release(value, connection);
    }

    private void LearnPeer(TlsObject value, ConnectionId connection, PeerProof proof)
    {
        if (engine.FindConnection(value.Id) is not { } own || engine.FindConnection(connection) is not { } socket)
        {
            return;
        }

        own.Local = socket.Local;
        own.Remote = socket.Remote;
        own.UnixPath = socket.UnixPath;
        own.PeerProof = proof;
        tap?.LearnPeer(own);
    }

    private void Close(ConnectionId id, long time)
    {
        Order.Flush(id);
        if (!_objects.Remove(id, out var gone))
        {
            return;
        }

        Closed?.Invoke(id);

        if (gone.Held.Count != 0)
        {
            SetOnItsOwn(gone);
        }

        if (gone.Connection is { } connection)
        {
            if (_byConnection.TryGetValue(connection, out var bound) && bound == gone)
            {
                _byConnection.Remove(connection);
            }
        }
        else if (gone.IsOnItsOwn)
        {
            engine.Close(id, time);
        }

        CloseConnectionOf(gone);
    }

    private void Hold(TlsObject value, in Segment segment)
    {
        var call = new HeldCall(segment, withBytes: true);
        if (value.Held.Count == 0)
        {
            value.HeldSince = segment.Time.Exit;
            _waiting.Add(value);
        }

        // A read that waited for its write comes behind it, and returned earlier.
        value.HeldSince = Math.Min(value.HeldSince, segment.Time.Exit);
        value.Held.Add(call);
        value.HeldBytes += call.Size;
        _held += call.Size;
        if (value.HeldBytes > MaxHeldByObject || _held > MaxHeld)
        {
            SetOnItsOwn(value);
        }
    }

    private void SetOnItsOwn(TlsObject value)
    {
        value.IsOnItsOwn = true;
        engine.Open(new ConnectionInfo
        {
            Id = value.Id,
            ProcessId = value.ProcessId,
            ProcessCommand = value.ProcessCommand,
            CgroupId = value.CgroupId,
            FromStart = value.FromStart,
            OffsetsKnown = value.FromStart,
            FirstSeen = value.FirstSeen,
            PeerProof = PeerProof.Unknown,
        });
        Release(value, value.Id);
    }

    private void Release(TlsObject value, ConnectionId connection)
    {
        foreach (var call in value.Held)
        {
            Deliver(call.ToSegment(connection));
        }

        _held -= value.HeldBytes;
        value.HeldBytes = 0;
        value.Held.Clear();
        _waiting.Remove(value);
    }

    private void Deliver(in Segment segment)
    {
        engine.Accept(segment);
        tap?.Accept(segment);
    }
}
