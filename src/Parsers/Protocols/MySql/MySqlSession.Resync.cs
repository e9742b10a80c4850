// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>Losing framing and finding it again, in each direction by itself.</content>
internal sealed partial class MySqlSession
{
    private bool _clientLost;
    private bool _serverLost;
    private bool _lossSeen;                // framing was lost at least once
    private bool _gapBeforeNext;           // client bytes were missed in front of the next command
    private SegmentTime? _dropped;         // server bytes dropped last
    private PendingCommand? _broken;       // its answer had begun when framing was lost
    private MessageTiming _brokenTiming;
    private bool _brokenInRows;
    private long? _brokenRows;             // counted of the one that goes out

    private void LoseClient()
    {
        _clientLost = true;
        _unproven = _lossSeen = true;
        _gapBeforeNext = true;
        _awaitsLogin = false;
        _client.Reset();
        _clientPart = ClientPart.None;
        _facts.ForgetSessionState();
        _facts.Prepared.ForgetBindings();
        RefuteHeld();
        EndCursors(ExchangeState.Lost);
        _lastCommand = MySqlCommand.Unknown; // no continuation is expected of what was missed
        _lastCommandAskedForFile = false;
        _lastCommandAnswered = true;
    }

    private void LoseServer()
    {
        _serverLost = true;
        _unproven = _lossSeen = true;
        _awaitsGreeting = false;
        if (MayPipeline)
        {
            RefuteHeld(); // another answer may be among what is missing
        }

        EndCursors(ExchangeState.Lost);

        _waiting = null;
        _straySequence = null;
        foreach (var command in _pending)
        {
            command.Unproven = true;
            GiveUpAnswer(command);
        }

        if (_current is { } current)
        {
            _current = null;
            if (current.Command == MySqlCommand.Unknown)
            {
                _dropped = _answerTiming.Last;
                Return(current);
            }
            else
            {
                EmitBroken();
                _broken = current;
                _brokenTiming = _answerTiming;
                _brokenInRows = _answer.IsInRows || (_answer.Summary.ResultSets > 0 && _answer.Summary.Error is null);
            }
        }

        _serverPart = ServerPart.None;
        _server.Reset();
        _serverUnits?.TakeLost();
        BeginCompressionUnseen();
    }

    /// <summary>The rest of this answer will not be found any more.</summary>
    private void EmitBroken()
    {
        if (_broken is { } broken)
        {
            _broken = null;
            _brokenRows = _brokenInRows ? _answer.Summary.Rows : null;
            EmitUnanswered(broken, ExchangeState.Lost);
            _brokenRows = null;
        }
    }

    private static int FindClientBoundary(StreamWindow window)
    {
        if (window.Offset != window.CallStart)
        {
            return IProtocolSession.NoBoundary;
        }

        return CommandBoundary.Find(window.Buffer, window.CallEnd - window.Offset) switch
        {
            BoundaryResult.Found => 0,
            BoundaryResult.MoreNeeded => IProtocolSession.MoreNeeded,
            _ => IProtocolSession.NoBoundary,
        };
    }

    /// <summary>
    /// Two things are found: the beginning of an answer at the beginning of a call, and the end of the answer that
    /// was broken off. Which command the former belongs to is decided by <see cref="ChooseCommand"/>.
    /// </summary>
    private int FindServerBoundary(StreamWindow window)
    {
        var skip = LookForServerBoundary(window);
        if (skip == IProtocolSession.NoBoundary && !window.IsEmpty)
        {
            _dropped = window.TimeAt(window.EndOffset - 1);
        }

        return skip;
    }

    private int LookForServerBoundary(StreamWindow window)
    {
        if (_broken is { IsInBurst: false } broken && _brokenInRows && !_pipelines && !IsAny(sentBefore: true, window.TimeAt(window.Offset)))
        {
            var skip = AnswerBoundary.FindTail(window, _facts.Capabilities);
            if (skip >= 0)
            {
                ContinueBroken(broken, window.MovedOffset(window.Offset + (ulong)skip), window.Buffer.Slice(skip));
                return skip;
            }
        }

        return window.Offset == window.CallStart
            ? AnswerBoundary.FindStart(window) switch
            {
                BoundaryResult.Found => 0,
                BoundaryResult.MoreNeeded => IProtocolSession.MoreNeeded,
                _ => IProtocolSession.NoBoundary,
            }
            : IProtocolSession.NoBoundary;
    }

    private void ContinueBroken(PendingCommand broken, ulong tailOffset, ReadOnlySequence<byte> tail)
    {
        Span<byte> bytes = stackalloc byte[PacketHeader.Size];
        tail.Slice(0, PacketHeader.Size).CopyTo(bytes);
        _broken = null;
        _current = broken;
        broken.Unproven = true;
        _serverPart = ServerPart.Answer;
        _serverLost = false;
        _answerTiming = _brokenTiming;
        _answerMissing += (long)(tailOffset - _brokenTiming.EndOffset);
        _nextSequence = PacketHeader.Read(bytes).Sequence;
        _answer.ContinueInRows();
    }
}
