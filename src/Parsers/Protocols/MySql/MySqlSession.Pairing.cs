// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>
/// Which command an answer belongs to. While nothing was lost the n-th answer belongs to the n-th command, and no
/// guess is in it. After lost framing that count is gone. Then an answer is given to the last command sent before it,
/// and held back until the next command proves it: no client bytes in between were missed, and the client sent it
/// only after the whole answer was there. Clients that send without waiting break the second half; where one was seen
/// to do so, nothing is paired by this rule. At the client the proof is whole only when the server's next bytes are
/// there: another answer that was received before the next command was sent may reach the tracer behind that command.
/// What has no proof when reading ends goes out without its answer.
/// What can't be excluded, at the client only: one that sends without waiting, by calls of their own, and was not seen
/// to before the loss or since the join. Until it shows, its pairs may be shifted by what it has in flight.
/// </content>
internal sealed partial class MySqlSession
{
    // A client that was seen to wait so many times, and never not to, is taken to wait.
    private const int WaitsToTrust = 8;

    private bool _unproven;   // framing was lost, and no pair has been proven since
    private bool _pipelines;  // the client was seen to send before an answer was there: after a loss it is not trusted again
    private int _waitsSeen;   // times that the client sent only after the answer in front was there
    private SegmentTime? _waiting; // an answer stands there for which there is no command
    private bool _lastAnswerSeen;
    private SegmentTime _lastAnswerEnd;
    private ulong _lastAnsweredCall;

    /// <summary>A new answer begins at the cursor: finds its command, or says to wait, or passes over it.</summary>
    private ParseStatus ChooseCommand(ref PacketCursor cursor, PacketHeader header)
    {
        DrainOneWay();
        var time = cursor.Time;
        SettleHeld(time);
        var command = _serverLost ? LastBefore(time, first: !_lossSeen) : _pending.TryPeek(out var head) ? head : null;
        if (command is null)
        {
            // Commands come in order: behind a later one, none for this answer follows.
            if (cursor.MustNotWait || IsAny(sentBefore: false, time))
            {
                return BeginUnknown(ref cursor, header);
            }

            _waiting = time;
            return ParseStatus.AwaitRequest;
        }

        if (!CanAnswer(command, time))
        {
            return BeginUnknown(ref cursor, header);
        }

        if (_serverLost && _lossSeen)
        {
            command.Unproven = true; // also one that was read before the loss: it is the last one now, not the next one
        }

        if ((command.Unproven && (_pipelines || IsAmbiguous(command, time))) ||
            ((command.Unproven || _serverLost) && !IsBefore(command.Request.Last, time)))
        {
            _waitsSeen = 0;
            while (_pending.TryPeek(out var sent) && CanAnswer(sent, time))
            {
                EmitUnanswered(_pending.Dequeue(), ExchangeState.Lost);
            }

            return BeginUnknown(ref cursor, header);
        }

        if (header.Sequence != command.AnswerSequence && !IsSequenceOfUnit(ref cursor, header))
        {
            LoseServer();
            return ParseStatus.InvalidData;
        }

        _waiting = null;
        TakeFromQueue(command);
        _serverLost = false;
        BeginAnswer(command);
        return ParseStatus.Done;
    }

    // A server reads a command by a call of its own only when it has answered those in front of it. At the client the
    // calls say less.
    private bool MayPipeline => _context.Connection.Role != EndpointRole.Server;

    // Sent before the answer's first byte was received, or received before the answer's first byte was sent.
    private bool CanAnswer(PendingCommand command, SegmentTime answer) => CanAnswer(command.Request.Last, answer);

    private bool CanAnswer(SegmentTime command, SegmentTime answer) =>
        _context.Connection.Role == EndpointRole.Server
            ? answer.Enter >= command.Exit
            : answer.Exit >= command.Enter;

    // As CanAnswer, but sure: where the clock shows the same time for both, nobody knows which was first.
    private bool IsBefore(SegmentTime command, SegmentTime answer) =>
        _context.Connection.Role == EndpointRole.Server ? answer.Enter > command.Exit : answer.Exit > command.Enter;

    // What was sent before bytes of the server that were dropped may have been answered by them.
    private PendingCommand? LastBefore(SegmentTime time, bool first = false)
    {
        PendingCommand? last = null;
        foreach (var command in _pending)
        {
            if (command.Answer != AnswerKind.None && CanAnswer(command, time))
            {
                last = _dropped is { } dropped && CanAnswer(command, dropped) ? null : command;
                if (first && last is not null)
                {
                    break;
                }
            }
        }

        return last;
    }

    private bool IsAny(bool sentBefore, SegmentTime answer)
    {
        foreach (var command in _pending)
        {
            if (command.Answer != AnswerKind.None && CanAnswer(command, answer) == sentBefore)
            {
                return true;
            }
        }

        return false;
    }

    // More than one command was there before the answer: the client does not wait, so nobody knows whose it is.
    private bool IsAmbiguous(PendingCommand command, SegmentTime time) =>
        command.IsInBurst || (!_serverLost && LastBefore(time) != command);

    /// <summary>What stands in front of the chosen command was answered by bytes that were lost.</summary>
    private void TakeFromQueue(PendingCommand command)
    {
        if (_serverLost)
        {
            EmitBroken();
        }

        while (_pending.TryDequeue(out var head) && head != command)
        {
            EmitUnanswered(head, ExchangeState.Lost);
        }
    }

    /// <summary>An answer without a command. It is read as one if it looks like one; leftovers are dropped.</summary>
    private ParseStatus BeginUnknown(ref PacketCursor cursor, PacketHeader header)
    {
        RefuteHeld();
        _waiting = null;
        if (header.Sequence != 1 || cursor.Offset != cursor.CallStart)
        {
            _serverLost = true;
            _dropped = cursor.TimeAt(cursor.Offset + (ulong)cursor.Remaining - 1);
            cursor.Advance(cursor.Remaining);
            return ParseStatus.NeedMoreData;
        }

        var unknown = Rent();
        unknown.Command = MySqlCommand.Unknown;
        unknown.Answer = AnswerKind.ResultSet;
        BeginAnswer(unknown);
        return ParseStatus.Done;
    }

    // A command sent while an answer was still to come: this client does not wait. (Bursts in one call are noted where
    // they are read.) An execution that names no statement is one with its PREPARE.
    private void NotePipelining(PendingCommand next)
    {
        if (!_lastAnswerSeen || next.UsesLastPrepared || next.CallStart == _lastAnsweredCall)
        {
            return;
        }

        _lastAnswerSeen = false;
        if (next.Request.First.Enter > _lastAnswerEnd.Exit)
        {
            _waitsSeen++;
        }
        else if (MayPipeline && next.Request.First.Enter < _lastAnswerEnd.Exit)
        {
            _pipelines = true;
        }
    }

    private void NoteAnswered(PendingCommand command)
    {
        _lastAnswerSeen = command.Answer != AnswerKind.Login && command.Command != MySqlCommand.Unknown && !command.Unproven;
        _lastAnswerEnd = _answerTiming.Last;
        _lastAnsweredCall = command.CallStart;
        if (_pending.TryPeek(out var next))
        {
            NotePipelining(next);
        }
    }
}
