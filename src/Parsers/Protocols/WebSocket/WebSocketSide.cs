// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>
/// The messages of one direction: puts frames together, with control frames between them (RFC 6455, section 5.4), counts,
/// and keeps the beginning of what is to be shown. A hole inside one frame's payload is passed; any other loses framing.
/// </summary>
internal sealed class WebSocketSide(WebSocketSession session, bool isClient, ParseLimits limits)
{
    private const int NoStatus = 1005;

    private readonly WebSocketReader _reader = new();
    private readonly WebSocketContent _message = new(limits);
    private readonly WebSocketContent _control = new(limits);
    private WebSocketInflation? _inflation;
    private WebSocketContent? _content; // of the frame that is being read; null when nobody wants it
    private SegmentTime _frameTime;
    private ulong _frameOffset;
    private bool _mayContinueLost; // a continuation may have lost what it continues
    private bool _isClosed;
    private long _messages;
    private long _bytes;
    private long _inflated;
    private bool _anyCompressed;
    private bool _isInflatedKnown = true;
    private long _pings;
    private long _pongs;

    /// <summary>Framing was lost at some time: counts are not known.</summary>
    public bool WasLost { get; private set; }

    /// <summary>The message that is under way; null between messages.</summary>
    public WebSocketContent? Open => _message.IsOpen ? _message : null;

    /// <summary>What is known of the whole.</summary>
    public WebSocketTotals Totals => new()
    {
        Messages = WasLost ? null : _messages,
        MessagesAtLeast = _messages,
        Bytes = WasLost ? null : _bytes,
        UncompressedBytes = _anyCompressed && _isInflatedKnown && !WasLost ? _inflated : null,
        Pings = WasLost ? null : _pings,
        Pongs = WasLost ? null : _pongs,
    };

    /// <summary>Reads bytes of one call, the first of which lies at <paramref name="offset"/>; false when they are no frames.</summary>
    public bool Read(ReadOnlySpan<byte> bytes, ulong offset, SegmentTime time)
    {
        Span<byte> scratch = stackalloc byte[WebSocketReader.ScratchSize];
        var end = offset + (ulong)bytes.Length;
        while (!bytes.IsEmpty)
        {
            if (!_reader.IsInFrame)
            {
                if (_reader.IsAtBoundary)
                {
                    (_frameOffset, _frameTime) = (offset, time);
                }

                var status = _reader.ReadHeader(ref bytes);
                offset = end - (ulong)bytes.Length;
                if (status != ParseStatus.Done)
                {
                    return status == ParseStatus.NeedMoreData;
                }

                if (!Begin(_reader.Frame))
                {
                    return false;
                }

                _content?.Extend(_frameOffset, offset, _frameTime, time);
            }

            if (_reader.Left > 0 && !bytes.IsEmpty)
            {
                var count = _reader.ReadPayload(bytes, scratch, out var payload);
                bytes = bytes[count..];
                _content?.Extend(offset, offset + (ulong)count, time, time);
                _content?.Add(payload);
                offset += (ulong)count;
            }

            if (_reader.Left == 0)
            {
                End();
            }
        }

        return true;
    }

    /// <summary>
    /// <paramref name="length"/> bytes are missing, up to (not including) <paramref name="end"/>. False when they are not all
    /// of one frame's payload.
    /// </summary>
    public bool TrySkip(ulong length, ulong end, SegmentTime time)
    {
        if (!_reader.TrySkip(length))
        {
            return false;
        }

        _content?.Extend(end - length, end, time, time);
        _content?.Miss(length);
        if (_reader.Left == 0)
        {
            End();
        }

        return true;
    }

    /// <summary>Framing is lost: messages may be missed from here on.</summary>
    public void Lose()
    {
        WasLost = true;
        _mayContinueLost = true;
        _reader.End();
        _content = null;
        _control.Close();
        EndOpen(ExchangeState.Lost);
        _inflation?.Break();
        _inflation ??= session.MakeInflation(isClient);
        _inflation?.Break();
    }

    /// <summary>Nothing more will be read; a message that is under way ends so.</summary>
    public void Close(ExchangeState state)
    {
        EndOpen(state);
        _control.Close();
        _inflation?.Release();
    }

    // False for what stands in no frame of a connection whose handshake was not seen.
    private bool Begin(in WebSocketFrame frame)
    {
        var isCompressed = false;
        var warnings = WebSocketWarnings.None;
        var reserved = frame.Reserved;
        if ((reserved & 4) != 0 && session.MayCompress && frame.Opcode is WebSocketOpcode.Text or WebSocketOpcode.Binary)
        {
            isCompressed = true;
            reserved &= 3;
        }

        warnings |= reserved != 0 && !session.HasOtherExtensions ? WebSocketWarnings.ReservedBits : 0;
        warnings |= frame.IsKnown ? 0 : WebSocketWarnings.ReservedOpcode;
        warnings |= frame.IsMasked != isClient ? WebSocketWarnings.BadMask : 0;
        warnings |= frame.IsShortest ? 0 : WebSocketWarnings.LongLength;
        if (frame.IsControl)
        {
            warnings |= frame.IsFinal ? 0 : WebSocketWarnings.FragmentedControl;
            warnings |= frame.Length > WebSocketFrame.MaxControl ? WebSocketWarnings.LongControl : 0;
            _content = frame.IsKnown ? _control : null;
            _content?.Begin(frame.Opcode, isOpaque: reserved != 0);
        }
        else if (!frame.IsKnown)
        {
            _content = null;
        }
        else
        {
            warnings |= _isClosed ? WebSocketWarnings.AfterClose : 0;
            warnings |= BeginData(frame, isCompressed, isOpaque: reserved != 0);
        }

        if (_content is not null)
        {
            _content.Frames++;
        }

        return session.Warn(warnings);
    }

    private WebSocketWarnings BeginData(in WebSocketFrame frame, bool isCompressed, bool isOpaque)
    {
        _content = _message;
        if (frame.Opcode == WebSocketOpcode.Continuation)
        {
            if (_message.IsOpen)
            {
                return WebSocketWarnings.None;
            }

            _content = null;
            return _mayContinueLost ? WebSocketWarnings.None : WebSocketWarnings.BadContinuation;
        }

        var warning = _message.IsOpen ? WebSocketWarnings.BadContinuation : WebSocketWarnings.None;
        EndOpen(ExchangeState.Aborted);
        _mayContinueLost = false;
        _inflation = isCompressed ? _inflation ?? session.MakeInflation(isClient) : _inflation;
        _message.Begin(frame.Opcode, isOpaque, isCompressed, _inflation);
        return warning;
    }

    private void End()
    {
        var content = _content;
        _content = null;
        _reader.End();
        if (content == _control)
        {
            EndControl();
        }
        else if (_reader.Frame is { IsFinal: true, IsControl: false, IsKnown: true })
        {
            _mayContinueLost = false;
            if (content is not null)
            {
                EndMessage();
            }
        }
    }

    private void EndMessage()
    {
        var isInflated = _message.End();
        _messages++;
        _bytes += _message.Bytes;
        _inflated += isInflated ? _message.InflatedBytes : _message.Bytes;
        _anyCompressed |= _message.IsCompressed;
        _isInflatedKnown &= isInflated || !_message.IsCompressed;
        session.Warn(_message.Warnings);
        session.OnMessage(_message, isClient, WasLost ? null : _messages, ExchangeState.OneWay);
        _message.Close();
    }

    private void EndControl()
    {
        _control.End();
        _pings += _control.Opcode == WebSocketOpcode.Ping ? 1 : 0;
        _pongs += _control.Opcode == WebSocketOpcode.Pong ? 1 : 0;
        if (_control.Opcode == WebSocketOpcode.Close)
        {
            _isClosed = true;
            EndClose();
        }
        else
        {
            session.OnMessage(_control, isClient, null, ExchangeState.OneWay);
        }

        _control.Close();
    }

    // Section 5.5.1: nothing, or a code of two bytes and a reason.
    private void EndClose()
    {
        var payload = _control.Prefix;
        int? code = null;
        string? reason = null;
        if (_control is { Missing: 0, IsOpaque: false })
        {
            if (payload.Length >= 2)
            {
                code = BinaryPrimitives.ReadUInt16BigEndian(payload);
                session.Warn(code is < 1000 or 1004 or NoStatus or 1006 or (>= 1015 and < 3000) or >= 5000 ? WebSocketWarnings.BadClose : 0);
                var isText = System.Text.Unicode.Utf8.IsValid(payload[2..]);
                reason = isText && payload.Length > 2 ? Encoding.UTF8.GetString(payload[2..]) : null;
                session.Warn(isText || _control.Bytes > payload.Length ? 0 : WebSocketWarnings.BadText);
            }
            else if (payload.Length == 1)
            {
                session.Warn(WebSocketWarnings.BadClose);
            }
        }

        session.OnMessage(_control, isClient, null, ExchangeState.OneWay, code);
        session.OnCloseFrame(isClient, code, reason, _control.Timing.First);
    }

    private void EndOpen(ExchangeState state)
    {
        if (_message.IsOpen)
        {
            _message.Break();
            session.OnMessage(_message, isClient, null, state);
            _message.Close();
        }
    }
}
