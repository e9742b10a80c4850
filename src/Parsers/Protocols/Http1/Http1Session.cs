// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// One HTTP/1.x connection (RFC 9112) as an observer sees it: joins the two sides, which read, and the pairing, which
/// counts; the other parts are what goes out, and the end of the protocol.
/// </summary>
internal sealed partial class Http1Session : IProtocolSession
{
    private readonly SessionContext _context;
    private readonly Direction _requests;
    private readonly Http1RequestSide _requestSide;
    private readonly Http1ResponseSide _responseSide;
    private readonly Http1Pairing _pairing;
    private readonly Http1Texts _texts = new();
    private readonly ulong?[] _expected = [null, null]; // joined in the middle: where each direction's next byte lies
    private readonly bool[] _lost = new bool[2];
    private readonly bool[] _read = new bool[2];
    private bool _ended;

    public Http1Session(SessionContext context)
    {
        _context = context;
        Pool = context.Shared?.Http1Messages ?? new Http1MessagePool(context.Bytes);
        _requests = context.RequestDirection;
        var connection = context.Connection;
        _expected[(int)Direction.Egress] = context.FirstOffset(Direction.Egress);
        _expected[(int)Direction.Ingress] = context.FirstOffset(Direction.Ingress);

        _requestSide = new Http1RequestSide(this, context.Limits);
        _responseSide = new Http1ResponseSide(this, context.Limits, _requests.Opposite() == Direction.Egress);
        _pairing = new Http1Pairing(
            connection.Role == EndpointRole.Server,
            context.FromStart,
            context.IsJoined,
            context.Limits.MaxOutstanding);
        if (context.DroppedResponse is not null || (!context.FromStart && !context.OffsetsKnown))
        {
            _pairing.OnResponsesNotJoined();
        }
    }

    public Protocol Protocol => Protocol.Http1;

    internal Http1MessagePool Pool { get; }

    public ParseStatus Read(Direction direction, StreamWindow window)
    {
        if (_ended)
        {
            return ParseStatus.EndOfProtocol;
        }

        NoteJoin(direction, window);
        _read[(int)direction] = true;
        _lost[(int)direction] = false;
        return Read(direction, window, window.MustNotWait);
    }

    public bool OnGap(Direction direction, StreamWindow window, ulong length)
    {
        if (_ended || (!window.IsEmpty && Read(direction, window, mustNotWait: true) is not ParseStatus.NeedMoreData))
        {
            _lost[(int)direction] = true;
            return false;
        }

        var isRequest = direction == _requests;
        if (window.IsEmpty && (isRequest ? _requestSide.TrySkip(window, length) : _responseSide.TrySkip(window, length)))
        {
            return true;
        }

        Lose(direction);
        return false;
    }

    // Where the stream stood at the join may not be known, so that the offsets don't tell of it.
    public void OnMissed(Direction direction)
    {
        if (!_ended && !_isSwitching && direction != _requests)
        {
            _pairing.OnResponsesNotJoined();
        }
    }

    public int TryResync(Direction direction, StreamWindow window)
    {
        NoteJoin(direction, window);
        if (!_lost[(int)direction] && _read[(int)direction])
        {
            Lose(direction); // the tracker gave up waiting
        }

        if (_ended || (_isSwitching && direction != _requests))
        {
            return _ended ? 0 : IProtocolSession.NoBoundary;
        }

        var skip = Http1Resync.Find(window, direction == _requests);
        if (skip != IProtocolSession.MoreNeeded && _expected[(int)direction] is not null)
        {
            _expected[(int)direction] = skip < 0 ? window.EndOffset : window.Offset + (ulong)skip;
        }

        return skip;
    }

    public void OnEndOfStream(Direction direction, SegmentTime time)
    {
        if (_ended)
        {
            return;
        }

        if (direction == _requests)
        {
            _requestSide.EndOfStream();
        }
        else if (!_isSwitching)
        {
            _responseSide.EndOfStream();
        }
    }

    public void OnClose(long time)
    {
        if (_ended)
        {
            return;
        }

        _responseSide.Close();
        _requestSide.Close();
        OnResponsesEnded();
        _ended = true;
    }

    public void VisitInFlight(Action<Exchange> visitor)
    {
        if (_ended)
        {
            return;
        }

        var answered = _responseSide.Request;
        if (answered is not null)
        {
            visitor(Running(answered));
        }

        foreach (var request in _pairing.Outstanding)
        {
            visitor(Running(request));
        }

        // Being read, and not among those: its head is incomplete, or its response came early.
        if (_requestSide.Current is { Head.HasStartLine: true } current && current != answered &&
            (!current.Head.IsDone || current.Response is not null || current.IsGivenUp))
        {
            visitor(Running(current));
        }
    }

    internal void OnRequest(Http1Message request)
    {
        _pairing.OnRequest(request);
        DropGivenUp();
    }

    internal PairingDecision Decide(SegmentTime first, bool mustNotWait, out Http1Message? request)
    {
        var decision = _pairing.Decide(first, mustNotWait, out request);
        DropGivenUp();
        return decision;
    }

    internal void OnRequestEnd(Http1Message request)
    {
        if (request.IsGivenUp)
        {
            EmitRequest(request, ExchangeState.Lost);
        }
        else if (request.Response is { IsEnded: true } response)
        {
            Emit(request, response);
        }
    }

    internal void OnResponseEnd(Http1Message? request, Http1Message? response, ExchangeState state)
    {
        if (request is null)
        {
            if (response!.Head is { HasStartLine: true, IsInterim: false })
            {
                _context.Handler.OnExchange(Http1ExchangeFactory.Make(_context, _texts, null, response, state));
            }

            Pool.Return(response);
            return;
        }

        if (response is null)
        {
            response = Pool.Rent(); // only interim responses came
            request.Response = response;
        }

        response.IsEnded = true;
        response.Outcome = state;
        _requestSide.OnSettled(request.Index);
        if (state == ExchangeState.Done)
        {
            _pairing.OnResponseEnd(request, response.Timing.Last);
            DropGivenUp();
        }

        if (request.IsEnded)
        {
            Emit(request, response);
        }
    }

    internal void OnRequestsLost() => _pairing.OnRequestsLost();

    internal void OnResponsesLost()
    {
        _pairing.OnResponsesLost();
        DropGivenUp();
    }

    /// <summary>No response will come any more.</summary>
    internal void OnResponsesEnded()
    {
        _pairing.GiveUpAll();
        DropGivenUp(responsesEnded: !_lost[(int)_requests.Opposite()]);
    }

    /// <summary>The request's head was never seen whole.</summary>
    internal void DropPartialRequest(Http1Message request, ExchangeState state)
    {
        if (request.Head.HasStartLine)
        {
            _context.Handler.OnExchange(Http1ExchangeFactory.Make(_context, _texts, request, null, state));
        }

        Pool.Return(request);
    }

    /// <summary>True when this pair may be shown as one exchange.</summary>
    internal bool IsCertain(Http1Message request) => request.IsProven || _pairing.IsTrusted;

    private ParseStatus Read(Direction direction, StreamWindow window, bool mustNotWait)
    {
        if (_isSwitching && direction != _requests)
        {
            return ParseStatus.NeedMoreData;
        }

        var status = direction == _requests
            ? _requestSide.Read(window, mustNotWait)
            : _responseSide.Read(window, mustNotWait);
        _lost[(int)direction] |= status == ParseStatus.InvalidData;
        return status;
    }

    private void Lose(Direction direction)
    {
        _lost[(int)direction] = true;
        if (direction == _requests)
        {
            _requestSide.Lose();
        }
        else if (!_isSwitching)
        {
            _responseSide.Lose();
        }
    }

    // Joined in the middle: when bytes between joining and here were not seen, they may have held responses.
    private void NoteJoin(Direction direction, StreamWindow window)
    {
        ref var expected = ref _expected[(int)direction];
        if (!_context.FromStart && !_read[(int)direction] && expected is { } offset && offset != window.Offset)
        {
            if (direction != _requests)
            {
                _pairing.OnResponsesNotJoined();
            }

            expected = window.Offset;
        }
    }
}
