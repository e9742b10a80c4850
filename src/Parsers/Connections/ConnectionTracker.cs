// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Connections;

/// <summary>
/// One connection: two <see cref="DirectionStream"/>s and, once the protocol is known, one session. Decides who is
/// asked next; knows nothing of any protocol. The other parts are how a session begins and ends, and TLS.
/// </summary>
internal sealed partial class ConnectionTracker : IStreamConsumer, IExchangeHandler
{
    private readonly TrackerServices _services;
    private ConnectionDetection _detection;
    private DirectionStream[] _streams;
    private readonly DirectionState[] _states = new DirectionState[2];
    private IProtocolSession? _session;
    private bool _isWhole; // framing was never lost since the session was made

    public ConnectionTracker(ConnectionInfo connection, SegmentSource source, TrackerServices services)
    {
        Connection = connection;
        _services = services;
        _detection = new ConnectionDetection(connection, source, services, this);
        _isPlaintext = source.IsTlsPlaintext();
        _isPlaintextWhole = _isPlaintext && connection.FromStart;
        _streams = _isPlaintext ? MakePlaintextStreams(connection.FromStart) :
        [
            MakeStream(Direction.Egress, connection.OffsetsKnown ? connection.EgressOffset : null, connection.FromStart),
            MakeStream(Direction.Ingress, connection.OffsetsKnown ? connection.IngressOffset : null, connection.FromStart),
        ];
    }

    public ConnectionInfo Connection { get; }

    /// <summary>Event time of the last segment.</summary>
    public long LastActivity { get; private set; }

    /// <summary>Captured bytes that wait to be read, in both directions.</summary>
    public long Held => _streams[0].Held + _streams[1].Held;

    /// <summary>True while time alone can change something: the engine then calls <see cref="Advance"/>.</summary>
    public bool NeedsTime =>
        _streams[0].IsHolding || _streams[1].IsHolding || _states[0].AwaitsRequest || _states[1].AwaitsRequest;

    /// <summary>Kept by the engine: this tracker is in its list of those that need time.</summary>
    public bool IsScheduled { get; set; }

    public void Accept(in Segment segment, long now)
    {
        LastActivity = now;
        try
        {
            if (IsToRead(segment.Source))
            {
                _streams[(int)segment.Direction].Accept(segment, now);
                Settle();
            }
        }
        catch (Exception e) when (IsParserFault(e))
        {
            Fail();
        }
    }

    public void Advance(long now)
    {
        try
        {
            for (var i = 0; i < 2; i++)
            {
                _streams[i].Expire(now, all: false);
                Settle();
            }

            // Only now: the request that a response waits for may have stood behind a gap of its own.
            EndWaits(now);
        }
        catch (Exception e) when (IsParserFault(e))
        {
            Fail();
        }
    }

    /// <summary>Nothing more will come: what is held is delivered across its gaps, what is outstanding is aborted.</summary>
    public void Close(long time, bool isReset = false)
    {
        if (_detection.IsGivenUp)
        {
            return;
        }

        try
        {
            ReadToTheEnd();
            Connection.IsReset = isReset; // behind what ended before
            _session?.OnClose(time);
        }
        catch (Exception e) when (IsParserFault(e))
        {
            Fail();
        }
    }

    /// <summary>The trace ends, the connection goes on: what came is read to its end.</summary>
    public void Drain()
    {
        if (_detection.IsGivenUp)
        {
            return;
        }

        try
        {
            ReadToTheEnd();
            _session?.OnEndOfReading();
        }
        catch (Exception e) when (IsParserFault(e))
        {
            Fail();
        }
    }

    private void ReadToTheEnd()
    {
        for (var i = 0; i < 2; i++)
        {
            _streams[i].Expire(long.MaxValue, all: true);
            Settle();
        }

        EndWaits(long.MaxValue);
    }

    // Responses first: what requests wait for (the answer to an Upgrade) may be among them.
    private void EndWaits(long now)
    {
        var requests = Connection.Role.RequestDirection();
        EndWait(requests.Opposite(), now);
        EndWait(requests, now);
    }

    private void EndWait(Direction direction, long now)
    {
        ref var state = ref _states[(int)direction];
        if (state.AwaitsRequest && now - state.AwaitsSince > _services.Limits.ResponseWait)
        {
            _streams[(int)direction].Retry(mustNotWait: true);
            Settle();
        }
    }

    public void VisitInFlight(Action<Exchange> visitor)
    {
        if (!_isPlaintextWhole)
        {
            _session?.VisitInFlight(visitor);
            return;
        }

        VisitMarked(visitor);
    }

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange)
    {
        MarkPlaintext(exchange);
        _services.Handler.OnExchange(exchange);
    }

    void IStreamConsumer.OnBytes(Direction direction, StreamWindow window)
    {
        if (_session is null && !Detect(direction, window))
        {
            return;
        }

        ref var state = ref _states[(int)direction];
        while (!window.IsEmpty && _session is { } session)
        {
            if (state.IsLost && !Resync(session, direction, window))
            {
                return;
            }

            var before = window.Offset;
            var status = session.Read(direction, window);
            NoteEnd(session);
            if (GaveUpAsTls(session))
            {
                return;
            }

            if (window.Offset != before)
            {
                _states[(int)direction.Opposite()].RetryWanted |= _states[(int)direction.Opposite()].AwaitsRequest;
            }

            // The same answer's wait goes on; another one's begins anew.
            var wasAwaiting = state.AwaitsRequest && window.Offset == before;
            state.AwaitsRequest = false;
            switch (status)
            {
                case ParseStatus.AwaitRequest when !window.MustNotWait && window.Length < _services.Limits.MaxBuffered:
                    state.AwaitsRequest = true;
                    if (!wasAwaiting)
                    {
                        state.AwaitsSince = LastActivity;
                    }

                    return;

                case ParseStatus.AwaitRequest:
                    session.OnGap(direction, window, ulong.MaxValue);
                    LoseFraming(direction, window);
                    return;

                case ParseStatus.InvalidData:
                    LoseFraming(direction, window);
                    return;

                case ParseStatus.EndOfProtocol:
                    EndProtocol(direction, window);
                    return;

                default:
                    _invalid = window.Offset != before ? 0 : _invalid;
                    if (window.Length > _services.Limits.MaxBuffered)
                    {
                        session.OnGap(direction, window, ulong.MaxValue);
                        LoseFraming(direction, window);
                    }

                    return;
            }
        }
    }

    void IStreamConsumer.OnGap(Direction direction, StreamWindow window, ulong length)
    {
        ref var state = ref _states[(int)direction];
        state.AwaitsRequest = false;
        if (_session is null)
        {
            _detection.OnGap();
        }
        else if (state.IsLost)
        {
            _session.OnMissed(direction);
        }
        else
        {
            state.IsLost = !_session.OnGap(direction, window, length);
            if (GaveUpAsTls(_session))
            {
                return;
            }
        }

        _isWhole &= _session is not null && !state.IsLost;

        _states[(int)direction.Opposite()].RetryWanted |= _states[(int)direction.Opposite()].AwaitsRequest;
    }

    void IStreamConsumer.OnEndOfStream(Direction direction, SegmentTime time) =>
        _session?.OnEndOfStream(direction, time);

    private DirectionStream MakeStream(Direction direction, ulong? offset, bool fromStart) =>
        new(direction, offset, fromStart, this, _services.Limits, _services.Counters, _services.Shared.Bytes);

    // Each round is one direction reading on because the other one has moved.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Settle()
    {
        while (_states[0].RetryWanted || _states[1].RetryWanted)
        {
            var first = _states[0].RetryWanted &&
                        (!_states[1].RetryWanted || _streams[0].FirstUnreadTime.Enter <= _streams[1].FirstUnreadTime.Enter)
                ? 0 : 1;
            _states[first].RetryWanted = false;
            _streams[first].Retry(mustNotWait: false);
        }
    }

    // Running out of memory or stack is not a property of this connection.
    private static bool IsParserFault(Exception e) => e is not (OutOfMemoryException or InsufficientExecutionStackException);

    private void Fail()
    {
        _services.Counters.Faults++;
        _session = null;
        _states[0] = _states[1] = default;
        _detection.GiveUp(Protocol.Other);
    }

    private record struct DirectionState
    {
        /// <summary>Framing was lost: the session is asked for a boundary first.</summary>
        public bool IsLost;

        /// <summary>A response stands there whose request has not come yet.</summary>
        public bool AwaitsRequest;

        /// <summary>Since when; event time.</summary>
        public long AwaitsSince;

        /// <summary>To be offered again in this round.</summary>
        public bool RetryWanted;
    }
}
