// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.UnitTests.MySql;

/// <summary>
/// A random conversation of numbered statements with the times that real calls have: a receive begins long before the
/// bytes are there and may return before the peer's send does, sends of a client that does not wait overlap the
/// answers, and with a coarse clock many times are equal. Records come in order of the calls' ends, out of order by a
/// few. Every answer repeats its statement's number, so a wrong pair shows by itself.
/// </summary>
internal sealed class TimedTalk : IExchangeHandler
{
    public const int ErrorBase = 2000;

    private const long Microsecond = 1000;

    private readonly int _seed;
    private readonly Random _random;
    private readonly EndpointRole _role;
    private readonly TimedHabit _habit;
    private readonly bool _deprecateEof;
    private readonly bool _packetwise;   // reads a packet's header and its payload by two calls
    private readonly bool _readerThread; // a receive is always under way, also while the client sends
    private readonly long _tick;         // of the clock: above 1 us many times are equal
    private readonly ulong[] _offsets = [100, 900];
    private readonly List<Call> _calls = [];
    private int _payload; // of the packet whose header was read
    private long _now = 1_700_000_000_000_000_000;
    private long _lastReceive;

    public TimedTalk(int seed, EndpointRole role, TimedHabit habit, int statements)
    {
        _seed = seed;
        _random = new Random(seed);
        _role = role;
        _habit = habit;
        _deprecateEof = _random.Next(2) == 0;
        _packetwise = _random.Next(2) == 0;
        _readerThread = _random.Next(2) == 0;
        _tick = _random.Next(3) switch { 0 => 1, 1 => 10 * Microsecond, _ => 100 * Microsecond };
        _lastReceive = _now;
        Statements = statements;
        Login();
        Talk();
        _calls = [.. _calls.OrderBy(c => c.Exit)];
    }

    public int Statements { get; }

    public List<MySqlExchange> Exchanges { get; } = [];

    /// <summary>Calls that can be joined behind.</summary>
    public int CallCount => _calls.Count;

    /// <summary>
    /// Joins behind <paramref name="join"/> calls (0: sees the connection from its first byte), loses
    /// <paramref name="losses"/> runs of calls, delays records by up to <paramref name="disorder"/> times 60 us.
    /// Losses and cuts begin behind <paramref name="lossesFrom"/> calls.
    /// </summary>
    public TimedTalk Deliver(int join, int losses, int maxRun, int disorder, int cutOneIn = 0, int lossesFrom = 0)
    {
        Exchanges.Clear();
        var random = new Random((_seed * 1009) + (join * 31) + (losses * 7) + maxRun);
        var moment = join == 0 ? long.MinValue : _calls[join - 1].Exit;
        var offsets = new ulong[2];
        for (var d = 0; d < 2; d++)
        {
            offsets[d] = _calls.Take(join).Where(c => (int)c.Direction == d)
                .Select(c => c.Offset + (ulong)c.Bytes.Length).DefaultIfEmpty(d == 0 ? 100ul : 900ul).Max();
        }

        // A call that was under way at the join is captured or not.
        var seen = _calls.Skip(join).Where(c => c.Enter >= moment || random.Next(2) == 0).ToList();
        for (var run = 0; run < losses && seen.Count > lossesFrom; run++)
        {
            var at = random.Next(lossesFrom, seen.Count);
            seen.RemoveRange(at, Math.Min(1 + random.Next(maxRun), seen.Count - at));
        }

        var ordered = seen.Select(call => (Call: call, Key: call.Exit + (random.Next(disorder + 1) * 60 * Microsecond))).OrderBy(p => p.Key).Select(p => p.Call);
        var connection = new ConnectionInfo
        {
            Id = new ConnectionId(7),
            Role = join % 3 == 1 ? EndpointRole.Unknown : _role,
            RoleEvidence = join % 3 == 1 ? RoleEvidence.None : RoleEvidence.Connect,
            FromStart = join == 0,
            OffsetsKnown = join % 2 == 0,
            EgressOffset = offsets[0],
            IngressOffset = offsets[1],
        };
        var engine = new TraceEngine(this);
        var now = 0L;
        engine.Open(connection);
        foreach (var call in ordered)
        {
            now = Math.Max(now, call.Exit);
            if (random.Next(3) == 0)
            {
                engine.Advance(now);
            }

            var head = call.Bytes.Length;
            var tail = 0;
            if (cutOneIn > 0 && random.Next(cutOneIn) == 0)
            {
                head = random.Next(call.Bytes.Length + 1);
                tail = random.Next(2) == 0 ? 0 : random.Next(call.Bytes.Length - head + 1);
            }

            engine.Accept(new Segment
            {
                Connection = connection.Id,
                Direction = call.Direction,
                StreamOffset = call.Offset,
                ByteCount = (ulong)call.Bytes.Length,
                Head = call.Bytes.AsSpan(0, head),
                Tail = call.Bytes.AsSpan(call.Bytes.Length - tail),
                Time = new SegmentTime(call.Enter, call.Exit),
            });
        }

        engine.Advance(_now + 1_000_000_000);
        if (join % 4 < 2)
        {
            engine.Close(connection.Id, _now + 2_000_000_000);
        }
        else
        {
            engine.End(_now + 2_000_000_000);
        }

        Faults = engine.Counters.Faults;
        return this;
    }

    public ulong Faults { get; private set; }

    /// <summary>The first exchange that contradicts itself, or null.</summary>
    public string? Contradiction() => Exchanges.Select(Contradiction).FirstOrDefault(c => c is not null);

    /// <summary>Statements that came out answered.</summary>
    public int Answered => Exchanges.Count(e => e.State == ExchangeState.Done && NumberOf(e) > 0);

    /// <summary>Statements that came out more than once.</summary>
    public IEnumerable<int> Repeated() => Exchanges.Select(NumberOf).Where(n => n > 0).GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key);

    void IExchangeHandler.OnExchange(Exchange exchange) => Exchanges.Add((MySqlExchange)exchange);

    private static int NumberOf(MySqlExchange e) =>
        e.StatementText is { Length: 11 } text && text.StartsWith("SELECT ", StringComparison.Ordinal)
            ? int.Parse(text.AsSpan(7), CultureInfo.InvariantCulture)
            : -1;

    private static string? Contradiction(MySqlExchange e)
    {
        var n = NumberOf(e);
        if (n < 0 || e.State != ExchangeState.Done)
        {
            return null;
        }

        var isRight = KindOf(n) switch
        {
            0 => e.ErrorCode is null && e.AffectedRows is null && (e.ReturnedRows ?? n) == n && e.ResultSets == 1,
            1 => e.ErrorCode == ErrorBase + n,
            2 => e.AffectedRows == (ulong)n && e.ErrorCode is null,
            _ => e.Command == MySqlCommand.StatementPrepare && e.StatementId == (uint)n && e.ErrorCode is null,
        };
        return isRight
            ? null
            : $"statement {n}: {e.ReturnedRows} rows, error {e.ErrorCode}, {e.AffectedRows} affected, id {e.StatementId}, {e.Completeness}";
    }

    private static int KindOf(int n) => n % 7 == 5 ? 3 : n % 3;

    private static byte[] Request(int n)
    {
        var text = "SELECT " + n.ToString("D4", CultureInfo.InvariantCulture);
        return KindOf(n) == 3 ? Wire.Prepare(text) : Wire.Query(text);
    }

    private byte[] Answer(int n) => KindOf(n) switch
    {
        0 => Wire.ResultSet(_deprecateEof, n, 2, row: i => [.. Wire.LengthEncoded("row"), .. Wire.LengthEncoded(new string('x', i % 40))]),
        1 => Wire.Err(1, (ushort)(ErrorBase + n)),
        2 => Wire.Ok(affected: (ulong)n),
        _ => Wire.PrepareOk(_deprecateEof, (uint)n, n % 2, n % 3),
    };

    private void Login()
    {
        Receive(Wire.Greeting(), false, _now);
        _now = Send(Wire.Login(Wire.ClientFlags | (_deprecateEof ? 1u << 24 : 0)), true, _now);
        _now = Receive(Wire.Ok(2), false, _now + Jitter());
    }

    private void Talk()
    {
        var sent = new long[Statements + 1];    // when the bytes left the client
        var answered = new long[Statements + 1]; // when the client had the answer
        var client = _now;
        var server = _now;
        for (var n = 1; n <= Statements;)
        {
            var burst = Math.Min(Statements - n + 1, BurstAt(n));
            var oneCall = _habit == TimedHabit.SendsBurstsInOneCall && burst > 1;
            for (var i = n; i < n + burst; i++)
            {
                client = Math.Max(client, _habit == TimedHabit.KeepsTwoInFlight && i > 2 ? answered[i - 2] : 0) + Think();
                sent[i] = client;
                if (_role == EndpointRole.Client && !oneCall)
                {
                    client = Send(Request(i), true, client);
                }
            }

            if (oneCall && _role == EndpointRole.Client)
            {
                client = Send(Wire.Join([.. Enumerable.Range(n, burst).Select(Request)]), true, client);
                Array.Fill(sent, client, n, burst);
            }

            for (var i = n; i < n + burst; i++)
            {
                server = Serve(i, sent[i] + Jitter(), server, oneCall ? (i == n ? burst : 0) : 1);
                answered[i] = _role == EndpointRole.Client ? _lastReceive : server + Jitter();
            }

            client = _habit == TimedHabit.KeepsTwoInFlight ? client : Math.Max(client, answered[n + burst - 1]);
            n += burst;
        }

        _now = Math.Max(client, server) + 1;
    }

    private int BurstAt(int n) => _habit switch
    {
        TimedHabit.Waits or TimedHabit.KeepsTwoInFlight => 1,
        TimedHabit.WaitsAndThenBursts when n < 14 => 1,
        _ => 1 + _random.Next(4),
    };

    // One thread of the server reads, works and sends; with the burst in one call it has read the others already.
    private long Serve(int n, long arrival, long free, int requests)
    {
        if (_role == EndpointRole.Server && requests > 0)
        {
            free = Receive(Wire.Join([.. Enumerable.Range(n, requests).Select(Request)]), true, Math.Max(arrival, free), free);
        }

        var begin = Math.Max(arrival, free) + (_random.Next(20) == 0 ? 130_000 * Microsecond : Think());
        if (_role == EndpointRole.Server)
        {
            foreach (var piece in Pieces(Answer(n), false))
            {
                begin = Send(piece, false, begin);
            }

            return begin;
        }

        foreach (var piece in Pieces(Answer(n), _packetwise))
        {
            begin += Jitter();
            _lastReceive = Receive(piece, false, Math.Max(begin, _lastReceive), _readerThread ? _lastReceive : Math.Max(_lastReceive, begin - Jitter()));
        }

        return begin;
    }

    private IEnumerable<byte[]> Pieces(byte[] bytes, bool packetwise)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var rest = bytes.Length - at;
            var count = packetwise ? PacketwiseCount(bytes, at) : _random.Next(3) == 0 ? rest : Math.Min(rest, _random.Next(1, 700));
            yield return bytes[at..(at + count)];
            at += count;
        }
    }

    private int PacketwiseCount(byte[] bytes, int at)
    {
        var count = _payload > 0 ? _payload : 4;
        _payload = _payload > 0 ? 0 : bytes[at] | (bytes[at + 1] << 8);
        return count;
    }

    private long Send(byte[] bytes, bool fromClient, long enter) => Add(bytes, fromClient, enter, enter + Jitter());

    // The call began when the caller was free; it returns when the bytes are there.
    private long Receive(byte[] bytes, bool fromClient, long arrival, long? free = null)
    {
        var enter = Math.Min(free ?? arrival, arrival);
        if (fromClient && _packetwise && _habit != TimedHabit.SendsBurstsInOneCall)
        {
            var header = Add(bytes[..4], true, enter, arrival + Jitter());
            return Add(bytes[4..], true, header, header + Jitter());
        }

        return Add(bytes, fromClient, enter, arrival + Jitter());
    }

    private long Add(byte[] bytes, bool fromClient, long enter, long exit)
    {
        var direction = fromClient == (_role == EndpointRole.Client) ? Direction.Egress : Direction.Ingress;
        _calls.Add(new Call(direction, _offsets[(int)direction], bytes, enter / _tick * _tick, exit / _tick * _tick));
        _offsets[(int)direction] += (ulong)bytes.Length;
        return exit;
    }

    private long Think() => _random.Next(4) == 0 ? 0 : _random.Next(400) * Microsecond;

    private long Jitter() => _random.Next(3) == 0 ? 0 : _random.Next(40) * Microsecond;

    private sealed record Call(Direction Direction, ulong Offset, byte[] Bytes, long Enter, long Exit);
}
