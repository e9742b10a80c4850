// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.WebSocket;
using L7Trace.Probe.Compression;

namespace L7Trace.Fuzz;

/// <summary>
/// Conversations of HTTP, of any version, from their first byte. A find is, beside a fault inside a parser: an exchange
/// that is called complete though bytes of it are missing, one that is larger than the limits, more memory than the input
/// can ask for, and other exchanges when the same bytes come in other pieces.
/// </summary>
internal static class HttpTarget
{
    private const long Epoch = 1_700_000_000_000_000_000;
    private const long AllocatedAtMost = 32 << 20;
    private const long AllocatedForAByte = 16_384;

    private const int MaxControl = 125; // a close frame is kept whole

    // Small, so that their edges are met.
    private static readonly ParseLimits s_limits = new()
    {
        MaxHeaderBlock = 1024,
        MaxHeaderTable = 1024,
        MaxOutstanding = 16,
        MaxBodyPrefix = 64,
        KeepsWebSocketMessages = true,
        MaxMessagePrefix = 64,
    };

    /// <summary>One run. The first byte has the role and the size of pieces; then come calls, see <see cref="HttpSeeds"/>.</summary>
    public static void Run(byte[] input)
    {
        var first = input.Length > 0 ? input[0] : (byte)0;
        var role = (first & 1) != 0 ? EndpointRole.Server : EndpointRole.Client;
        var calls = Read(input.AsSpan(Math.Min(1, input.Length)));
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var whole = Play(calls, role, int.MaxValue);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (allocated > AllocatedAtMost + (AllocatedForAByte * input.Length))
        {
            throw new InvalidOperationException($"{allocated} bytes of memory for {input.Length} of input");
        }

        foreach (var exchange in whole.Exchanges)
        {
            CheckLimits(exchange);
            CheckHoles(exchange, whole.Holes);
        }

        // Where framing is lost, it is found again where a call begins: what comes then depends on the calls.
        if (whole.Holes.Count == 0 && whole.Counters.Resyncs == 0)
        {
            var pieces = Play(calls, role, 1 + (first >> 4));
            // The same of a framing that is lost for good: in the call in which it was, what stood in front of that is in doubt too.
            if (pieces.Counters.Resyncs == 0 && Begin(pieces) == Begin(whole)
                && !whole.Exchanges.Concat(pieces.Exchanges).Any(static x => x is HttpExchange { StreamId: not null, Completeness.Kind: CompletenessKind.Resynced }))
            {
                CheckSame(whole.Exchanges, pieces.Exchanges);
            }
        }
    }

    private static Outcome Play(List<Call> calls, EndpointRole role, int size)
    {
        var outcome = new Outcome();
        var engine = new TraceEngine(outcome, s_limits, ProbeInflaters.All);
        outcome.Counters = engine.Counters;
        var id = new ConnectionId(1);
        engine.Open(new ConnectionInfo { Id = id, Role = role, RoleEvidence = RoleEvidence.Connect, FromStart = true, OffsetsKnown = true });
        var offsets = new ulong[2];
        var now = Epoch;
        foreach (var call in calls)
        {
            now += 1_000_000;
            var direction = (call.IsClients == (role == EndpointRole.Client)) ? Direction.Egress : Direction.Ingress;
            for (var at = 0; at < call.Bytes.Length; at += Math.Min(size, call.Bytes.Length - at))
            {
                var piece = call.Bytes.AsSpan(at, Math.Min(size, call.Bytes.Length - at));
                Accept(piece, (ulong)piece.Length);
            }

            if (call.Missing > 0)
            {
                outcome.Holes.Add((direction, offsets[(int)direction], offsets[(int)direction] + call.Missing));
                Accept([], call.Missing);
            }

            void Accept(ReadOnlySpan<byte> bytes, ulong count)
            {
                engine.Accept(new Segment
                {
                    Connection = id,
                    Direction = direction,
                    StreamOffset = offsets[(int)direction],
                    ByteCount = count,
                    Head = bytes,
                    Time = new SegmentTime(now - 500, now),
                });
                offsets[(int)direction] += count;
            }
        }

        engine.End(now + 1_000_000_000);
        engine.Close(id, now + 1_000_000_000);
        return engine.Counters.Faults > 0 ? throw new InvalidOperationException("a parser failed", SegmentTarget.LastException) : outcome;
    }

    private static void CheckLimits(Exchange exchange)
    {
        if (exchange is WebSocketExchange { Message.Prefix.Length: var kept } && kept > MaxControl)
        {
            throw new InvalidOperationException("a message beyond the limits: " + Text(exchange));
        }

        if (exchange is HttpExchange http && (
            http.RequestBodyPrefix.Length > s_limits.MaxBodyPrefix || http.ResponseBodyPrefix.Length > s_limits.MaxBodyPrefix ||
            Size(http.RequestHeaders) > 2 * s_limits.MaxHeaderBlock || Size(http.ResponseHeaders) > 2 * s_limits.MaxHeaderBlock ||
            Size(http.RequestTrailers) > 2 * s_limits.MaxHeaderBlock || Size(http.ResponseTrailers) > 2 * s_limits.MaxHeaderBlock))
        {
            throw new InvalidOperationException("an exchange beyond the limits: " + Text(exchange));
        }
    }

    // Decoded text may be longer than the bytes that it comes of: Huffman, and U+FFFD.
    private static long Size(IReadOnlyList<KeyValuePair<string, string>> fields) => fields.Sum(x => (long)x.Key.Length + x.Value.Length);

    private static void CheckHoles(Exchange exchange, List<(Direction Direction, ulong Start, ulong End)> holes)
    {
        if (exchange.Completeness.Kind != CompletenessKind.Complete || exchange is not HttpExchange { StreamId: null })
        {
            return; // frames of other streams may lie between those of one
        }

        var request = exchange.Connection.Role.RequestDirection();
        foreach (var (direction, start, end) in holes)
        {
            var message = direction == request ? exchange.Request : exchange.Response;
            if (message.Seen && start < message.EndOffset && end > message.StartOffset)
            {
                throw new InvalidOperationException("complete across a hole: " + Text(exchange));
            }
        }
    }

    private static void CheckSame(List<Exchange> some, List<Exchange> others)
    {
        // What did not come to its end, or could not be put together, ended where the call did in which that was seen.
        static bool IsWhole(Exchange exchange) => exchange is { State: ExchangeState.Done, Completeness.Kind: CompletenessKind.Complete };
        var (expected, found) = (some.FindAll(IsWhole).ConvertAll(Text), others.FindAll(IsWhole).ConvertAll(Text));
        for (var i = 0; i < Math.Max(expected.Count, found.Count); i++)
        {
            var (one, other) = (expected.ElementAtOrDefault(i), found.ElementAtOrDefault(i));
            if (one != other)
            {
                throw new InvalidOperationException($"in pieces it is another exchange:\n{one}\n{other}\n{AllOf(some)}\n\n{AllOf(others)}".Replace('\0', '.')); // or what is shown ends there
            }
        }
    }

    private static string AllOf(List<Exchange> exchanges) => string.Join('\n', exchanges.ConvertAll(static x => "  " + Text(x)));

    // A protocol, too, is recognised where a call begins: behind bytes that are none, in other pieces somewhere else or not at all.
    private static string Begin(Outcome outcome) => string.Join(' ', outcome.Exchanges
        .GroupBy(static x => x.Protocol)
        .OrderBy(static x => x.Key)
        .Select(static x => $"{x.Key} {x.Min(static x => Start(x.Request))} {x.Min(static x => Start(x.Response))}"));

    private static ulong? Start(MessageTiming message) => message.Seen ? message.StartOffset : null;

    private static string Text(Exchange exchange)
    {
        if (exchange is WebSocketExchange frames)
        {
            // Records compare by value, but for the bytes.
            var prefix = Convert.ToHexString((frames.Message?.Prefix ?? default).Span);
            var message = frames.Message is { } one ? one with { Prefix = default } : null;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{frames.State} {frames.Completeness} {message} {prefix} {frames.Client} {frames.Server} {frames.IsClosed} {frames.CloseCode} {frames.CloseReason} {frames.Warnings}");
        }

        if (exchange is not HttpExchange http)
        {
            return exchange.GetType().Name;
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{http.State} {http.Completeness} {http.Version} {http.StreamId} {http.Method} {http.Target} ");
        text.Append(CultureInfo.InvariantCulture, $"{http.StatusCode} {http.InterimResponses} {http.RequestBodySize} {http.ResponseBodySize} {http.Warnings} ");
        text.Append(CultureInfo.InvariantCulture, $"{http.Request.StartOffset}-{http.Request.EndOffset} {http.Response.StartOffset}-{http.Response.EndOffset} ");
        text.Append(CultureInfo.InvariantCulture, $"{http.ResetError} {http.Grpc?.Method} {http.Grpc?.StatusCode} {http.Grpc?.Request.Count} {http.Grpc?.Response.Bytes} ");
        text.Append(Convert.ToHexString(http.RequestBodyPrefix.Span)).Append(' ').Append(Convert.ToHexString(http.ResponseBodyPrefix.Span));
        foreach (var fields in new[] { http.RequestHeaders, http.RequestTrailers, http.ResponseHeaders, http.ResponseTrailers })
        {
            text.Append(" | ").AppendJoin(", ", fields);
        }

        return text.Append(' ').AppendJoin(' ', http.UnknownFields).ToString();
    }

    private static List<Call> Read(ReadOnlySpan<byte> input)
    {
        var calls = new List<Call>();
        while (input.Length >= HttpSeeds.CallHeader)
        {
            var what = input[0];
            int length = BinaryPrimitives.ReadUInt16LittleEndian(input[1..]);
            input = input[HttpSeeds.CallHeader..];
            var bytes = input[..Math.Min(length, input.Length)].ToArray();
            input = input[bytes.Length..];
            calls.Add(new Call((what & 1) == 0, bytes, (what & 2) != 0 ? (ulong)(what >> 2) + 1 : 0));
        }

        return calls;
    }

    private sealed record Call(bool IsClients, byte[] Bytes, ulong Missing);

    private sealed class Outcome : IExchangeHandler
    {
        public List<Exchange> Exchanges { get; } = [];

        public List<(Direction Direction, ulong Start, ulong End)> Holes { get; } = [];

        public Parsers.Streams.StreamCounters Counters { get; set; } = new();

        public void OnExchange(Exchange exchange) => Exchanges.Add(exchange);
    }
}
