// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Http2;
using L7Trace.Probe.Compression;
using L7Trace.UnitTests.Support;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

/// <summary>
/// A random conversation of interleaved streams in which each request has a number (the stream's) in many fields and each
/// response repeats it, cut into random calls of which some get lost, some are captured in part and some arrive late.
/// What is wrong shows by itself.
/// </summary>
internal sealed class NumberedStreams : IExchangeHandler
{
    private const int MaxFrame = 16_384;

    private readonly Random _random;
    private readonly EndpointRole _role;
    private readonly int _bodyScale;
    private readonly ulong[] _offsets = new ulong[2];
    private readonly List<Conversation.Call> _calls = [];
    private long _clock = Conversation.Epoch;
    private bool _joined;

    public NumberedStreams(int seed, EndpointRole role, int streams, int bodyScale = 1)
    {
        _random = new Random(seed);
        _role = role;
        _bodyScale = bodyScale;
        var frames = new List<(bool FromClient, byte[] Bytes)> { (true, [.. Preface, .. Settings()]), (false, Settings((3, 100))) };
        var encoders = (Client: new Http2Encoder(300 + (seed % 3 * 1000)), Server: new Http2Encoder(200 + (seed % 4 * 800)));
        var open = new List<(int Number, int Step)>();
        for (int next = 1, done = 0; done < streams;)
        {
            if (next <= streams && (open.Count == 0 || (open.Count < 8 && _random.Next(3) == 0)))
            {
                frames.Add((true, Step(next, 0, encoders.Client, encoders.Server).Bytes)); // streams begin in the order of their numbers
                open.Add((next++, 1));
            }

            var at = _random.Next(open.Count);
            var (number, step) = open[at];
            var (fromClient, bytes, isLast) = Step(number, step, encoders.Client, encoders.Server);
            frames.Add((fromClient, bytes));
            open[at] = (number, step + 1);
            if (isLast)
            {
                open.RemoveAt(at);
                done++;
            }
        }

        Cut(frames);
    }

    public List<HttpExchange> Exchanges { get; } = [];

    public ulong Faults { get; private set; }

    public int CallCount => _calls.Count;

    public static uint IdOf(int number) => (uint)(2 * number) - 1;

    /// <summary>Loses runs of calls.</summary>
    public void Lose(int runs, int maxLength, int from)
    {
        for (var i = 0; i < runs && _calls.Count > from + 1; i++)
        {
            var at = _random.Next(from, _calls.Count);
            _calls.RemoveRange(at, Math.Min(_random.Next(1, maxLength + 1), _calls.Count - at));
        }
    }

    /// <summary>Some calls are captured in part only.</summary>
    public void CutCalls(int chance)
    {
        for (var i = 2; i < _calls.Count; i++)
        {
            var length = _calls[i].Bytes.Length;
            if (_random.Next(chance) == 0)
            {
                var head = _random.Next(length);
                _calls[i] = _calls[i] with { Head = head, Tail = _random.Next(2) == 0 ? 0 : _random.Next(length - head) };
            }
        }
    }

    /// <summary>Bytes of a stream are lost: calls that lie in it whole, and parts of others.</summary>
    public void LoseBytes(Direction direction, ulong start, ulong length)
    {
        var end = start + length;
        for (var i = _calls.Count - 1; i >= 0; i--)
        {
            var call = _calls[i];
            var callEnd = call.Offset + (ulong)call.Bytes.Length;
            if (call.Direction != direction || call.Offset >= end || callEnd <= start)
            {
                continue;
            }

            if (call.Offset >= start && callEnd <= end)
            {
                _calls.RemoveAt(i);
                continue;
            }

            _calls[i] = call with
            {
                Head = (int)(Math.Max(start, call.Offset) - call.Offset),
                Tail = (int)(callEnd - Math.Min(end, callEnd)),
            };
        }
    }

    /// <summary>Of each call no more than these bytes of its two ends are captured.</summary>
    public void Limit(int head, int tail)
    {
        for (var i = 0; i < _calls.Count; i++)
        {
            var call = _calls[i];
            if (call.Bytes.Length > head)
            {
                _calls[i] = call with { Head = head, Tail = Math.Min(tail, call.Bytes.Length - head) };
            }
        }
    }

    /// <summary>What a direction moves comes in calls of this length (but the last one), wherever frames begin.</summary>
    public void CutInto(Direction direction, int length)
    {
        var others = _calls.Where(c => c.Direction != direction);
        var own = _calls.Where(c => c.Direction == direction).ToList();
        var bytes = own.SelectMany(static c => c.Bytes).ToArray();
        var cut = new List<Conversation.Call>();
        for (var (at, call) = (0, 0); at < bytes.Length; at += length)
        {
            var piece = bytes[at..Math.Min(bytes.Length, at + length)];
            while (own[call].Offset + (ulong)own[call].Bytes.Length < (ulong)(at + piece.Length))
            {
                call++; // it is there when its last byte is
            }

            cut.Add(own[call] with { Offset = (ulong)at, Bytes = piece, Head = piece.Length, Tail = 0 });
        }

        var all = others.Concat(cut).OrderBy(static c => c.Time).ToList();
        _calls.Clear();
        _calls.AddRange(all);
    }

    /// <summary>Bytes of one direction.</summary>
    public ulong LengthOf(Direction direction) => _offsets[(int)direction];

    /// <summary>Changes some bytes.</summary>
    public void Spoil(Random random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var bytes = _calls[random.Next(_calls.Count)].Bytes;
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }
    }

    /// <summary>Records of the two directions pass one another.</summary>
    public void Shuffle(int distance, int from)
    {
        for (var i = from; i + 1 < _calls.Count; i++)
        {
            var other = Math.Min(_calls.Count - 1, i + _random.Next(distance + 1));
            if (_calls[i].Direction != _calls[other].Direction)
            {
                (_calls[i], _calls[other]) = (_calls[other], _calls[i]);
            }
        }
    }

    /// <summary>Tracing begins here.</summary>
    public void Join(int index)
    {
        _calls.RemoveRange(0, index);
        _joined = true;
        foreach (var direction in (Direction[])[Direction.Egress, Direction.Ingress])
        {
            _offsets[(int)direction] = _calls.Where(c => c.Direction == direction).Select(c => c.Offset).FirstOrDefault(_offsets[(int)direction]);
        }
    }

    public NumberedStreams Deliver()
    {
        var connection = new ConnectionInfo
        {
            Id = new ConnectionId(7),
            Role = _role,
            RoleEvidence = RoleEvidence.Connect,
            FromStart = !_joined,
            OffsetsKnown = true,
            EgressOffset = _joined ? _offsets[0] : 0,
            IngressOffset = _joined ? _offsets[1] : 0,
        };
        var engine = new TraceEngine(this, inflaters: ProbeInflaters.All);
        engine.Open(connection);
        foreach (var call in _calls)
        {
            engine.Advance(call.Time);
            engine.Accept(new Segment
            {
                Connection = connection.Id,
                Direction = call.Direction,
                StreamOffset = call.Offset,
                ByteCount = (ulong)call.Bytes.Length,
                Head = call.Bytes.AsSpan(0, call.Head),
                Tail = call.Bytes.AsSpan(call.Bytes.Length - call.Tail),
                Time = new SegmentTime(call.Time, call.Time + 500),
            });
        }

        engine.Advance(_clock + 1_000_000_000);
        engine.Close(connection.Id, _clock + 2_000_000_000);
        Faults = engine.Counters.Faults;
        return this;
    }

    /// <summary>Null when the exchange agrees with what was sent, else what is wrong.</summary>
    public static string? FindContradiction(HttpExchange e, int bodyScale = 1)
    {
        if (e.StreamId is not { } id || (id & 1) == 0)
        {
            return "stream";
        }

        var n = (int)(id + 1) / 2;
        var sent = new HashSet<KeyValuePair<string, string>>(Request(n).Concat(Response(n)).Concat(Trailers(n)).Select(f => KeyValuePair.Create(f.Name, f.Value)));
        var isWhole = e is { State: ExchangeState.Done, Completeness.Kind: CompletenessKind.Complete, UnknownFields.Count: 0 };
        return e switch
        {
            { Path: { } path } when path != $"/n/{n}" => "path " + path,
            { Method: { } method } when method != MethodOf(n) => "method " + method,
            { StatusCode: { } status } when status != StatusOf(n) => "status " + status,
            { State: ExchangeState.Done, ResponseBodySize: { } size } when size != BodyOf(n) * bodyScale => "size " + size,
            _ when !Body(n, BodyOf(n) * bodyScale).AsSpan().StartsWith(e.ResponseBodyPrefix.Span) => "body",
            _ when e.RequestBodyPrefix.Length > 0 => "a request's body",
            _ when e.RequestHeaders.Concat(e.ResponseHeaders).Concat(e.ResponseTrailers).Any(h => !sent.Contains(h)) => "header",
            _ when isWhole && (e.Path is null || e.StatusCode is null || e.ResponseBodySize is null) => "less than whole",
            _ when isWhole && e.ResponseTrailers.Count != Trailers(n).Length => "trailers",
            _ => null,
        } is { } what ? $"stream {id} has {what}: {e.State} {e.Completeness}" : null;
    }

    void IExchangeHandler.OnExchange(Exchange exchange) => Exchanges.Add((HttpExchange)exchange);

    private static string MethodOf(int n) => n % 5 == 0 ? "PUT" : "GET";

    private static int StatusOf(int n) => 200 + (n % 300);

    private static int BodyOf(int n) => n % 7 == 0 ? 0 : n * 13 % 900;

    // Of all kinds: what has many zeros, and what holds frames, is most like frames.
    private static byte[] Body(int n, int length)
    {
        var bytes = new byte[length];
        switch (n % 6)
        {
            case 1:
                Enumerable.Range(0, length).Select(i => (byte)('a' + (i * n % 26))).ToArray().CopyTo(bytes, 0);
                break;
            case 2:
                new Random(n).NextBytes(bytes);
                break;
            case 3: // 32-bit numbers
                for (var i = 3; i < length; i += 4)
                {
                    bytes[i] = (byte)(i / 4);
                }

                break;
            case 4: // records of nine bytes
                for (var i = 8; i < length; i += 9)
                {
                    bytes[i] = (byte)((i % 60) | 1);
                    bytes[i - 6] = (byte)(i % 5);
                }

                break;
            case 5: // frames of a length that says where the next one stands
                Enumerable.Range(0, (length / 109) + 1).SelectMany(i => Data((uint)(i % 50 * 2) + 1, new byte[100])).Take(length).ToArray().CopyTo(bytes, 0);
                break;
        }

        return bytes;
    }

    private static (string Name, string Value)[] Request(int n) =>
    [
        (":method", MethodOf(n)), (":scheme", "http"), (":authority", "shop"), (":path", $"/n/{n}"),
        ("x-tenth", $"t{n / 10}"), ("x-third", $"third {n % 3}"),
    ];

    private static (string Name, string Value)[] Response(int n) =>
        [(":status", StatusOf(n).ToString(CultureInfo.InvariantCulture)), ("x-of", $"of {n}"), ("x-kind", $"kind {n % 4}")];

    private static (string Name, string Value)[] Trailers(int n) => n % 4 == 0 ? [("x-sum", $"sum {n}")] : [];

    private (bool FromClient, byte[] Bytes, bool IsLast) Step(int n, int step, Http2Encoder client, Http2Encoder server)
    {
        var (id, trailers, body) = (IdOf(n), Trailers(n), BodyOf(n) * _bodyScale);
        if (step == 0)
        {
            var block = client.Block(Request(n));
            var cut = n % 6 == 0 ? _random.Next(block.Length) : block.Length;
            return (true, cut == block.Length
                ? Frame(Http2FrameType.Headers, EndHeaders | EndStream, id, block)
                : [.. Frame(Http2FrameType.Headers, EndStream, id, block[..cut]), .. Frame(Http2FrameType.Continuation, EndHeaders, id, block[cut..])], false);
        }

        if (step == 1)
        {
            var ends = body == 0 && trailers.Length == 0;
            return (false, Frame(Http2FrameType.Headers, (byte)(EndHeaders | (ends ? EndStream : 0)), id, server.Block(Response(n))), ends);
        }

        var parts = 1 + (n % 3);
        if (body > 0 && step <= parts + 1)
        {
            var length = step == parts + 1 ? body - (body / parts * (parts - 1)) : body / parts;
            var ends = step == parts + 1 && trailers.Length == 0;
            var from = (step - 2) * (body / parts);
            var frames = Body(n, body).AsSpan(from, length).ToArray().Chunk(MaxFrame).ToArray();
            return (false, [.. frames.SelectMany((bytes, i) => Data(id, bytes, ends && i == frames.Length - 1))], ends);
        }

        return (false, Frame(Http2FrameType.Headers, EndHeaders | EndStream, id, server.Block(trailers)), true);
    }

    // A call moves some frames of one direction, or what the client reads lies across them.
    private void Cut(List<(bool FromClient, byte[] Bytes)> frames)
    {
        for (var i = 0; i < frames.Count;)
        {
            var fromClient = frames[i].FromClient;
            var bytes = frames[i++].Bytes;
            while (i < frames.Count && frames[i].FromClient == fromClient && _random.Next(3) == 0)
            {
                bytes = [.. bytes, .. frames[i++].Bytes];
            }

            for (var at = 0; at < bytes.Length;)
            {
                var length = fromClient || _random.Next(3) > 0 ? bytes.Length - at : Math.Min(bytes.Length - at, _random.Next(1, 400));
                Add(fromClient, bytes[at..(at + length)]);
                at += length;
            }
        }
    }

    private void Add(bool fromClient, byte[] bytes)
    {
        var direction = fromClient == (_role == EndpointRole.Client) ? Direction.Egress : Direction.Ingress;
        _calls.Add(new Conversation.Call(direction, _offsets[(int)direction], bytes, bytes.Length, 0, _clock += 1_000_000, SegmentFlags.None));
        _offsets[(int)direction] += (ulong)bytes.Length;
    }
}
