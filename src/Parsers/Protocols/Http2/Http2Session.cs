// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// One HTTP/2 connection (RFC 9113) as an observer sees it. Requests and responses belong together by the number of
/// their stream, so loss makes no wrong pair; what loss does to header fields is <see cref="Hpack.HpackDynamicTable"/>'s.
/// This file steers; what frames do to streams, and what goes out, are the other parts.
/// </summary>
internal sealed partial class Http2Session : IProtocolSession
{
    private readonly SessionContext _context;
    private readonly Direction _requestDirection;
    private readonly Http2Side _requests;
    private readonly Http2Side _responses;
    private readonly Http2StreamTable _streams;
    private int _prefaceLeft; // bytes of the client's preface that are still to come
    private bool _requestsLost;
    private bool _responsesLost;
    private long? _responsesMissedUntil; // until when responses may have passed unread; null: none did, MaxValue: not over
    private bool _isEnded;

    public Http2Session(SessionContext context)
    {
        _context = context;
        _requestDirection = context.RequestDirection;
        _streams = new Http2StreamTable(context.Limits);
        _requests = new Http2Side(this, isRequest: true, context.Limits, context.FromStart, context.Bytes);
        _responses = new Http2Side(this, isRequest: false, context.Limits, context.FromStart, context.Bytes);
        _requestResync = new Http2Resync(this, isRequest: true);
        _responseResync = new Http2Resync(this, isRequest: false);
        _maxRequestFrame = _maxResponseFrame = context.FromStart ? Http2FrameHeader.DefaultMaxLength : null;
        _areRequestsMissed = !context.FromStart;
        _prefaceLeft = context.FromStart ? Http2Shape.Preface.Length : 0;
        _requestsLost = _responsesLost = !context.FromStart;
        if (context.UpgradedRequest is { } upgraded)
        {
            OnUpgrade(upgraded);
        }

        if (context.IsMissing || context.DroppedResponse is not null || (!context.FromStart && !context.OffsetsKnown))
        {
            _responsesMissedUntil = long.MaxValue;
        }
    }

    /// <inheritdoc/>
    public Protocol Protocol => Protocol.Http2;

    /// <inheritdoc/>
    public ParseStatus Read(Direction direction, StreamWindow window)
    {
        if (_isEnded)
        {
            window.Advance(window.Length);
            return ParseStatus.NeedMoreData;
        }

        var isRequest = direction == _requestDirection;
        if (isRequest && _prefaceLeft > 0 && !ReadPreface(window))
        {
            return _prefaceLeft > 0 ? ParseStatus.NeedMoreData : ParseStatus.InvalidData;
        }

        (isRequest ? ref _requestsLost : ref _responsesLost) = false;
        if (!isRequest && _responsesMissedUntil == long.MaxValue && !window.IsEmpty)
        {
            _responsesMissedUntil = window.TimeAt(window.Offset).Exit;
        }

        var status = SideOf(isRequest).Read(window);
        if (status == ParseStatus.InvalidData)
        {
            Lose(isRequest);
        }

        return status;
    }

    /// <inheritdoc/>
    public bool OnGap(Direction direction, StreamWindow window, ulong length)
    {
        var isRequest = direction == _requestDirection;
        if (_isEnded)
        {
            return true;
        }

        if (window.IsEmpty && length != ulong.MaxValue && SideOf(isRequest).TrySkip(window, length))
        {
            return true;
        }

        Lose(isRequest);
        return false;
    }

    /// <inheritdoc/>
    public void OnMissed(Direction direction)
    {
        var isRequest = direction == _requestDirection;
        ResyncOf(isRequest).OnHole();
        Miss(isRequest);
    }

    /// <inheritdoc/>
    public void OnEndOfStream(Direction direction, SegmentTime time)
    {
        // Streams end with flags of their own.
    }

    /// <inheritdoc/>
    public void OnClose(long time)
    {
        EndAll();
        _isEnded = true;
        _requests.Release();
        _responses.Release();
    }

    /// <inheritdoc/>
    public void OnEndOfReading()
    {
        foreach (var stream in _streams.All.Where(s => s.Response.IsUncertain || s.Request.IsUncertain).ToList())
        {
            EndLost(stream); // it may have ended long ago
        }
    }

    /// <inheritdoc/>
    public void VisitInFlight(Action<Exchange> visitor)
    {
        foreach (var stream in _streams.All.Where(s => s.Request.HasHead))
        {
            if (stream.WebSocket is { } socket)
            {
                socket.VisitInFlight(visitor);
            }
            else
            {
                visitor(Http2ExchangeFactory.Make(_context, stream, ExchangeState.Running));
            }
        }
    }

    private Http2Side SideOf(bool isRequest) => isRequest ? _requests : _responses;

    private void Lose(bool isRequest)
    {
        (isRequest ? ref _requestsLost : ref _responsesLost) = true;
        SideOf(isRequest).Lose();
        ResyncOf(isRequest).Reset();
        Miss(isRequest);
    }

    // Frames may be among bytes that pass unread.
    private void Miss(bool isRequest)
    {
        _areRequestsMissed |= isRequest;
        _responsesMissedUntil = isRequest ? _responsesMissedUntil : long.MaxValue;
        foreach (var stream in _streams.All)
        {
            stream.Lose(isRequest);
        }
    }

    // False while it is not complete, and when it is no preface.
    private bool ReadPreface(StreamWindow window)
    {
        var count = (int)Math.Min(window.Length, _prefaceLeft);
        Span<byte> bytes = stackalloc byte[count];
        var expected = Http2Shape.Preface.Slice(Http2Shape.Preface.Length - _prefaceLeft, count);
        window.Buffer.Slice(0, count).CopyTo(bytes);
        if (!bytes.SequenceEqual(expected))
        {
            _prefaceLeft = 0;
            Lose(isRequest: true);
            return false;
        }

        _prefaceLeft -= count;
        window.Advance(count);
        return _prefaceLeft == 0;
    }

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
