// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Reads the responses of one connection. Which request one answers is decided at its first byte, because the length
/// of its body depends on it.
/// <code>
///  between messages --decision--> head --1xx--> between messages (same request)
///                                  |--final--> body --> between messages
///                                  '--101, or 2xx to CONNECT--> end of protocol, or wait for it
/// </code>
/// </summary>
internal sealed class Http1ResponseSide(Http1Session session, ParseLimits limits, bool isEgress)
{
    private bool _headDone;
    private bool _decided;       // also between an interim response and the final one
    private bool _mayAnswerHead; // an orphan: its headers may announce a body that is not there
    private bool _waits;
    private bool _emptyLines;    // in front of the next response
    private bool _endSeen;

    /// <summary>The response being read.</summary>
    public Http1Message? Current { get; private set; }

    /// <summary>The request it answers; null between responses and for an orphan.</summary>
    public Http1Message? Request { get; private set; }

    /// <summary>Reads on.</summary>
    public ParseStatus Read(StreamWindow window, bool mustNotWait)
    {
        _waits = false;
        while (true)
        {
            if (Current is null)
            {
                _emptyLines |= Http1Reader.SkipEmptyLines(window);
                if (window.IsEmpty)
                {
                    break;
                }

                if (!Begin(window, mustNotWait, out var status))
                {
                    return status;
                }
            }

            switch (_headDone ? ReadBody(window) : ReadHead(window))
            {
                case ParseStatus.InvalidData:
                    Lose();
                    return ParseStatus.InvalidData;
                case ParseStatus.NeedMoreData:
                    if (_endSeen && window.IsEmpty)
                    {
                        End();
                    }

                    return ParseStatus.NeedMoreData;
                case ParseStatus.EndOfProtocol:
                    return ParseStatus.EndOfProtocol;
            }
        }

        if (_endSeen)
        {
            End();
        }

        return ParseStatus.NeedMoreData;
    }

    /// <summary>Counts missing bytes as part of the body; false when they are more than that.</summary>
    public bool TrySkip(StreamWindow window, ulong length)
    {
        if (Current is not { } message || !_headDone || !message.Body.TrySkip(length))
        {
            return false;
        }

        // Only what is certain to be a body: an orphan that answers HEAD has none.
        _mayAnswerHead &= message.Body.Kind == Http1BodyKind.UntilClose;
        message.IsEndTimeUnknown = !window.ExtendOverHole(ref message.Timing, length);
        if (message.Body.IsDone)
        {
            Finish(message.IsEndTimeUnknown ? ExchangeState.Lost : ExchangeState.Done);
        }

        return true;
    }

    /// <summary>Framing was lost.</summary>
    public void Lose()
    {
        if (Current is { } message)
        {
            if (_headDone)
            {
                message.Body.Lose();
            }

            Finish(ExchangeState.Lost);
        }
        else if (Request is not null)
        {
            Finish(ExchangeState.Lost); // an interim response came, the final one did not
        }

        _decided = _emptyLines = false;
        session.OnResponsesLost();
    }

    /// <summary>The stream has ended; what stands unread in front of the end is still read.</summary>
    public void EndOfStream()
    {
        _endSeen = true;
        if (!_waits)
        {
            End();
        }
    }

    /// <summary>Nothing more will come.</summary>
    public void Close()
    {
        if (Current is not null || Request is not null)
        {
            // The tracer has seen all that its own process sent; of a peer it has not seen that it ended in order.
            var ended = isEgress && Current is not null && _headDone && Current.Body.EndOfStream();
            Finish(ended ? ExchangeState.Done : ExchangeState.Aborted);
        }
    }

    private bool Begin(StreamWindow window, bool mustNotWait, out ParseStatus status)
    {
        status = ParseStatus.InvalidData;
        var first = window.Span;
        if (!Http1StartLine.MayBeStatus(first[..Math.Min(first.Length, 10)], lenient: true))
        {
            Lose();
            return false;
        }

        if (!_decided)
        {
            var decision = session.Decide(window.TimeAt(window.Offset), mustNotWait, out var request);
            if (decision == PairingDecision.Wait)
            {
                _waits = true;
                status = ParseStatus.AwaitRequest;
                return false;
            }

            Request = request;
            _decided = true;
        }

        Current = session.Pool.Rent();
        Current.Head.Begin(isRequest: false, limits.MaxHeaderBlock);
        Current.Head.Framing.Warnings = _emptyLines ? Http1Warnings.LeadingEmptyLines : 0;
        _emptyLines = false;
        Request?.Response = Current;
        _headDone = false;
        _mayAnswerHead = false;
        return true;
    }

    private ParseStatus ReadHead(StreamWindow window)
    {
        var message = Current!;
        var status = Http1Reader.Read(window, message.Head, ref message.Timing, limits.MaxHeaderBlock);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        var head = message.Head;
        if (head.IsInterim)
        {
            if (Request is not null)
            {
                Request.InterimResponses++;
                Request.Response = null;
            }

            Current = null;
            session.Pool.Return(message);
            return ParseStatus.Done;
        }

        _headDone = true;
        var toConnect = Request?.Head.IsConnect == true;
        var kind = head.Framing.OfResponse(head.Status, head.MinorVersion, Request?.Head.IsHead == true, toConnect, out var length);
        message.Body.Begin(kind, length, limits.MaxBodyPrefix, limits.KeepHeaders ? limits.MaxHeaderBlock : 0);
        _mayAnswerHead = Request is null && kind != Http1BodyKind.None;
        if (head.Status == 101 || (toConnect && head.Status is >= 200 and < 300))
        {
            var request = Request;
            var isProven = request is not null && session.IsCertain(request);
            session.NoteSwitch(isProven ? request : null);
            Finish(ExchangeState.Done);
            return session.TrySwitch() ? ParseStatus.EndOfProtocol : ParseStatus.NeedMoreData;
        }

        if (message.Body.IsDone)
        {
            Finish(ExchangeState.Done);
        }

        return ParseStatus.Done;
    }

    private ParseStatus ReadBody(StreamWindow window)
    {
        var message = Current!;
        var limit = long.MaxValue;
        if (_mayAnswerHead && !window.IsEmpty)
        {
            if (window.CallStart == window.Offset || message.Body.Size == 0)
            {
                switch (Http1Shape.Of(window.Buffer, isRequest: false))
                {
                    case Http1ShapeKind.Partial:
                        return ParseStatus.NeedMoreData;
                    case not Http1ShapeKind.No:
                        var mayGoOn = message.Body.Kind == Http1BodyKind.UntilClose;
                        if (message.Body.Size == 0)
                        {
                            message.Body.Begin(Http1BodyKind.None, 0, 0);
                        }

                        Finish(ExchangeState.Done);
                        if (mayGoOn)
                        {
                            session.OnResponsesLost(); // what stands here looks like a response, and may be part of the body
                        }

                        return ParseStatus.Done;
                }
            }

            // A body of announced length has begun and is one. One up to the close is looked at call by call.
            _mayAnswerHead = message.Body.Kind == Http1BodyKind.UntilClose;
            limit = _mayAnswerHead ? (long)Math.Max(1, window.CallEnd - window.Offset) : long.MaxValue;
        }

        var status = message.Body.Read(window, ref message.Timing, limit);
        if (status == ParseStatus.Done)
        {
            Finish(ExchangeState.Done);
        }

        return status == ParseStatus.NeedMoreData && !window.IsEmpty ? ParseStatus.Done : status;
    }

    private void End()
    {
        if (Current is not null || Request is not null)
        {
            var inOrder = Current is not null && _headDone && Current.Body.EndOfStream();
            Finish(!inOrder ? ExchangeState.Aborted : Current!.IsEndTimeUnknown ? ExchangeState.Lost : ExchangeState.Done);
        }

        session.OnResponsesEnded();
    }

    private void Finish(ExchangeState state)
    {
        var message = Current;
        var request = Request;
        Current = Request = null;
        _decided = false;
        session.OnResponseEnd(request, message, state);
    }
}
