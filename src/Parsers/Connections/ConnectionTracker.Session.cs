// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Connections;

/// <content>How a session begins, loses its place and finds it again, and ends while the connection goes on.</content>
internal sealed partial class ConnectionTracker
{
    private const int MaxInvalid = 8;

    private int _invalid; // reads in a row that failed
    private bool _isOver; // the source was told that nothing more is read

    private bool Detect(Direction direction, StreamWindow window)
    {
        _session = _detection.Detect(direction, window);
        if (_session is null)
        {
            return false;
        }

        var other = direction.Opposite();
        _isWhole = _detection.FromStart;
        _states[(int)direction].IsLost = false;
        _states[(int)other].IsLost = !_detection.FromStart;
        if (_streams[(int)other].Buffered == 0)
        {
            return true;
        }

        // The other way has bytes that nobody could tell before: the older ones are read first.
        _states[0].RetryWanted = _states[1].RetryWanted = true;
        return false;
    }

    private void NoteEnd(IProtocolSession session)
    {
        if (session.IsOver && !_isOver)
        {
            _isOver = true;
            _services.NothingMoreIsRead(Connection.Id);
        }
    }

    // What the session knows of the connection stays with it; it has given out what was outstanding.
    private bool GaveUpAsTls(IProtocolSession session)
    {
        if (session.IsTls && !_detection.IsGivenUp)
        {
            _states[0] = _states[1] = default;
            _detection.GiveUp(Protocol.Tls);
        }

        return session.IsTls;
    }

    private bool Resync(IProtocolSession session, Direction direction, StreamWindow window)
    {
        var skip = session.TryResync(direction, window);
        if (skip == IProtocolSession.MoreNeeded && window.Length < _services.Limits.MaxDetection)
        {
            return false;
        }

        if (skip < 0 || skip > window.Length)
        {
            window.Advance(window.Length);
            return false;
        }

        window.Advance(skip);
        _states[(int)direction].IsLost = false;
        _services.Counters.Resyncs++;
        return true;
    }

    private void LoseFraming(Direction direction, StreamWindow window)
    {
        window.Advance(window.Length);
        _isWhole = false;
        _states[(int)direction].IsLost = true;
        if (++_invalid > MaxInvalid)
        {
            // It was taken for the wrong protocol, or became another one.
            Abandon();
            _invalid = 0;
            _detection.Restart(fromStart: false);
        }
    }

    // How what is outstanding ends will not be known; it is told all the same.
    private void Abandon()
    {
        _session?.OnEndOfReading();
        _session?.VisitInFlight(exchange =>
        {
            exchange.State = ExchangeState.Lost;
            exchange.Completeness = new Completeness(CompletenessKind.Unmatched);
            OnExchange(exchange);
        });
        _session = null;
    }

    private void EndProtocol(Direction direction, StreamWindow window)
    {
        var session = _session!;
        for (var i = 0; i < 2; i++)
        {
            if (!session.IsAtEnd((Direction)i))
            {
                _isWhole = false; // what was missed may have held the beginning of what follows
                _states[i].IsLost = true;
            }
        }

        if (_states[(int)direction].IsLost)
        {
            window.Advance(window.Length);
        }

        if (session.Successor is { } successor)
        {
            Continue(successor, direction, window);
            return;
        }

        _session = null;
        _states[0] = _states[1] = default;
        _detection.Restart(fromStart: _isWhole, session.UpgradedRequest);
        _states[(int)direction].RetryWanted = !window.IsEmpty;
        _states[(int)direction.Opposite()].RetryWanted = true;
    }

    // What of a direction was lost stays lost: where its next unit begins is not known.
    private void Continue(IProtocolSession successor, Direction direction, StreamWindow window)
    {
        _session = successor;
        _services.ProtocolFound(Connection.Id, successor.Protocol);
        for (var i = 0; i < 2; i++)
        {
            _states[i].AwaitsRequest = false;
            _states[i].RetryWanted = i != (int)direction || !window.IsEmpty;
            if (_states[i].IsLost)
            {
                successor.OnMissed((Direction)i); // units of its own may have been among it
            }
        }
    }
}
