// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Probe.Compression;
using L7Trace.UnitTests.Support;

namespace L7Trace.UnitTests.MySql;

/// <summary>
/// A random conversation in which every statement carries its number and every answer repeats it (as row count,
/// affected rows or error code), cut into random calls, of which some get lost and some arrive late. A pair that is
/// wrong shows by itself.
/// </summary>
internal sealed class NumberedTalk(int seed, EndpointRole role, ClientHabit habit, Packing packing = Packing.Plain)
    : IExchangeHandler
{
    public const int ErrorBase = 2000;

    private readonly Random _random = new(seed);
    private readonly ulong[] _offsets = new ulong[2];
    private readonly List<(Conversation.Call Call, int Statement)> _calls = [];
    private long _clock = Conversation.Epoch;
    private bool _joined;

    public List<MySqlExchange> Exchanges { get; } = [];

    public int Statements { get; private set; }

    public ulong Faults { get; private set; }

    /// <summary>Statements of which no byte was lost.</summary>
    public HashSet<int> Untouched { get; } = [];

    public bool DeprecateEof { get; } = (seed & 1) == 0;

    public void Login()
    {
        Add(false, -1, Wire.Greeting(packing == Packing.Plain ? 0xffffffff & ~(1u << 5) & ~(1u << 26) : 0xffffffff));
        Add(true, -1, Wire.Login(Wire.ClientFlags | (DeprecateEof ? 1u << 24 : 0) | packing.Flag()));
        Add(false, -1, Wire.Ok(2));
    }

    public void Talk(int statements)
    {
        for (var left = statements; left > 0;)
        {
            var burst = habit == ClientHabit.Waits ? 1 : Math.Min(left, _random.Next(1, 5));
            var first = Statements + 1;
            if (habit == ClientHabit.SendsBurstsInOneCall)
            {
                Add(true, first, Wire.Join([.. Enumerable.Range(first, burst).Select(Request)]), first + burst - 1);
            }
            else
            {
                for (var i = 0; i < burst; i++)
                {
                    AddRequest(first + i);
                }
            }

            for (var i = 0; i < burst; i++)
            {
                AddInPieces(first + i, Answer(first + i));
            }

            Statements += burst;
            left -= burst;
        }

        Untouched.UnionWith(Enumerable.Range(1, Statements));
    }

    /// <summary>Loses runs of calls.</summary>
    public void Lose(int runs, int maxLength, int from = 3)
    {
        for (var i = 0; i < runs && _calls.Count > from + 1; i++)
        {
            var at = _random.Next(from, _calls.Count);
            var count = Math.Min(_random.Next(1, maxLength + 1), _calls.Count - at);
            foreach (var (call, statement) in _calls.Skip(at).Take(count))
            {
                Touch(statement, call);
            }

            _calls.RemoveRange(at, count);
        }
    }

    /// <summary>Some calls are captured in part only.</summary>
    public void Cut(int chance)
    {
        for (var i = 3; i < _calls.Count; i++)
        {
            var (call, statement) = _calls[i];
            if (call.Bytes.Length > 8 && _random.Next(chance) == 0)
            {
                var head = _random.Next(0, call.Bytes.Length);
                var tail = _random.Next(2) == 0 ? 0 : _random.Next(0, call.Bytes.Length - head);
                _calls[i] = (call with { Head = head, Tail = tail }, statement);
                Touch(statement, call);
            }
        }
    }

    /// <summary>Records of the two directions pass one another, and now and then two of one direction do.</summary>
    public void Shuffle(int distance, int from = 3)
    {
        for (var i = from; i + 1 < _calls.Count; i++)
        {
            var other = Math.Min(_calls.Count - 1, i + _random.Next(distance + 1));
            if (_calls[i].Call.Direction != _calls[other].Call.Direction || _random.Next(8) == 0)
            {
                (_calls[i], _calls[other]) = (_calls[other], _calls[i]);
            }
        }
    }

    /// <summary>
    /// Times as they are: a receive begins long before there is something to receive, a send returns when the answer is
    /// on its way already, and under a coarse clock (<paramref name="isCoarse"/>) much of it happens at the same time.
    /// What causes what is kept: nobody has a byte before its sender began to send it.
    /// </summary>
    public void Overlap(bool isCoarse)
    {
        var last = new long[2]; // when the call before it in its direction returned
        for (var i = 0; i < _calls.Count; i++)
        {
            var (call, statement) = _calls[i];
            var isSend = call.Direction == Direction.Egress;
            var enter = Math.Max(last[(int)call.Direction], call.Time - _random.Next(isSend ? 300_000 : 4_000_000));
            var exit = call.Time + _random.Next(isSend && role == EndpointRole.Client ? 900_000 : 400_000);
            last[(int)call.Direction] = exit;
            _calls[i] = (call with { Time = Clock(enter), Exit = Clock(exit) }, statement);
        }

        long Clock(long time) => isCoarse ? time / 1_000_000 * 1_000_000 : time;
    }

    /// <summary>Calls of the conversation so far.</summary>
    public int CallCount => _calls.Count;

    /// <summary>Tracing begins here: what went before is not seen, and where the streams stand is known.</summary>
    public void Join(int index)
    {
        SkipCalls(index);
        _joined = true;
        foreach (var direction in (Direction[])[Direction.Egress, Direction.Ingress])
        {
            _offsets[(int)direction] = _calls.Where(c => c.Call.Direction == direction)
                .Select(c => c.Call.Offset).FirstOrDefault(_offsets[(int)direction]);
        }
    }

    public NumberedTalk Deliver(bool fromStart)
    {
        var connection = new ConnectionInfo
        {
            Id = new ConnectionId(7),
            Role = role,
            RoleEvidence = RoleEvidence.Connect,
            FromStart = fromStart,
            OffsetsKnown = fromStart || _joined,
            EgressOffset = _joined ? _offsets[0] : 0,
            IngressOffset = _joined ? _offsets[1] : 0,
        };
        var engine = new TraceEngine(this, inflaters: ProbeInflaters.All);
        engine.Open(connection);
        foreach (var (call, _) in _calls)
        {
            engine.Advance(call.Exit ?? call.Time);
            engine.Accept(new Segment
            {
                Connection = connection.Id,
                Direction = call.Direction,
                StreamOffset = call.Offset,
                ByteCount = (ulong)call.Bytes.Length,
                Head = call.Bytes.AsSpan(0, call.Head),
                Tail = call.Bytes.AsSpan(call.Bytes.Length - call.Tail),
                Time = new SegmentTime(call.Time, call.Exit ?? call.Time + 500),
            });
        }

        engine.Advance(_clock + 1_000_000_000);
        engine.Close(connection.Id, _clock + 2_000_000_000);
        Faults = engine.Counters.Faults;
        return this;
    }

    private void SkipCalls(int count) => _calls.RemoveRange(0, Math.Min(count, _calls.Count));

    public static int NumberOf(MySqlExchange exchange) =>
        exchange.StatementText is { } text && exchange.StatementTextMissing == 0 && text.StartsWith("SELECT ", StringComparison.Ordinal)
            ? int.Parse(text.AsSpan(7).TrimEnd(), CultureInfo.InvariantCulture)
            : -1;

    /// <summary>Null when the exchange agrees with itself, else what is wrong.</summary>
    public static string? FindContradiction(MySqlExchange e)
    {
        var n = NumberOf(e);
        if (n < 0 || e.State != ExchangeState.Done)
        {
            return null;
        }

        return (n % 3) switch
        {
            0 when e.ErrorCode is not null || e.AffectedRows is not null || e.ReturnedRows is { } rows && rows != RowsOf(n) => "rows",
            1 when e.ErrorCode != ErrorBase + n => "error",
            2 when e.AffectedRows != (ulong)n || e.ErrorCode is not null => "affected",
            _ => null,
        } is { } what ? $"statement {n} has {what}: {e.ReturnedRows} {e.ErrorCode} {e.AffectedRows} {e.Completeness}" : null;
    }

    void IExchangeHandler.OnExchange(Exchange exchange) => Exchanges.Add((MySqlExchange)exchange);

    private static int RowsOf(int n) => n % 21 == 0 ? n + 260 : n;

    // The text is long enough to be worth compressing in every third statement.
    private byte[] Request(int n) => packing.Pack(Wire.Query(
        "SELECT " + n.ToString("D4", CultureInfo.InvariantCulture) + (packing == Packing.Plain || n % 3 > 0 ? "" : new string(' ', 60))), 0);

    private byte[] Answer(int n) => (n % 3) switch
    {
        0 => Wire.ResultSet(DeprecateEof, RowsOf(n), 2, row: i => i % 5 == 0 ? [0, 1, 65] : [.. Wire.LengthEncoded("row"), .. Wire.LengthEncoded(new string('x', i % 40))]),
        1 => Wire.Err(1, (ushort)(ErrorBase + n)),
        _ => Wire.Ok(affected: (ulong)n),
    };

    private void AddRequest(int n)
    {
        var bytes = Request(n);
        if (role == EndpointRole.Server)
        {
            var header = packing == Packing.Plain ? 4 : 7;
            Add(true, n, bytes[..header]); // as servers read: the header, then the payload
            Add(true, n, bytes[header..]);
        }
        else
        {
            Add(true, n, bytes);
        }
    }

    private void AddInPieces(int n, byte[] bytes)
    {
        if (packing != Packing.Plain)
        {
            bytes = PackUnits(n, bytes);
        }

        for (var at = 0; at < bytes.Length;)
        {
            var length = _random.Next(3) == 0 ? bytes.Length - at : Math.Min(bytes.Length - at, _random.Next(1, 600));
            Add(false, n, bytes[at..(at + length)]);
            at += length;
        }
    }

    // At the server each compressed packet is a call of its own; what the client receives lies across them.
    private byte[] PackUnits(int n, byte[] bytes)
    {
        var all = new List<byte[]>();
        byte sequence = 1;
        for (var at = 0; at < bytes.Length;)
        {
            var length = _random.Next(2) == 0 ? bytes.Length - at : Math.Min(bytes.Length - at, _random.Next(1, 3000));
            all.Add(packing.Pack(bytes[at..(at + length)], sequence++));
            at += length;
        }

        if (role == EndpointRole.Client)
        {
            return Wire.Join([.. all]);
        }

        foreach (var unit in all)
        {
            Add(false, n, unit);
        }

        return [];
    }

    private void Add(bool fromClient, int statement, byte[] bytes, int last = 0)
    {
        var direction = fromClient == (role == EndpointRole.Client) ? Direction.Egress : Direction.Ingress;
        _calls.Add((new Conversation.Call(direction, _offsets[(int)direction], bytes, bytes.Length, 0, _clock += 1_000_000, SegmentFlags.None),
            last > statement ? statement | (last << 16) : statement));
        _offsets[(int)direction] += (ulong)bytes.Length;
    }

    private void Touch(int statement, Conversation.Call call)
    {
        for (var n = statement & 0xffff; n <= Math.Max(statement & 0xffff, statement >> 16); n++)
        {
            Untouched.Remove(n);
        }
    }
}

/// <summary>How a client sends.</summary>
internal enum ClientHabit
{
    Waits,
    SendsBurstsInOneCall,
    SendsBurstsInCallsOfTheirOwn,
}
