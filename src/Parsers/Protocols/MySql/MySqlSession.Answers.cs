// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>The server's direction: the greeting, and answers payload by payload.</content>
internal sealed partial class MySqlSession
{
    private enum ServerPart : byte
    {
        None,
        Greeting,
        Answer,
        Stray, // belongs to an exchange that is out already
    }

    private ServerPart _serverPart;
    private PendingCommand? _current;  // is being answered
    private MessageTiming _answerTiming;
    private long _answerPacketBytes;
    private long _answerMissing;
    private byte _nextSequence;
    private byte? _straySequence;      // of an EOF packet that may follow a finished PREPARE
    private bool? _deprecateEof;       // as earlier answers have shown it

    private ParseStatus ReadServer(ref PacketCursor cursor)
    {
        var units = _serverUnits;
        while (!_silent && units == _serverUnits)
        {
            if (_server.AtBoundary)
            {
                if (_answer.IsInRows && _current is not null && units is null)
                {
                    CountRows(ref cursor);
                }

                var begin = BeginServerPayload(ref cursor);
                if (begin == ParseStatus.Skipped)
                {
                    continue;
                }

                if (begin != ParseStatus.Done)
                {
                    return begin;
                }
            }

            var from = cursor.Offset;
            var status = _server.Begin(ref cursor);
            ReadOnlySpan<byte> prefix = default;
            if (status == ParseStatus.Done)
            {
                status = _server.ReadBody(ref cursor, KeepOfServer(), out prefix);
            }

            if (cursor.Offset > from)
            {
                cursor.Extend(ref _answerTiming, from, cursor.Offset);
            }

            if (status == ParseStatus.Done)
            {
                status = EndServerPayload(prefix);
            }
            else if (status == ParseStatus.InvalidData)
            {
                LoseServer();
            }

            if (status != ParseStatus.Done)
            {
                return status;
            }
        }

        return ParseStatus.NeedMoreData;
    }

    // Rows that lie there whole, one behind the other: most bytes of most answers, of which nothing is wanted but their number. What
    // begins as something else may, and what is out of sequence or not there whole, is left to the usual way.
    private void CountRows(ref PacketCursor cursor)
    {
        var from = cursor.Offset;
        var rows = 0;
        while (cursor.TryPeek(out var header) && header.Sequence == _nextSequence && header.Length is > 0 and < PacketHeader.MaxLength &&
               cursor.Remaining - PacketHeader.Size >= header.Length &&
               cursor.Span[PacketHeader.Size] is not (EofPayload.Header or ErrPayload.Header))
        {
            cursor.Advance(PacketHeader.Size + header.Length);
            _nextSequence++;
            rows++;
        }

        if (rows > 0)
        {
            _answer.Summary.Rows += rows;
            _answerPacketBytes += (long)(cursor.Offset - from);
            cursor.Extend(ref _answerTiming, from, cursor.Offset);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ParseStatus BeginServerPayload(ref PacketCursor cursor)
    {
        if (!cursor.TryPeek(out var header))
        {
            return ParseStatus.NeedMoreData;
        }

        if (_current is not null)
        {
            if (IsInSequence(header) || IsSequenceOfUnit(ref cursor, header))
            {
                return ParseStatus.Done;
            }

            LoseServer();
            return ParseStatus.InvalidData;
        }

        _answerTiming = default;
        _answerPacketBytes = 0;
        _answerMissing = 0;
        if (_awaitsGreeting)
        {
            if (header.Sequence == 0)
            {
                _serverPart = ServerPart.Greeting;
                return header.Length > 0 ? ParseStatus.Done : ParseStatus.InvalidData;
            }

            _awaitsGreeting = false; // it went by in the clear, in front of a TLS handshake
        }

        if (_straySequence == header.Sequence && header.Length == EofPayload.Length)
        {
            if (cursor.Remaining <= PacketHeader.Size)
            {
                return ParseStatus.NeedMoreData;
            }

            if (cursor.Span[PacketHeader.Size] == EofPayload.Header)
            {
                _straySequence = (byte)(header.Sequence + 1); // where definitions are left out, two stand behind each other
                _deprecateEof = false;
                _serverPart = ServerPart.Stray;
                return ParseStatus.Done;
            }
        }

        return ChooseCommand(ref cursor, header);
    }

    private bool IsInSequence(PacketHeader header) =>
        header.Sequence == _nextSequence || _answer.IsAwaitingFile ||
        (_answer.IsLogin && header.Sequence == (byte)(_nextSequence + 1)); // the client's packet stands between

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int KeepOfServer() => _serverPart switch
    {
        ServerPart.Greeting => LoginKeep,
        ServerPart.Answer => _answer.KeepFor(_server.FirstByte, _server.PacketLength),
        _ => 0,
    };

    private void BeginAnswer(PendingCommand command)
    {
        EmitBroken(); // its counts are about to be overwritten
        _straySequence = null;
        _serverPart = ServerPart.Answer;
        _current = command;
        Resolve(command);
        _answer.Begin(command.Answer, _facts.Capabilities);
    }

    private ParseStatus EndServerPayload(ReadOnlySpan<byte> prefix)
    {
        _nextSequence = (byte)(_server.Sequence + 1);
        var status = _serverPart switch
        {
            ServerPart.Greeting => ReadGreeting(prefix) ? ParseStatus.Done : ParseStatus.InvalidData,
            ServerPart.Answer => EndAnswerPayload(prefix),
            _ => ParseStatus.Done,
        };
        _server.ReleaseKept();
        if (_current is null)
        {
            _serverPart = ServerPart.None;
        }

        if (status == ParseStatus.InvalidData)
        {
            LoseServer();
        }

        return status;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ParseStatus EndAnswerPayload(ReadOnlySpan<byte> prefix)
    {
        _answerPacketBytes += _server.WireLength;
        _answerMissing += MissingOf(_serverUnits, _server);
        var step = _answer.Accept(_server.FirstByte, prefix, _server.PayloadLength, _server.MissingBytes);
        if (_answer.AskedForFile)
        {
            _lastCommandAskedForFile = true;
        }

        switch (step)
        {
            case AnswerStep.Invalid:
                return ParseStatus.InvalidData;

            case AnswerStep.More when _current!.IsEndless && _answer.Summary.StreamPackets > 0:
                BeginStream(_current);
                return ParseStatus.Done;

            case AnswerStep.DoneUnlessEof when _deprecateEof == false:
            case AnswerStep.More:
                return ParseStatus.Done;

            case AnswerStep.DoneUnlessEof:
                _straySequence = _nextSequence;
                break;
        }

        _deprecateEof = _answer.DeprecateEof ?? _deprecateEof;
        FinishAnswer();
        return ParseStatus.Done;
    }

    private void FinishAnswer()
    {
        var command = _current!;
        _current = null;
        if (_pending.Count == 0)
        {
            _lastCommandAnswered = true;
        }

        NoteAnswered(command);
        var isLogin = command.Command == MySqlCommand.Connect;
        if (command.Command == MySqlCommand.Unknown)
        {
            EmitUnknown(command);
        }
        else if (command.Unproven)
        {
            Hold(command);
        }
        else
        {
            var exchange = Build(command, ExchangeState.Done, CompletenessOf(command), withAnswer: true);
            ApplyToFacts(command, Outcome.Of(_answer)); // behind it: what it ran with is what was so before
            Give(exchange, command.Epoch);
            Return(command);
        }

        if (isLogin)
        {
            EndLogin();
        }

        DrainOneWay();
    }
}
