// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.MySql;
using Xunit;

namespace L7Trace.UnitTests.Connections;

/// <summary>
/// Connections of one engine use the same messages and commands in turn. Whatever is lost, none shows what belongs to another: each request
/// carries its connection's number and its own, and its answer repeats both.
/// </summary>
public sealed class SharedPoolTests : IExchangeHandler
{
    private const int Connections = 12;
    private const int Each = 60;

    private readonly List<Exchange> _exchanges = [];
    private readonly ulong[,] _offsets = new ulong[Connections + 1, 2];
    private readonly Dictionary<(int, int), byte[]> _made = [];
    private TraceEngine _engine;
    private long _time = 1_700_000_000_000_000_000;

    public SharedPoolTests() => _engine = new TraceEngine(this);

    [Fact]
    public void Http_messages_are_of_their_own_connection()
    {
        for (var seed = 0; seed < 15; seed++)
        {
            var whole = Play(seed, 80, static (c, n) => HttpTalk.Bytes(HttpTalk.Get($"/{(c * 100) + n}")), static (c, n) => HttpTalk.Bytes(HttpTalk.Ok((c * 100) + n)));
            foreach (var e in _exchanges.Cast<HttpExchange>())
            {
                var isEnded = e.State == ExchangeState.Done && e.StatusCode is not null;
                if (e.Target is { } target)
                {
                    var number = Number(target[1..]);
                    Assert.Equal(e.Connection.Id.Value, (ulong)number / 100);
                    Assert.True(!isEnded || e.ResponseBodySize == number);
                }
                else if (isEnded)
                {
                    Assert.Equal(e.Connection.Id.Value, (ulong)e.ResponseBodySize! / 100);
                }
            }

            Assert.InRange(whole, 1, Connections * Each);
        }
    }

    [Fact]
    public void MySql_commands_are_of_their_own_connection()
    {
        for (var seed = 0; seed < 15; seed++)
        {
            var whole = Play(seed, 3306, static (c, n) => Wire.Query($"SELECT {(c * 100) + n}"), static (c, n) => Wire.ResultSet(deprecateEof: false, rows: (c * 100) + n));
            foreach (var e in _exchanges.Cast<MySqlExchange>().Where(static e => e.Command == MySqlCommand.Query))
            {
                var number = e.StatementText is { Length: 10 or 11 } text ? Number(text[7..]) : (long?)null;
                Assert.True(number is null || (ulong)number / 100 == e.Connection.Id.Value);
                if (e is { State: ExchangeState.Done, ReturnedRows: { } rows })
                {
                    Assert.True(number is null || rows == number);
                    Assert.Equal(e.Connection.Id.Value, (ulong)rows / 100);
                }
            }

            Assert.InRange(whole, 1, Connections * Each);
        }
    }

    void IExchangeHandler.OnExchange(Exchange exchange) => _exchanges.Add(exchange);

    // Whole exchanges. One call in fifty is lost, connections end and begin again, and what is in flight is looked at.
    private int Play(int seed, int port, Func<int, int, byte[]> ask, Func<int, int, byte[]> answer)
    {
        var random = new Random(seed);
        _engine = new TraceEngine(this);
        _exchanges.Clear();
        var next = new int[Connections + 1];
        for (var c = 1; c <= Connections; c++)
        {
            Open(c, port);
        }

        for (var turn = 0; turn < Connections * Each * 2; turn++)
        {
            var c = random.Next(1, Connections + 1);
            var n = next[c]++;
            if (n / 2 >= Each)
            {
                continue;
            }

            _made.TryAdd((c, n), n % 2 == 0 ? ask(c, n / 2) : answer(c, n / 2));
            Send(c, n % 2 == 0 ? Direction.Egress : Direction.Ingress, _made[(c, n)], random);
            if (random.Next(100) == 0)
            {
                _engine.VisitInFlight(static _ => { });
            }

            if (random.Next(200) == 0)
            {
                _engine.Close(new ConnectionId((ulong)c), ++_time);
                next[c] += next[c] % 2;
            }
        }

        _engine.Advance(_time + 10_000_000_000);
        for (var c = 1; c <= Connections; c++)
        {
            _engine.Close(new ConnectionId((ulong)c), _time + 10_000_000_000);
        }

        return _exchanges.Count(static e => e is { State: ExchangeState.Done, Completeness.Kind: CompletenessKind.Complete });
    }

    private void Open(int c, int port)
    {
        (_offsets[c, 0], _offsets[c, 1]) = (0, 0);
        _engine.Open(new ConnectionInfo
        {
            Id = new ConnectionId((ulong)c),
            Role = EndpointRole.Client,
            RoleEvidence = RoleEvidence.Connect,
            FromStart = true,
            OffsetsKnown = true,
            Local = new IPEndPoint(IPAddress.Loopback, 50_000 + c),
            Remote = new IPEndPoint(IPAddress.Loopback, port),
        });
        if (port == 3306)
        {
            Send(c, Direction.Ingress, Wire.Greeting(), null);
            Send(c, Direction.Egress, Wire.Login(Wire.ClientFlags), null);
            Send(c, Direction.Ingress, Wire.Ok(sequence: 2), null);
        }
    }

    private void Send(int c, Direction direction, byte[] bytes, Random? random)
    {
        _time += 100_000;
        for (var at = 0; at < bytes.Length;)
        {
            var count = random is null ? bytes.Length : Math.Min(bytes.Length - at, random.Next(1, 2_000));
            if (random?.Next(50) != 0)
            {
                _engine.Accept(new Segment
                {
                    Connection = new ConnectionId((ulong)c),
                    Direction = direction,
                    StreamOffset = _offsets[c, (int)direction],
                    ByteCount = (ulong)count,
                    Head = bytes.AsSpan(at, count),
                    Time = new SegmentTime(_time, _time + 1_000),
                });
            }

            _offsets[c, (int)direction] += (ulong)count;
            at += count;
        }

        _engine.Advance(_time + 1_000);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
