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
            var callStart = cursor.CallStart;
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
        Span<byte> bytes = stackalloc byte[PacketHeader.Size];
        if (!cursor.TryPeek(bytes))
        {
            return ParseStatus.NeedMoreData;
        }

        var header = PacketHeader.Read(bytes);
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

        if (header.Sequence == 0)
        {
            if (_lastCommand == MySqlCommand.Connect && !_lastCommandAnswered && _facts.Compression is not null && !mustNotWait)
            {
                return ParseStatus.AwaitRequest; // compressed or not: the end of the login decides
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

        _client.ReleaseKept();
        return isFine;
    }

    private void Enqueue(PendingCommand command, ulong callStart)
    {
        command.Request = _clientTiming;
        command.MissingBytes = _client.MissingBytes;
        command.AnswerSequence = (byte)(_client.Sequence + 1);
        command.CallStart = callStart;
        command.Epoch = _facts.Prepared.Epoch;
        command.FollowsGap = _gapBeforeNext;
        _gapBeforeNext = false;
        NoteBurst(command);
        ResolveHeld(command);
        NotePipelining(command);
        command.Unproven = _unproven;
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
        DrainOneWay();
    }

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

            var startsStream = CommandShape.StartsStream(head.Command);
            Emit(head, ExchangeState.OneWay, CompletenessOf(head), withAnswer: false);
            if (startsStream)
            {
                GoSilent();
            }
        }
    }

    private PendingCommand Rent() => _free.TryPop(out var command) ? command : new PendingCommand();

    private void Return(PendingCommand command)
    {
        if (_free.Count < 16)
        {
            command.Clear();
            _free.Push(command);
        }
    }
}
