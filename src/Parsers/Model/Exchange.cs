// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Parsers.Model;

/// <summary>A request with its response. One is made per finished exchange; sinks must not change it.</summary>
public abstract class Exchange
{
    /// <summary>
    /// Identity within one trace: connection and stream offset of the first byte, so that an exchange has the same id
    /// while it runs and when it is done.
    /// </summary>
    public string Id => Request.Seen
        ? string.Create(CultureInfo.InvariantCulture, $"{Connection.Id.Value:x}-{Request.StartOffset:x}")
        : string.Create(CultureInfo.InvariantCulture, $"{Connection.Id.Value:x}-r{Response.StartOffset:x}");

    /// <summary>Order in which the engine gave it out, rising from 1 within one trace.</summary>
    public ulong Sequence { get; set; }

    /// <summary>The connection it ran on.</summary>
    public required ConnectionInfo Connection
    {
        get;
        init
        {
            field = value;
            IsCutOffByReset = value.IsReset; // as it is now: what ended before did not end by it
        }
    }

    /// <summary>
    /// One that was aborted: one end broke the connection off (RST). False also where that can't be known
    /// (<see cref="ConnectionInfo.IsReset"/>).
    /// </summary>
    public bool IsCutOffByReset { get; private init; }

    /// <summary>Its protocol.</summary>
    public abstract Protocol Protocol { get; }

    /// <summary>How far it came.</summary>
    public ExchangeState State { get; set; }

    /// <summary>How whole it is.</summary>
    public Completeness Completeness { get; set; }

    /// <summary>First and last byte of the request.</summary>
    public MessageTiming Request { get; set; }

    /// <summary>First and last byte of the response.</summary>
    public MessageTiming Response { get; set; }

    /// <summary>True when the bytes came from a TLS library's plaintext.</summary>
    public bool Tls { get; set; }

    /// <summary>
    /// True when offsets count from the first byte of the connection's plaintext: TLS that was seen from its beginning on, by one
    /// object of the library. False for everything else.
    /// </summary>
    public bool IsPlaintextWhole { get; set; }

    /// <summary>The same exchange seen from the other end on this host, when both were traced and proven the same.</summary>
    public Exchange? OtherEnd { get; set; }

    /// <summary>True when the server or the protocol reported a failure.</summary>
    public abstract bool IsError { get; }

    /// <summary>
    /// Begin, nanoseconds since the Unix epoch. Server side: exit of the first receive of the request; client side:
    /// entry of the first send. Without a request: the same edge of the response.
    /// </summary>
    public long Start => StartOf(Request.Seen ? Request.First : Response.First);

    /// <summary>
    /// Nanoseconds between <see cref="Start"/> and the end in which the server had answered all it was asked and the
    /// client had not yet asked for more: what passes between the parts of a statement that are fetched one by one.
    /// 0 for everything that has one request and one response.
    /// </summary>
    public long IdleTime { get; set; }

    /// <summary>
    /// When the last part was answered (nanoseconds since the Unix epoch) of one that runs and waits for the client to
    /// ask for more; null for all others.
    /// </summary>
    public long? IdleSince { get; set; }

    /// <summary>
    /// Nanoseconds from <see cref="Start"/> to the end of the response (server side: exit of the last send; client
    /// side: exit of the last receive), without <see cref="IdleTime"/>: the sum of its parts. Null while there is no
    /// complete response or no request to measure from.
    /// </summary>
    public long? Duration => State == ExchangeState.Done && Request.Seen && Response.Seen
        ? Math.Max(0, Response.Last.Exit - Start - IdleTime)
        : null;

    /// <summary>End of a finished one, nanoseconds since the Unix epoch, on the clock of <see cref="Start"/>; null as <see cref="Duration"/>.</summary>
    public long? End => Duration is { } duration ? Start + duration + IdleTime : null;

    /// <summary>
    /// Nanoseconds from <see cref="Start"/> to the first byte of the response (the final one, where HTTP has interim ones); null
    /// without both.
    /// </summary>
    public long? TimeToFirstByte =>
        Request.Seen && Response.Seen ? Math.Max(0, Response.First.Exit - Start) : null;

    /// <summary>
    /// Nanoseconds since <see cref="Start"/> for one that is still running, without <see cref="IdleTime"/> and without what
    /// passed since <see cref="IdleSince"/>.
    /// </summary>
    public long Age(long now) => Math.Max(0, Math.Min(now, IdleSince ?? now) - Start - IdleTime);

    private long StartOf(SegmentTime time) => Connection.Role == EndpointRole.Server ? time.Exit : time.Enter;
}
