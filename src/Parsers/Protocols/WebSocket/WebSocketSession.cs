// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>
/// One WebSocket connection (RFC 6455) behind its handshake, as an observer sees it. The directions are independent of each
/// other: nothing is paired. Where the handshake was not seen, nothing is told of it until both directions have shown that
/// they are WebSocket.
/// </summary>
internal sealed class WebSocketSession : IProtocolSession
{
    private readonly SessionContext _context;
    private readonly HttpExchange? _handshake;
    private readonly WebSocketOptions? _options;
    private readonly WebSocketSide _client;
    private readonly WebSocketSide _server;
    private readonly bool[] _isProven = new bool[2];
    private MessageTiming _timing;
    private WebSocketWarnings _warnings;
    private SegmentTime? _clientClosed;
    private SegmentTime? _serverClosed;
    private int? _closeCode;
    private string? _closeReason;
    private ulong _missing;
    private bool _isEnded;

    /// <summary>
    /// Makes one. With <paramref name="handshake"/> and <paramref name="options"/>, both directions stand behind it; without,
    /// somewhere in the middle.
    /// </summary>
    public WebSocketSession(SessionContext context, HttpExchange? handshake = null, WebSocketOptions? options = null)
    {
        _context = context;
        _handshake = handshake;
        _options = options;
        _client = new WebSocketSide(this, isClient: true, context.Limits);
        _server = new WebSocketSide(this, isClient: false, context.Limits);
        if (handshake is null)
        {
            _client.Lose();
            _server.Lose();
            return;
        }

        // The exchange of the handshake has the id of the first byte.
        _timing = handshake.Request with { StartOffset = handshake.Request.StartOffset + 1, Last = handshake.Response.Last };
        _warnings = options?.Warnings ?? 0;
        _isProven[0] = _isProven[1] = true;
    }

    /// <inheritdoc/>
    public Protocol Protocol => Protocol.WebSocket;

    /// <inheritdoc/>
    public bool IsOver => _isEnded;

    /// <summary>RSV1 may say that a message is compressed.</summary>
    public bool MayCompress => _options?.HasDeflate != false;

    /// <summary>Reserved bits may mean what nobody here knows.</summary>
    public bool HasOtherExtensions => _options?.HasOthers == true;

    private bool IsShown => _isProven[0] && _isProven[1];

    /// <inheritdoc/>
    public ParseStatus Read(Direction direction, StreamWindow window)
    {
        var isClient = direction == _context.RequestDirection;
        _isProven[(int)direction] = true;
        while (!window.IsEmpty && !_isEnded)
        {
            var bytes = window.Span;
            var offset = window.Offset;
            bytes = bytes[..(int)Math.Min((ulong)bytes.Length, Math.Max(1, window.CallEnd - offset))];
            if (!Read(isClient, bytes, offset, window.TimeAt(offset)))
            {
                SideOf(isClient).Lose();
                _isProven[(int)direction] = _handshake is not null;
                return ParseStatus.InvalidData;
            }

            window.Advance(bytes.Length);
        }

        window.Advance(window.Length);
        return ParseStatus.NeedMoreData;
    }

    /// <inheritdoc/>
    public bool OnGap(Direction direction, StreamWindow window, ulong length)
    {
        if (_isEnded)
        {
            return true;
        }

        var isClient = direction == _context.RequestDirection;
        if (window.IsEmpty && length != ulong.MaxValue)
        {
            var end = window.EndOffset + length;
            return Skip(isClient, length, end, window.TimeAt(end - 1));
        }

        Lose(isClient);
        return false;
    }

    /// <inheritdoc/>
    public void OnMissed(Direction direction)
    {
        if (!_isEnded)
        {
            Lose(direction == _context.RequestDirection);
        }
    }

    /// <inheritdoc/>
    public int TryResync(Direction direction, StreamWindow window)
    {
        var isClient = direction == _context.RequestDirection;
        if (!SideOf(isClient).WasLost)
        {
            SideOf(isClient).Lose(); // what was missed was missed in front of the handshake's answer
        }

        return WebSocketShape.FindStart(window, isClient, MayCompress);
    }

    /// <inheritdoc/>
    public void OnEndOfStream(Direction direction, SegmentTime time)
    {
        // A close frame ends it; without one it is aborted when the connection ends.
    }

    /// <inheritdoc/>
    public void OnClose(long time) => Close(ExchangeState.Aborted);

    /// <inheritdoc/>
    public void VisitInFlight(Action<Exchange> visitor)
    {
        if (!_isEnded && IsShown)
        {
            visitor(Make(ExchangeState.Running));
        }
    }

    /// <summary>
    /// Reads bytes of one side that one call moved, the first of which lies at <paramref name="offset"/>; false when they are no
    /// frames.
    /// </summary>
    public bool Read(bool isClient, ReadOnlySpan<byte> bytes, ulong offset, SegmentTime time)
    {
        Note(offset, offset + (ulong)bytes.Length, time, isClient);
        return SideOf(isClient).Read(bytes, offset, time);
    }

    /// <summary>
    /// <paramref name="length"/> bytes of one side are missing, up to (not including) <paramref name="end"/>. False when where the
    /// next frame begins is not known any more.
    /// </summary>
    public bool Skip(bool isClient, ulong length, ulong end, SegmentTime time)
    {
        if (SideOf(isClient).TrySkip(length, end, time))
        {
            _missing += length;
            return true;
        }

        Lose(isClient);
        return false;
    }

    /// <summary>Frames of one side may have been missed, and where the next one begins is not known.</summary>
    public void Lose(bool isClient) => SideOf(isClient).Lose();

    /// <summary>What carries it is over: in this state where no close frame was seen and nothing was lost.</summary>
    public void Close(ExchangeState state) =>
        End(IsClosed ? ExchangeState.Done : _client.WasLost || _server.WasLost ? ExchangeState.Lost : state);

    /// <summary>
    /// Takes note of what a frame does wrong. False when the handshake was not seen: then this is no frame.
    /// </summary>
    public bool Warn(WebSocketWarnings warnings)
    {
        _warnings |= warnings;
        return warnings == WebSocketWarnings.None || _handshake is not null || (warnings & WebSocketShape.Impossible) == 0;
    }

    /// <summary>What a side's messages are inflated with; null when none was agreed on, or that is not known.</summary>
    public WebSocketInflation? MakeInflation(bool isClient) => _options is not { HasDeflate: true } options
        ? null
        : new WebSocketInflation(
            _context.Inflaters,
            _context.Limits,
            isClient ? options.ClientWindowBits : options.ServerWindowBits,
            isClient ? options.ClientForgets : options.ServerForgets);

    /// <summary>A message or control frame ended, or will not end.</summary>
    public void OnMessage(WebSocketContent content, bool isClient, long? number, ExchangeState state, int? closeCode = null)
    {
        if (!_context.Limits.KeepsWebSocketMessages || !IsShown)
        {
            return;
        }

        var isWhole = state == ExchangeState.OneWay;
        var isSeen = !content.IsCompressed || content.IsInflated;
        _context.Handler.OnExchange(new WebSocketExchange
        {
            Connection = _context.Connection,
            State = state,
            Completeness = content.Missing > 0 ? new Completeness(CompletenessKind.Truncated, content.Missing)
                : isWhole ? Completeness.Complete
                : new Completeness(CompletenessKind.Truncated),
            Request = isClient ? content.Timing : default,
            Response = isClient ? default : content.Timing,
            Tls = _context.Source.IsTlsPlaintext(),
            Handshake = _handshake,
            Options = _options,
            Message = new WebSocketMessage
            {
                Opcode = content.Opcode,
                IsFromClient = isClient,
                Number = number,
                Frames = content.Frames,
                Bytes = isWhole ? content.Bytes : null,
                IsCompressed = content.IsCompressed,
                UncompressedBytes = isWhole && content.IsInflated ? content.InflatedBytes : null,
                Prefix = content.Prefix.Length == 0 ? default : content.Prefix.ToArray(),
                IsText = content.IsText && isSeen | content.Prefix.Length > 0,
                CloseCode = closeCode,
            },
        });
    }

    /// <summary>A close frame ended.</summary>
    public void OnCloseFrame(bool isClient, int? code, string? reason, SegmentTime time)
    {
        ref var own = ref isClient ? ref _clientClosed : ref _serverClosed;
        var other = isClient ? _serverClosed : _clientClosed;
        if (own is null && (other is not { } theirs || TimeOf(time, isClient) < TimeOf(theirs, !isClient)))
        {
            _closeCode = code;
            _closeReason = reason;
        }

        own ??= time;
        if (_clientClosed is not null && _serverClosed is not null && IsShown)
        {
            End(ExchangeState.Done);
        }
    }

    private bool IsClosed => _clientClosed is not null || _serverClosed is not null;

    private bool IsClosedByClient => _clientClosed is { } client &&
        (_serverClosed is not { } server || TimeOf(client, isClient: true) <= TimeOf(server, isClient: false));

    private WebSocketSide SideOf(bool isClient) => isClient ? _client : _server;

    // As everywhere: what the traced process sends counts from the call's entry, what it gets from its exit.
    private long TimeOf(SegmentTime time, bool isClient) =>
        isClient == (_context.Connection.Role == EndpointRole.Client) ? time.Enter : time.Exit;

    private void Note(ulong start, ulong end, SegmentTime time, bool isClient)
    {
        if (!_timing.Seen)
        {
            _timing.Extend(start + 1, end, time, time); // its first frame has the id of the first byte
            _timing.Seen = isClient;
        }
        else if (time.Exit > _timing.Last.Exit)
        {
            _timing.Last = time;
        }
    }

    private void End(ExchangeState state)
    {
        if (_isEnded)
        {
            return;
        }

        _isEnded = true;
        _client.Close(ExchangeState.Aborted);
        _server.Close(ExchangeState.Aborted);
        if (IsShown)
        {
            _context.Handler.OnExchange(Make(state));
        }
    }

    private WebSocketExchange Make(ExchangeState state) => new()
    {
        Connection = _context.Connection,
        State = state,
        Completeness = _client.WasLost || _server.WasLost ? new Completeness(CompletenessKind.Resynced, _missing)
            : _missing > 0 ? new Completeness(CompletenessKind.Truncated, _missing)
            : Completeness.Complete,
        Request = _timing,
        IdleSince = state == ExchangeState.Running ? _timing.First.Enter : null,
        Tls = _context.Source.IsTlsPlaintext(),
        Handshake = _handshake,
        Options = _options,
        Client = _client.Totals,
        Server = _server.Totals,
        OpenTime = _handshake is null ? null : Math.Max(0, _timing.Last.Exit - _handshake.Response.Last.Exit),
        IsClosed = IsClosed,
        IsClosedByClient = IsClosedByClient,
        CloseCode = _closeCode,
        CloseReason = _closeReason,
        Warnings = _warnings,
    };
}
