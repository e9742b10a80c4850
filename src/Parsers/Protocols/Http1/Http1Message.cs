// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>One message, being read or waiting for its counterpart. Reused through <see cref="Http1MessagePool"/>.</summary>
internal sealed class Http1Message(ArrayPool<byte>? pool)
{
    /// <summary>First and last byte.</summary>
    public MessageTiming Timing;

    /// <summary>Start line and headers.</summary>
    public Http1Head Head { get; } = new(pool);

    /// <summary>Body.</summary>
    public Http1BodyReader Body { get; } = new(pool);

    /// <summary>It is in the pool.</summary>
    public bool IsFree { get; set; }

    /// <summary>Its last byte was read, or what is left of it will never be.</summary>
    public bool IsEnded { get; set; }

    /// <summary>The call that moved its last byte was not seen: when it ended is not known.</summary>
    public bool IsEndTimeUnknown { get; set; }

    /// <summary>Request: every request before it and every response before its own was seen.</summary>
    public bool IsProven { get; set; }

    /// <summary>Request: its number among those seen, with a step of two where some may be missing in between.</summary>
    public ulong Index { get; set; }

    /// <summary>Request: it asks to turn the connection into something else (CONNECT, Upgrade).</summary>
    public bool IsTurningPoint { get; set; }

    /// <summary>Request: no response can be given to it any more.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>Request: its response, which is being read or was read before the request's own end.</summary>
    public Http1Message? Response { get; set; }

    /// <summary>Response: it is finished, in this state.</summary>
    public ExchangeState Outcome { get; set; }

    /// <summary>Request: interim responses so far.</summary>
    public int InterimResponses { get; set; }

    /// <summary>Memory kept, bytes.</summary>
    public int Kept => Head.Kept + Body.Kept;

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Timing = default;
        Head.Release();
        Body.Release();
        IsEnded = IsEndTimeUnknown = IsProven = IsTurningPoint = IsGivenUp = false;
        Index = 0;
        Response = null;
        Outcome = default;
        InterimResponses = 0;
    }
}
