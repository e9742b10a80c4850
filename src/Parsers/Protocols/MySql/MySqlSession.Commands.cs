// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.MySql;

/// <content>The client's direction: commands, and the packets that go on with one (authentication, a local file).</content>
internal sealed partial class MySqlSession
{
    private enum ClientPart : byte
    {
        None,
        Login,
        Command,
        Continuation, // counted, not looked at
    }

    private ClientPart _clientPart;
    private MessageTiming _clientTiming;
    private MySqlCommand _lastCommand = MySqlCommand.Connect;
    private bool _lastCommandAskedForFile;
    private bool _lastCommandAnswered;
    private ulong? _lastAnswerableCall;
    private ulong _lastRequestOffset;
    private long _fileBytes; // of the local file that the last command sends

    private ParseStatus ReadClient(ref PacketCursor cursor)
    {
        while (!_silent)
        {
            if (_client.AtBoundary)
            {
                var begin = BeginClientPayload(ref cursor);
                if (begin != ParseStatus.Done)
                {
                    return begin;
                }
            }

            var from = cursor.Offset;
            var callStart = cursor.Call;
            var status = _client.Begin(ref cursor);
            ReadOnlySpan<byte> prefix = default;
            if (status == ParseStatus.Done)
            {
                status = _client.ReadBody(ref cursor, KeepOfClient(), out prefix);
            }

            if (cursor.Offset > from)
            {
                cursor.Extend(ref _clientTiming, from, cursor.Offset);
            }

            if (status == ParseStatus.Done && !EndClientPayload(prefix, callStart))
            {
                status = ParseStatus.InvalidData;
            }

            if (status != ParseStatus.Done)
            {
                if (status == ParseStatus.InvalidData)
                {
                    LoseClient();
                }

                return status;
            }
        }

        return ParseStatus.NeedMoreData;
    }

    private ParseStatus BeginClientPayload(ref PacketCursor cursor)
    {
        if (!cursor.TryPeek(out var header))
        {
            return ParseStatus.NeedMoreData;
        }

        var status = Classify(header, cursor.MustNotWait);
        if (status == ParseStatus.InvalidData)
        {
            LoseClient();
        }

        _clientTiming = default;
        return status;
    }

    private ParseStatus Classify(PacketHeader header, bool mustNotWait)
    {
        if (_awaitsLogin)
        {
            _clientPart = ClientPart.Login; // sequence 1; 2 behind a TLS handshake
            return header.Sequence is 1 or 2 && header.Length > 0 ? ParseStatus.Done : ParseStatus.InvalidData;
        }

        if (header.Sequence == 0 && !IsFileGoingOn)
        {
            if (_lastCommand == MySqlCommand.Connect && !_lastCommandAnswered && _facts.Compression is not null && _clientUnits is null)
            {
                if (!mustNotWait)
                {
                    return ParseStatus.AwaitRequest; // compressed or not: the end of the login decides
                }

                LoseServer(); // the end of the login was missed
                return ParseStatus.Skipped;
            }

            _clientPart = ClientPart.Command;
            return header.Length > 0 ? ParseStatus.Done : ParseStatus.InvalidData;
        }

        _clientPart = ClientPart.Continuation;
        if (CommandShape.AnswerOf(_lastCommand) == AnswerKind.Login || _lastCommandAskedForFile)
        {
            return ParseStatus.Done;
        }

        // The server's request for a file may not have been read yet.
        return CommandShape.AnswerOf(_lastCommand) == AnswerKind.ResultSet && !_lastCommandAnswered && !mustNotWait
            ? ParseStatus.AwaitRequest
            : ParseStatus.InvalidData;
    }

    // The numbers of a file's packets begin again behind 255; it ends with an empty one.
    private bool IsFileGoingOn => _lastCommandAskedForFile && _clientPart == ClientPart.Continuation &&
                                  _client is { Sequence: byte.MaxValue, PayloadLength: > 0 };

    private int KeepOfClient() => _clientPart switch
    {
        ClientPart.Login => LoginKeep,
        ClientPart.Command => MySqlCommandReader.KeepFor(_client.FirstByte, Limits),
        _ => 0,
    };

    private bool EndClientPayload(ReadOnlySpan<byte> prefix, ulong callStart)
    {
        var isFine = true;
        switch (_clientPart)
        {
            case ClientPart.Login:
                isFine = ReadLogin(prefix, callStart);
                break;

            case ClientPart.Command:
                var command = Rent();
                MySqlCommandReader.Read(
                    prefix, _client.FirstByte, _client.PayloadLength, _facts.Capabilities, Limits, command);
                Enqueue(command, callStart);
                break;
        }

        _fileBytes += _clientPart == ClientPart.Continuation && _lastCommandAskedForFile ? _client.PayloadLength : 0;
        _client.ReleaseKept();
        return isFine;
    }

    private void Enqueue(PendingCommand command, ulong callStart)
    {
        command.Request = _clientTiming with { StartOffset = OffsetOfRequest() };
        command.MissingBytes = MissingOf(_clientUnits, _client);
        command.AnswerSequence = (byte)(_client.Sequence + 1);
        command.CallStart = callStart;
        command.Epoch = _facts.Prepared.Epoch;
        command.FollowsGap = _gapBeforeNext;
        _gapBeforeNext = false;
        NoteBurst(command);
        ResolveHeld(command);
        NotePipelining(command);
        command.Unproven = _unproven;
        GiveUpAnswer(command);
        if (_pending.Count >= Limits.MaxOutstanding)
        {
            // What is given up may still be answered: from here on no answer can be told to be its own by counting.
            LoseServer();
            EmitUnanswered(_pending.Dequeue(), ExchangeState.Lost);
            command.Unproven = true;
        }

        if (_pending.Count == 0 && _current is null && _held is null)
        {
            Resolve(command); // its turn: a running statement shows what it was given
        }

        _pending.Enqueue(command);
        _lastCommand = command.Command;
        _lastCommandAnswered = false;
        _lastCommandAskedForFile = false;
        _fileBytes = 0;
        DrainOneWay();
    }

    // Several commands in one compressed packet may come to lie on the same byte of it; each has an offset of its own.
    private ulong OffsetOfRequest() => _lastRequestOffset = _clientUnits is not null && _clientTiming.StartOffset <= _lastRequestOffset
        ? _lastRequestOffset + 1
        : _clientTiming.StartOffset;

    private void NoteBurst(PendingCommand command)
    {
        if (command.Answer == AnswerKind.None)
        {
            return;
        }

        foreach (var earlier in _pending)
        {
            if (earlier.CallStart == command.CallStart && earlier.Answer != AnswerKind.None)
            {
                earlier.IsInBurst = command.IsInBurst = true;
            }
        }

        command.IsInBurst |= _lastAnswerableCall == command.CallStart;
        _pipelines |= command.IsInBurst && !command.UsesLastPrepared;
        _lastAnswerableCall = command.CallStart;
    }

    /// <summary>Commands without an answer are done when everything in front of them is.</summary>
    private void DrainOneWay()
    {
        while (_current is null && _pending.TryPeek(out var head) && head.Answer == AnswerKind.None)
        {
            _pending.Dequeue();
            if (head is { Command: MySqlCommand.StatementClose, StatementId: { } id })
            {
                _facts.Prepared.Remove(id);
            }

            var isStream = CommandShape.AnswerOf(head.Command) == AnswerKind.Stream;
            Emit(head, ExchangeState.OneWay, CompletenessOf(head), withAnswer: false);
            if (isStream)
            {
                GoSilent();
            }
        }
    }

    // Packets of a stream look like anything: where its beginning can't be told by counting answers, it is not looked for.
    private static void GiveUpAnswer(PendingCommand command)
    {
        if (command is { Unproven: true, Answer: AnswerKind.Stream })
        {
            command.Answer = AnswerKind.None;
        }
    }

    /// <summary>It was not refused: what follows is no answer to anything, and its exchange is not the one that never ends.</summary>
    private void BeginStream(PendingCommand command)
    {
        _current = null;
        command.Answer = AnswerKind.None;
        EmitUnanswered(command, ExchangeState.OneWay);
        GoSilent();
    }

    private PendingCommand Rent() => _commands.Rent();

    private void Return(PendingCommand command) => _commands.Return(command);
}
