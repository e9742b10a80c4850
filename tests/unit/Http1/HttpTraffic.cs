// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;

namespace L7Trace.UnitTests.Http1;

/// <summary>
/// Random traffic of one connection in which request n carries its number and its response repeats it: the status and
/// the length of the body are functions of n. So a wrong pair shows in the exchange itself.
/// </summary>
internal sealed class HttpTraffic : IExchangeHandler
{
    public enum Habit
    {
        /// <summary>One request at a time.</summary>
        HalfDuplex,

        /// <summary>Several requests at once, then all their responses.</summary>
        Bursts,

        /// <summary>Always the same number of requests in flight.</summary>
        Window,
    }

    private const long Start = 1_700_000_000_000_000_000;
    private const long Tick = 100_000; // nanoseconds; an exchange takes some hundred of them

    private static readonly int[] Statuses = [200, 201, 301, 304, 404, 500, 503, 204];

    private readonly Random _random;
    private readonly List<Call> _calls = [];
    private readonly Dictionary<int, int> _untouched = []; // request number -> calls of it (both ways) that were lost

    public HttpTraffic(int seed, Habit habit, int requests, EndpointRole role = EndpointRole.Client)
    {
        _random = new Random(seed);
        Role = role;
        var pipelined = habit == Habit.HalfDuplex ? 1 : _random.Next(2, 5);
        Talk(habit, pipelined, requests);
    }

    public EndpointRole Role { get; }

    public List<HttpExchange> Exchanges { get; } = [];

    public TraceEngine? Engine { get; private set; }

    /// <summary>Numbers of the requests of which, and of whose responses, every call was delivered.</summary>
    public IEnumerable<int> Untouched => _untouched.Where(pair => pair.Value == 0).Select(pair => pair.Key);

    public static int StatusOf(int n) => Statuses[n % Statuses.Length];

    public static string MethodOf(int n) => (n % 11) switch { 3 or 4 => "POST", 7 => "HEAD", _ => "GET" };

    public static int RequestSizeOf(int n) => MethodOf(n) == "POST" ? (n * 53 % 700) + 1 : 0;

    public static int ResponseSizeOf(int n) => MethodOf(n) == "HEAD" || StatusOf(n) is 204 or 304 ? 0 : n * 37 % 1500;

    /// <summary>
    /// Loses calls with the probability given, cuts the middle out of others, delivers the rest with the two directions
    /// shifted against each other, and reads to the end.
    /// </summary>
    public HttpTraffic Deliver(double lose = 0, double cut = 0, int skew = 0, double joinAfter = 0, bool offsetsKnown = true, int? maxOutstanding = null)
    {
        var joined = _calls.Count > 0 ? _calls[(int)(joinAfter * _calls.Count)].Enter : 0;
        var seen = _calls.Where(c => c.Enter >= joined).ToList();
        Engine = new TraceEngine(this, ParseLimits.Default with { MaxOutstanding = maxOutstanding ?? ParseLimits.Default.MaxOutstanding });
        var id = new ConnectionId(7);
        Engine.Open(new ConnectionInfo
        {
            Id = id,
            Role = Role,
            RoleEvidence = RoleEvidence.Connect,
            Local = new IPEndPoint(IPAddress.Loopback, 40000),
            Remote = new IPEndPoint(IPAddress.Loopback, 80),
            FromStart = joinAfter == 0,
            OffsetsKnown = offsetsKnown,
            EgressOffset = FirstOffset(seen, Direction.Egress),
            IngressOffset = FirstOffset(seen, Direction.Ingress),
        });
        foreach (var n in _calls.Where(c => c.Enter < joined).SelectMany(c => c.Numbers))
        {
            _untouched[n]++;
        }

        var arrivals = seen
            .Select(call => (Call: call, At: call.Exit + (_random.Next(skew + 1) * Tick)))
            .OrderBy(a => a.At)
            .ToList();
        var ordered = KeepOrderWithinDirection(arrivals);
        foreach (var call in ordered)
        {
            if (_random.NextDouble() < lose)
            {
                foreach (var n in call.Numbers)
                {
                    _untouched[n]++;
                }

                continue;
            }

            var head = call.Bytes.Length;
            var tail = 0;
            if (_random.NextDouble() < cut)
            {
                head = _random.Next(call.Bytes.Length + 1);
                tail = _random.Next(2) == 0 ? 0 : _random.Next(call.Bytes.Length - head + 1);
            }

            Engine.Accept(new Segment
            {
                Connection = id,
                Direction = call.Direction,
                StreamOffset = call.Offset,
                ByteCount = (ulong)call.Bytes.Length,
                Head = call.Bytes.AsSpan(0, head),
                Tail = call.Bytes.AsSpan(call.Bytes.Length - tail),
                Time = new SegmentTime(call.Enter, call.Exit),
            });
            Engine.Advance(call.Exit);
        }

        var end = _calls[^1].Exit + 1_000_000_000;
        Engine.Advance(end);
        Engine.Close(id, end);
        return this;
    }

    /// <summary>Why the exchanges are wrong, or null when each agrees with itself.</summary>
    public string? Disagreement()
    {
        foreach (var e in Exchanges.Where(e => e.Target is not null))
        {
            var n = int.Parse(e.Target.AsSpan(1), CultureInfo.InvariantCulture);
            if (e.Method != MethodOf(n) ||
                (e.StatusCode is { } status && status != StatusOf(n)) ||
                (e.State == ExchangeState.Done && e.ResponseBodySize is { } size && size != ResponseSizeOf(n)) ||
                (e.State == ExchangeState.Done && e.RequestBodySize is { } sent && sent != RequestSizeOf(n)) ||
                (e.Completeness.Kind == CompletenessKind.Complete && e.State == ExchangeState.Done &&
                 (e.StatusCode is null || e.ResponseBodySize is null || e.RequestBodySize is null)))
            {
                return e.Line();
            }
        }

        return null;
    }

    void IExchangeHandler.OnExchange(Exchange exchange) => Exchanges.Add((HttpExchange)exchange);

    // The tracer may see the two directions shifted against each other; within one, the stream's order is kept here
    // (reordering within a direction is DirectionStream's own test).
    private static List<Call> KeepOrderWithinDirection(List<(Call Call, long At)> arrivals)
    {
        var queues = arrivals.GroupBy(a => a.Call.Direction)
            .ToDictionary(g => g.Key, g => new Queue<Call>(g.Select(a => a.Call).OrderBy(c => c.Offset)));
        return [.. arrivals.Select(a => queues[a.Call.Direction].Dequeue())];
    }

    private static ulong FirstOffset(List<Call> calls, Direction direction) =>
        calls.Where(c => c.Direction == direction).Select(c => c.Offset).DefaultIfEmpty(0UL).Min();

    private void Talk(Habit habit, int pipelined, int requests)
    {
        var sent = new long[requests];
        var ended = new long[requests];
        var all = new List<Message>();
        var clock = Start;
        var server = Start;
        for (var n = 0; n < requests; n++)
        {
            clock = habit switch
            {
                Habit.HalfDuplex => n == 0 ? clock : ended[n - 1],
                Habit.Bursts => n % pipelined == 0 && n > 0 ? ended[n - 1] : clock,
                _ => n < pipelined ? clock : Math.Max(clock, ended[n - pipelined]),
            } + ((1 + _random.Next(200)) * Tick);
            sent[n] = clock;
            var request = MakeRequest(n);
            var begin = Math.Max(server, clock + (100 * Tick)) + (_random.Next(300) * Tick);
            ended[n] = server = begin + (50 * Tick);
            all.Add(new Message(n, true, clock, clock + (40 * Tick), request));
            all.Add(new Message(n, false, begin, ended[n], MakeResponse(n)));
            _untouched[n] = 0;
            clock += 50 * Tick;
        }

        ulong up = 0, down = 0;
        foreach (var message in all.OrderBy(m => m.From))
        {
            Cut(message, message.IsRequest ? up : down);
            if (message.IsRequest)
            {
                up += (ulong)message.Bytes.Length;
            }
            else
            {
                down += (ulong)message.Bytes.Length;
            }
        }
    }

    private void Cut(Message message, ulong offset)
    {
        var direction = message.IsRequest ? Role.RequestDirection() : Role.RequestDirection().Opposite();
        var pieces = 1 + _random.Next(Math.Min(4, message.Bytes.Length));
        var cuts = Enumerable.Range(0, pieces - 1).Select(_ => _random.Next(1, message.Bytes.Length))
            .Append(message.Bytes.Length).Distinct().Order().ToList();
        var step = (message.To - message.From) / (cuts.Count + 1);
        var at = 0;
        for (var i = 0; i < cuts.Count; i++)
        {
            var enter = message.From + (step * i);
            _calls.Add(new Call(
                direction, offset + (ulong)at, message.Bytes[at..cuts[i]], enter,
                i == cuts.Count - 1 ? message.To : enter + (step / 2), [message.Number]));
            at = cuts[i];
        }
    }

    private byte[] MakeRequest(int n)
    {
        var size = RequestSizeOf(n);
        var chunked = n % 5 == 0;
        var framing = size == 0 ? "" : chunked ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {size}\r\n";
        return [.. HttpTalk.Bytes($"{MethodOf(n)} /{n} HTTP/1.1\r\nHost: h\r\n{framing}\r\n"), .. Body(size, size > 0 && chunked)];
    }

    private byte[] MakeResponse(int n)
    {
        var size = ResponseSizeOf(n);
        var chunked = n % 3 == 0 && StatusOf(n) is not (204 or 304) && MethodOf(n) != "HEAD";
        var announced = MethodOf(n) == "HEAD" ? 4321 : size;
        var framing = chunked ? "Transfer-Encoding: chunked\r\n"
            : StatusOf(n) is 204 or 304 ? ""
            : $"Content-Length: {announced}\r\n";
        var interim = n % 13 == 6 ? "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" : "";
        return
        [
            .. HttpTalk.Bytes($"{interim}HTTP/1.1 {StatusOf(n)} Whatever\r\n{framing}Server: s\r\n\r\n"),
            .. Body(size, chunked),
        ];
    }

    private byte[] Body(int size, bool chunked)
    {
        var body = Enumerable.Range(0, size).Select(i => (byte)('a' + (i % 26))).ToArray();
        if (!chunked)
        {
            return body;
        }

        var framed = new List<byte>();
        for (var at = 0; at < size;)
        {
            var count = Math.Min(size - at, 1 + _random.Next(400));
            framed.AddRange(Encoding.ASCII.GetBytes($"{count:x}{(count % 2 == 0 ? ";a=b" : "")}\r\n"));
            framed.AddRange(body.AsSpan(at, count));
            framed.AddRange("\r\n"u8);
            at += count;
        }

        framed.AddRange("0\r\nX-Trailer: 1\r\n\r\n"u8);
        return [.. framed];
    }

    private sealed record Message(int Number, bool IsRequest, long From, long To, byte[] Bytes);

    private sealed record Call(Direction Direction, ulong Offset, byte[] Bytes, long Enter, long Exit, int[] Numbers);
}
