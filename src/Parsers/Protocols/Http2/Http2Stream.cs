// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>One stream: a request and its response. Reused through <see cref="Http2StreamTable"/>.</summary>
internal sealed class Http2Stream(ParseLimits limits, Http2BodyRoom room)
{
    /// <summary>Number of the stream.</summary>
    public uint Id { get; set; }

    /// <summary>The request.</summary>
    public Http2Message Request { get; } = new(limits, room);

    /// <summary>The response.</summary>
    public Http2Message Response { get; } = new(limits, room);

    /// <summary>The server began it by a promise: the request was never sent.</summary>
    public bool IsPushed { get; set; }

    /// <summary>Interim responses (1xx) so far.</summary>
    public int InterimResponses { get; set; }

    /// <summary>It was ended before its time (RST_STREAM, GOAWAY).</summary>
    public bool IsReset { get; set; }

    /// <summary>It was the client that did so.</summary>
    public bool IsResetByClient { get; set; }

    /// <summary>The code that was given for it; null when that was not captured.</summary>
    public uint? ErrorCode { get; set; }

    /// <summary>The request asks for WebSocket.</summary>
    public bool AsksForWebSocket { get; set; }

    /// <summary>What runs in its DATA frames since the server agreed to WebSocket; null otherwise.</summary>
    public Http2WebSocket? WebSocket { get; set; }

    /// <summary>What of <see cref="Kept"/> the session has counted.</summary>
    public long NotedKept { get; set; }

    /// <summary>Memory kept, bytes.</summary>
    public long Kept => Request.Kept + Response.Kept;

    /// <summary>One side of it.</summary>
    public Http2Message Of(bool isRequest) => isRequest ? Request : Response;

    /// <summary>Frames of one side may have been missed.</summary>
    public void Lose(bool isRequest)
    {
        var message = Of(isRequest);
        if (!message.IsEnded)
        {
            WebSocket?.Lose(isRequest);
        }

        message.Lose();
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Id = 0;
        Request.Reset();
        Response.Reset();
        IsPushed = IsReset = IsResetByClient = AsksForWebSocket = false;
        WebSocket = null;
        InterimResponses = 0;
        ErrorCode = null;
        NotedKept = 0;
    }
}
