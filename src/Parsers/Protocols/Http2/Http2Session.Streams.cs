// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http2;

/// <content>What frames do to streams (RFC 9113, section 5.1).</content>
internal sealed partial class Http2Session
{
    private uint _lastRequest;      // highest number of a stream that the client began
    private uint _firstRefused = uint.MaxValue; // the server does not process streams from this one on (GOAWAY)
    private uint _goAwayCode;
    private long _kept;             // memory that the open streams hold, bytes

    /// <summary>
    /// A frame begins; finds the stream whose message it is part of, if any. Its first byte is the window's.
    /// </summary>
    public ParseStatus OnFrame(Http2FrameHeader frame, bool isRequest, StreamWindow window, out Http2Stream? stream)
    {
        stream = null;
        if (frame.Type is not (Http2FrameType.Data or Http2FrameType.Headers or Http2FrameType.Continuation or Http2FrameType.RstStream))
        {
            return ParseStatus.Done;
        }

        var isClients = (frame.StreamId & 1) != 0;
        stream = _streams.Find(frame.StreamId);
        if (isRequest)
        {
            if (stream is null && isClients && frame.Type == Http2FrameType.Headers && frame.StreamId > _lastRequest)
            {
                stream = Open(frame.StreamId);
                stream.Response.IsUncertain = window.TimeAt(window.Offset).Enter <= _responsesMissedUntil;
            }

            // What stands in the frame depends on an answer that may come behind it.
            return frame.Type == Http2FrameType.Data && !window.MustNotWait &&
                stream is { AsksForWebSocket: true, WebSocket: null, Response: { HasHead: false, IsUncertain: false } }
                ? ParseStatus.AwaitRequest
                : ParseStatus.Done;
        }

        // The request has not begun, or its fields are under way: it may come behind its answer, in one piece or in several.
        var isRequestToCome = stream is null
            ? isClients && frame.StreamId > _lastRequest
            : stream.Request is { Timing.Seen: true, HasHead: false, IsUncertain: false };
        if (isRequestToCome && !window.MustNotWait)
        {
            return ParseStatus.AwaitRequest;
        }

        if (stream is null && frame.Type == Http2FrameType.Headers && !_streams.WasReset(frame.StreamId))
        {
            stream = Open(frame.StreamId);
        }

        return ParseStatus.Done;
    }

    /// <summary>A block of header fields ended. <paramref name="isWhole"/>: it has all its fields.</summary>
    public void OnHeaders(Http2Stream? stream, Http2FrameHeader first, bool isRequest, HeaderFields fields, bool isWhole)
    {
        if (stream is null)
        {
            return;
        }

        if (isRequest)
        {
            OnRequestHeaders(stream, fields);
        }
        else
        {
            OnResponseHeaders(stream, fields, first.EndsStream);
        }

        var message = stream.Of(isRequest);
        if (message.HasHead)
        {
            message.IsFieldMissing |= !isWhole;
            message.IsEnded |= first.EndsStream;
        }

        Note(stream);
        if (!isRequest && stream is { AsksForWebSocket: true, WebSocket: null, Request.IsEnded: false, Response: { IsEnded: false, Fields.Status: >= 200 and < 300 } })
        {
            BeginWebSocket(stream);
        }

        Settle(stream);
    }

    /// <summary>The server promises a response to a request that was not sent (section 6.6).</summary>
    public void OnPromise(uint promised, HeaderFields fields, bool isWhole)
    {
        if (promised == 0 || (promised & 1) != 0 || _streams.Find(promised) is not null)
        {
            return;
        }

        var stream = Open(promised);
        stream.IsPushed = true;
        stream.Request.HasHead = stream.Request.IsEnded = true;
        stream.Request.IsFieldMissing = !isWhole;
        stream.Request.Fields.AddRange(fields);
        Note(stream);
    }

    /// <summary>The request that asked for HTTP/2 is stream 1, and over (RFC 7540, section 3.2).</summary>
    private void OnUpgrade(HttpExchange upgraded)
    {
        var request = Open(1).Request;
        request.HasHead = request.IsEnded = true;

        // The exchange that ended with 101 has the id of the first byte.
        request.Timing = upgraded.Request with { StartOffset = upgraded.Request.StartOffset + 1 };
        request.Fields.Add(":method", upgraded.Method);
        request.Fields.Add(":path", upgraded.Target);
        request.Fields.Add(":authority", upgraded.Host);
        foreach (var (name, value) in upgraded.RequestHeaders)
        {
            request.Fields.Add(name.ToLowerInvariant(), value);
        }

        Note(_streams.Oldest);
    }

    /// <summary>A DATA frame ended.</summary>
    public void OnDataEnd(Http2Stream? stream, Http2FrameHeader frame, bool isRequest)
    {
        if (stream is null)
        {
            return;
        }

        stream.Of(isRequest).IsEnded |= frame.EndsStream;
        Note(stream);
        Settle(stream);
    }

    /// <summary>A frame ended that has neither fields nor data; <paramref name="payload"/> is empty when not captured.</summary>
    public void OnControl(Http2FrameHeader frame, bool isRequest, ReadOnlySpan<byte> payload)
    {
        if (frame.Type == Http2FrameType.RstStream && _streams.Find(frame.StreamId) is { } stream)
        {
            OnReset(stream, isRequest, payload.Length == 4 ? ReadUInt32(payload) : null);
        }
        else if (frame.Type == Http2FrameType.GoAway && !isRequest && payload.Length >= 8)
        {
            OnGoAway(ReadUInt32(payload) & int.MaxValue, ReadUInt32(payload[4..]));
        }
        else if (frame.Type == Http2FrameType.Settings && frame.Length > 0)
        {
            OnSettings(isRequest, payload);
        }
    }

    private void OnRequestHeaders(Http2Stream stream, HeaderFields fields)
    {
        var request = stream.Request;
        if (request.HasHead)
        {
            request.Trailers.AddRange(fields);
        }
        else if (fields.MayBeRequest())
        {
            request.OnHead();
            request.Fields.AddRange(fields);
            request.Grpc.IsWanted = GrpcCall.IsGrpc(fields["content-type"]);
            stream.AsksForWebSocket = Http2WebSocket.IsAskedFor(fields);
        }
        else if (!stream.Response.HasHead)
        {
            Close(stream); // trailers of a request that began before we looked
        }
    }

    private void OnResponseHeaders(Http2Stream stream, HeaderFields fields, bool endsStream)
    {
        var response = stream.Response;
        var status = fields.Status;
        if (status is >= 100 and < 200)
        {
            stream.InterimResponses++;
            response.Timing = default; // the final one is the response
            return;
        }

        if (!response.HasHead && status is null && (response.IsUncertain || !stream.Request.HasHead || !fields.MayBeResponse()))
        {
            // Trailers, or fields that may be: the response began before we looked, or its beginning was lost.
            if (!stream.Request.HasHead)
            {
                Close(stream);
                return;
            }

            response.HasHead = response.IsUncertain = true;
            response.Trailers.AddRange(fields);
            return;
        }

        // Trailers end the stream. A first block whose status is not known may have been an interim response.
        if (response.HasHead && (endsStream || response.BodySize > 0 || response.Fields.Status is not null))
        {
            response.Trailers.AddRange(fields);
            return;
        }

        if (response.HasHead)
        {
            stream.InterimResponses++;
            response.Timing = response.BlockTiming;
        }

        response.OnHead();
        response.Fields.Clear();
        response.Fields.AddRange(fields);
        response.Grpc.IsWanted = fields["content-type"] is { } type ? GrpcCall.IsGrpc(type) : stream.Request.Grpc.IsWanted;
    }

    private void OnReset(Http2Stream stream, bool isRequest, uint? code)
    {
        if (stream.Response.IsEnded)
        {
            stream.Request.IsEndTimeUnknown |= !stream.Request.IsEnded;
            stream.Request.IsEnded = true; // what was left of the request is not needed (section 8.1)
            Settle(stream);
            return;
        }

        stream.IsReset = true;
        stream.ErrorCode = code;
        stream.IsResetByClient = isRequest;
        End(stream, ExchangeState.Aborted);
    }

    private void OnGoAway(uint last, uint code)
    {
        _firstRefused = Math.Min(_firstRefused, last + 1);
        _goAwayCode = code;
        foreach (var stream in _streams.All.Where(IsRefused).ToList())
        {
            Refuse(stream);
        }
    }

    private bool IsRefused(Http2Stream stream) =>
        (stream.Id & 1) != 0 && stream.Id >= _firstRefused && !stream.Response.HasHead && stream.Request.HasHead;

    private void Refuse(Http2Stream stream)
    {
        stream.IsReset = true;
        stream.ErrorCode = _goAwayCode == Http2ErrorCode.NoError ? Http2ErrorCode.RefusedStream : _goAwayCode;
        End(stream, ExchangeState.Aborted);
    }

    private Http2Stream Open(uint id)
    {
        while (_streams.Count >= _context.Limits.MaxOutstanding || (_streams.Count > 0 && _kept > _context.Limits.MaxBuffered))
        {
            EndLost(_streams.Oldest);
        }

        if ((id & 1) != 0)
        {
            _lastRequest = Math.Max(_lastRequest, id);
        }

        return _streams.Open(id);
    }

    private void Note(Http2Stream stream)
    {
        if (_streams.Find(stream.Id) == stream)
        {
            _kept += stream.Kept - stream.NotedKept;
            stream.NotedKept = stream.Kept;
        }
    }

    private void Settle(Http2Stream stream)
    {
        if (stream.Response.IsEnded && (stream.Request.IsEnded || !stream.Request.HasHead || stream.Request.IsUncertain))
        {
            End(stream, ExchangeState.Done);
        }
        else if (IsRefused(stream) && stream.Request.IsEnded)
        {
            Refuse(stream);
        }
    }
}
