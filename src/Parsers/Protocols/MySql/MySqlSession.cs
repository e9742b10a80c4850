// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// One connection of the MySQL protocol. This file steers; the connection phase, the commands, the answers, the rules
/// by which an answer is given to a command, and resynchronisation are the other parts.
/// </summary>
internal sealed partial class MySqlSession : IProtocolSession
{
    private readonly SessionContext _context;
    private readonly Direction _requestDirection;
    private readonly MySqlConnectionFacts _facts;
    private readonly MySqlPacketReader _client = new();
    private readonly MySqlPacketReader _server = new();
    private readonly MySqlResponseReader _answer;
    private readonly Queue<PendingCommand> _pending = new();
    private readonly PendingCommandPool _commands;
    private bool _silent;
    private bool _isPlaintextOfTls;

    /// <summary>Makes the session; the context's role is known.</summary>
    public MySqlSession(SessionContext context)
    {
        _context = context;
        _isPlaintextOfTls = context.Source.IsTlsPlaintext();
        _requestDirection = context.RequestDirection;
        _commands = context.Shared?.MySqlCommands ?? new PendingCommandPool();
        _facts = new MySqlConnectionFacts(context.Limits);
        _answer = new MySqlResponseReader(context.Limits);
        _awaitsGreeting = _awaitsLogin = context.FromStart;
        _clientLost = _serverLost = !context.FromStart;
        _dropped = context.DroppedResponse;
        _lossSeen = context.IsMissing;

        // Joined: an answer to what was sent before may be on its way; and where the streams' beginning is not known,
        // nothing tells that a record in front of the first one is late.
        _unproven = _lossSeen || (!context.FromStart && (MayPipeline || !context.OffsetsKnown));
    }

    /// <inheritdoc/>
    public Protocol Protocol => Protocol.MySql;

    /// <inheritdoc/>
    public bool IsTls { get; private set; }

    /// <inheritdoc/>
    public bool IsOver => _silent && !IsTls;

    /// <summary>Bytes that passed unparsed because of TLS or a replication stream.</summary>
    public long UnparsedBytes { get; private set; }

    private ParseLimits Limits => _context.Limits;

    /// <inheritdoc/>
    public ParseStatus Read(Direction direction, StreamWindow window)
    {
        if (_silent)
        {
            return PassOver(window);
        }

        DrainOneWay();
        var isClient = direction == _requestDirection;
        var status = ParseStatus.NeedMoreData;
        if (!_silent && UnitsOf(isClient) is null)
        {
            if (IsLost(isClient))
            {
                var skip = TryResync(direction, window);
                if (skip < 0)
                {
                    Drop(window, skip);
                    return status;
                }

                window.Advance(skip);
            }

            status = UnitsOf(isClient) is null ? ReadPackets(isClient, window) : status;
        }

        if (!_silent && UnitsOf(isClient) is { } units)
        {
            status = ReadUnits(isClient, units, window);
        }

        return _silent ? PassOver(window) : status;
    }

    /// <inheritdoc/>
    public bool OnGap(Direction direction, StreamWindow window, ulong length)
    {
        if (_silent)
        {
            UnparsedBytes += (long)Math.Min(length, long.MaxValue >> 1);
            return true;
        }

        var isClient = direction == _requestDirection;
        return UnitsOf(isClient) is { } units
            ? PassGap(isClient, units, window, length)
            : PassMissing(isClient, window, length);
    }

    /// <inheritdoc/>
    public void OnMissed(Direction direction)
    {
        if (_silent)
        {
            return;
        }

        Lose(direction == _requestDirection);
        UnitsOf(direction == _requestDirection)?.Reset(isLost: true);
    }

    /// <inheritdoc/>
    public int TryResync(Direction direction, StreamWindow window)
    {
        if (_silent)
        {
            return 0;
        }

        var isClient = direction == _requestDirection;
        if (UnitsOf(isClient) is { } units)
        {
            return FindUnit(isClient, units, window);
        }

        if (!isClient)
        {
            return FindServerBoundary(window);
        }

        var skip = FindClientBoundary(window);
        if (skip >= 0)
        {
            _clientLost = false;
        }
        else if (_facts.Capabilities is null && LookForUnit(isClient, window) is var unit && unit != IProtocolSession.NoBoundary)
        {
            skip = unit;
            if (unit >= 0)
            {
                LoseServer(); // what was read of the server's units was read as packets
                BeginCompression(isGuessed: true);
                _clientUnits!.IsLost = false;
            }
        }

        return skip;
    }

    /// <inheritdoc/>
    public void OnEndOfStream(Direction direction, SegmentTime time)
    {
        // Nothing in this protocol ends with its stream; what is outstanding is told by OnClose.
    }

    /// <inheritdoc/>
    public void OnClose(long time)
    {
        EndHeld();
        EmitBroken();
        if (_current is { Command: not MySqlCommand.Unknown } current)
        {
            if (current.Unproven)
            {
                EmitUnanswered(current, ExchangeState.Lost); // what was read of an answer may be another's
            }
            else
            {
                Emit(current, ExchangeState.Aborted, CompletenessOf(current));
            }
        }

        while (_pending.TryDequeue(out var command))
        {
            var mayBeAnswered = _serverLost && _dropped is { } dropped && CanAnswer(command, dropped);
            EmitUnanswered(command, mayBeAnswered ? ExchangeState.Lost : ExchangeState.Aborted);
        }

        EndCursors(ExchangeState.Done); // all that was asked for had come
        _current = null;
        _silent = true;
        EndUnits();
    }

    /// <inheritdoc/>
    public void OnEndOfReading()
    {
        EndHeld();
        EmitBroken();
        for (var left = _pending.Count; left > 0; left--)
        {
            var command = _pending.Dequeue();
            if (command.Answer == AnswerKind.None)
            {
                EmitUnanswered(command, ExchangeState.OneWay);
            }
            else
            {
                _pending.Enqueue(command);
            }
        }
    }

    /// <inheritdoc/>
    public void VisitInFlight(Action<Exchange> visitor)
    {
        VisitCursors(visitor);
        if (_current is { Command: not MySqlCommand.Unknown } current && !BelongsToCursor(current))
        {
            visitor(Build(current, ExchangeState.Running, CompletenessOf(current), withAnswer: !current.Unproven));
        }

        foreach (var command in _pending)
        {
            if (command.Answer != AnswerKind.None && !BelongsToCursor(command))
            {
                visitor(Build(command, ExchangeState.Running, CompletenessOf(command), withAnswer: false));
            }
        }
    }

    private ParseStatus ReadPackets(bool isClient, StreamWindow window)
    {
        var cursor = new PacketCursor(window);
        var status = isClient ? ReadClient(ref cursor) : ReadServer(ref cursor);
        cursor.Commit();
        return status;
    }

    /// <summary>Bytes are missing behind the window. False when they do not all lie in one packet: framing is lost.</summary>
    private bool PassMissing(bool isClient, StreamWindow window, ulong length)
    {
        if (isClient)
        {
            if (!window.IsEmpty || !_client.TrySkip(length))
            {
                LoseClient();
                return false;
            }

            window.ExtendOverHole(ref _clientTiming, length);
            if (_client.TryEndAfterSkip(out var prefix))
            {
                EndClientPayload(prefix, window.CallOf(window.Offset));
            }

            return true;
        }

        if (!window.IsEmpty || _serverPart == ServerPart.None || !_server.TrySkip(length))
        {
            LoseServer();
            return false;
        }

        window.ExtendOverHole(ref _answerTiming, length);
        return !_server.TryEndAfterSkip(out var end) || EndServerPayload(end) != ParseStatus.InvalidData;
    }

    /// <summary>Looks in the window for packets behind lost framing; what shows none is dropped.</summary>
    private bool FindPackets(bool isClient, StreamWindow window)
    {
        var skip = isClient ? FindClientBoundary(window) : FindServerBoundary(window);
        if (skip < 0)
        {
            Drop(window, skip);
            return false;
        }

        window.Advance(skip);
        _clientLost &= !isClient;
        return true;
    }

    private ParseStatus PassOver(StreamWindow window)
    {
        EndUnits();
        UnparsedBytes += window.Length;
        window.Advance(window.Length);
        return ParseStatus.NeedMoreData;
    }

    /// <summary>Nothing that follows on this connection can be read; what waits for an answer is said to be lost.</summary>
    private void GoSilent()
    {
        RefuteHeld();
        EmitBroken();
        while (_pending.TryDequeue(out var command))
        {
            EmitUnanswered(command, ExchangeState.Lost);
        }

        EndCursors(ExchangeState.Lost);
        _current = null;
        _silent = true;
    }
}
