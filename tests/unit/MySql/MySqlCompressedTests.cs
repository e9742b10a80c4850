// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>The compressed protocol: compressed packets ("units") with the plain ones inside, from end to end.</summary>
public sealed class MySqlCompressedTests
{
    public static TheoryData<EndpointRole, int> Sides() => new(
        from role in new[] { EndpointRole.Client, EndpointRole.Server }
        from packing in new[] { Packing.Zlib, Packing.Zstd }
        select (role, (int)packing));

    [Theory]
    [MemberData(nameof(Sides))]
    public void A_conversation_is_the_same_however_it_is_cut(EndpointRole role, int packing)
    {
        var rows = Wire.ResultSet(false, 40, 2);
        var text = "SELECT 'ä' FROM " + new string('t', 90);
        for (var size = 1; size < 30; size++)
        {
            var exchanges = LoggedIn(role, packing)
                .Client(Pack(packing, Wire.Query(text), 0))
                .Server(Wire.Join(Pack(packing, rows[..300], 1), Pack(packing, rows[300..305], 2), Pack(packing, rows[305..], 3)))
                .Client(Pack(packing, Wire.Query("bad"), 0)).Server(Pack(packing, Wire.Err(1, 1064), 1))
                .Client(Pack(packing, Wire.Command(MySqlCommand.Quit), 0)).InPiecesOf(size).Finish().Cast<MySqlExchange>().ToList();

            Assert.Equal([MySqlCommand.Connect, MySqlCommand.Query, MySqlCommand.Query, MySqlCommand.Quit], exchanges.Select(e => e.Command));
            Assert.Equal((text, 40L), (exchanges[1].StatementText, exchanges[1].ReturnedRows));
            Assert.Equal((ushort)1064, exchanges[2].ErrorCode);
            Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
        }
    }

    [Fact]
    public void Offsets_sizes_and_times_are_those_of_the_compressed_bytes()
    {
        var request = Pack(1, Wire.Query("SELECT " + new string('1', 200)), 0);
        var answer = Wire.ResultSet(false, 40, 2);
        byte[][] units = [Pack(1, answer[..500], 1), Pack(1, answer[500..], 2)];
        var talk = LoggedIn(EndpointRole.Client, 1).Client(request).Server(units[0]).Pause(20).Server(units[1]);
        var begin = talk.Calls[3];
        var query = (MySqlExchange)talk.Finish()[1];

        Assert.Equal((begin.Offset, begin.Offset + (ulong)request.Length), (query.Request.StartOffset, query.Request.EndOffset));
        Assert.Equal(units.Sum(u => u.Length), query.ResponseBytes);
        Assert.Equal(answer.Length, query.UncompressedResponseBytes);
        Assert.True(query.Duration - query.TimeToFirstByte >= 20_000_000, "the second unit came 20 ms later");
        Assert.Equal("zlib", query.Compression);
    }

    [Fact]
    public void Commands_that_share_a_compressed_packet_have_ids_of_their_own()
    {
        var pings = Wire.Join([.. Enumerable.Repeat(Wire.Command(MySqlCommand.Ping), 12)]);
        var talk = LoggedIn(EndpointRole.Client, 1).Client(Pack(1, pings, 0));
        for (var i = 0; i < 12; i++)
        {
            talk.Server(Pack(1, Wire.Ok(), (byte)(i + 1)));
        }

        var exchanges = talk.Finish().Skip(1).ToList();
        Assert.Equal(12, exchanges.Count(e => e.State == ExchangeState.Done));
        Assert.Equal(12, exchanges.Select(e => e.Id).Distinct().Count());
    }

    [Fact]
    public void A_packet_behind_a_flush_may_carry_the_compressed_packets_sequence_id()
    {
        // Servers set the packets' number to the compressed packets' one whenever they flush.
        var first = Wire.ResultSet(true, 3, status: 0x000a);
        var second = Wire.ResultSet(true, 2, sequence: 2);
        var talk = LoggedIn(EndpointRole.Client, 1, 1u << 24).Client(Pack(1, Wire.Query("SELECT 1; SELECT 2"), 0))
            .Server(Pack(1, first, 1)).Server(Pack(1, second, 2));

        var query = (MySqlExchange)talk.Finish()[1];
        Assert.Equal((2, 5L, Completeness.Complete), (query.ResultSets, query.ReturnedRows, query.Completeness));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_packets_of_a_local_file_are_no_commands_when_their_numbers_begin_again(bool isCompressed)
    {
        var packing = isCompressed ? 1 : 0;
        var talk = LoggedIn(EndpointRole.Client, packing).Client(Pack(packing, Wire.Query("LOAD DATA LOCAL INFILE 'f' INTO TABLE t"), 0))
            .Server(Pack(packing, Wire.Packet(1, [0xfb, .. Wire.Text("f")]), 1));
        for (var i = 2; i < 600; i++)
        {
            talk.Client(Pack(packing, Wire.Packet((byte)i, Wire.Text("2\tabc\n")), (byte)i));
        }

        talk.Client(Pack(packing, Wire.Packet(600 & 0xff), 600 & 0xff)).Server(Pack(packing, Wire.Ok(601 & 0xff, affected: 598), 601 & 0xff))
            .Client(Pack(packing, Wire.Query("SELECT 1"), 0)).Server(Pack(packing, Wire.Ok(affected: 9), 1));

        var exchanges = talk.Finish().Skip(1).Cast<MySqlExchange>().ToList();
        Assert.Equal([598ul, 9ul], exchanges.Select(e => e.AffectedRows));
        Assert.All(exchanges, e => Assert.Equal((ExchangeState.Done, Completeness.Complete), (e.State, e.Completeness)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_long_statement_whose_packets_all_have_the_number_0_is_one(bool isMariaDb)
    {
        var text = new byte[0xffffff + 500];
        text.AsSpan().Fill((byte)' ');
        text[0] = (byte)MySqlCommand.Query;
        var packets = Wire.Join(Wire.Packet(0, text[..0xffffff]), Wire.Packet(isMariaDb ? 0 : 1, text[0xffffff..]));
        var talk = LoggedIn(EndpointRole.Client, 1)
            .Client(Wire.Join(Pack(1, packets[..16384], 0), Pack(1, packets[16384..0xff0000], 1), Pack(1, packets[0xff0000..], 2)))
            .Server(Pack(1, Wire.Ok(3, affected: 4), 3));

        var query = (MySqlExchange)talk.Finish()[1];
        Assert.Equal((ExchangeState.Done, Completeness.Complete, 4ul), (query.State, query.Completeness, query.AffectedRows));
        Assert.Equal(text.Length - 1, query.StatementText!.Length + query.StatementTextMissing);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void What_is_lost_inside_a_compressed_packet_ends_no_pair_and_the_next_ones_are_read(EndpointRole role, int packing)
    {
        var answer = Wire.ResultSet(false, 400, 2, row: i => [.. Wire.LengthEncoded($"{i * 7919}"), .. Wire.LengthEncoded($"{i * 104729 % 7777}")]);
        var talk = LoggedIn(role, packing);
        talk.Client(Pack(packing, Wire.Query("SELECT 1"), 0)).Server(Pack(packing, answer[..3000], 1))
            .ServerCut(Pack(packing, answer[3000..4000], 2), head: 40).Server(Pack(packing, answer[4000..], 3));
        for (var i = 0; i < 20; i++)
        {
            talk.Client(Pack(packing, Wire.Query($"SELECT {i}"), 0)).Server(Pack(packing, Wire.Ok(affected: (ulong)i), 1));
        }

        var exchanges = talk.Finish().Skip(1).Cast<MySqlExchange>().ToList();
        Assert.NotEqual(CompletenessKind.Complete, exchanges[0].Completeness.Kind);
        Assert.All(exchanges.Skip(1).Where(e => e.State == ExchangeState.Done), e => Assert.Equal($"SELECT {e.AffectedRows}", e.StatementText));
        Assert.True(exchanges.Count(e => e.State == ExchangeState.Done) >= 19, $"{exchanges.Count(e => e.State == ExchangeState.Done)}");
        Assert.Equal(0ul, talk.Engine.Counters.Faults);
    }

    [Theory]
    [InlineData((int)Packing.Zlib)]
    [InlineData((int)Packing.Zstd)]
    public void A_hole_inside_a_long_row_is_skipped_when_its_compressed_packet_holds_nothing_else(int packing)
    {
        var row = Wire.LengthEncoded(new string('x', 60_000));
        var answer = Wire.Join(Wire.Packet(1, 1), Wire.Definition(2), Wire.Eof(3), Wire.Packet(4, row), Wire.Eof(5));
        var hole = Pack(packing, answer[10_000..50_000], 2);
        var talk = LoggedIn(EndpointRole.Client, packing).Client(Pack(packing, Wire.Query("SELECT 1"), 0))
            .Server(Pack(packing, answer[..10_000], 1)).ServerCut(hole, head: 20).Server(Pack(packing, answer[50_000..], 3));

        var query = (MySqlExchange)talk.Finish()[1];
        Assert.Equal((ExchangeState.Done, 1L, CompletenessKind.Truncated), (query.State, query.ReturnedRows, query.Completeness.Kind));
        Assert.Equal((ulong)(hole.Length - 20), query.Completeness.MissingBytes);
    }

    [Theory]
    [InlineData((int)Packing.Zlib)]
    [InlineData((int)Packing.Zstd)]
    public void A_bomb_costs_no_more_than_its_limit_and_what_follows_is_read(int packing)
    {
        var bomb = new byte[8_000_000];
        bomb[0] = (byte)MySqlCommand.Query;
        bomb.AsSpan(1).Fill((byte)' ');
        var limits = ParseLimits.Default with { MaxInflated = 1_000_000, MaxInflatedRatio = 10 };
        var talk = new Conversation(EndpointRole.Client, limits: limits)
            .Server(Wire.Greeting(0xffffffff)).Client(Wire.Login(Wire.ClientFlags | ((Packing)packing).Flag())).Server(Wire.Ok(2))
            .Client(Pack(packing, Wire.Packet(0, bomb), 0)).Server(Pack(packing, Wire.Ok(), 1))
            .Pause(100);
        for (var i = 0; i < 20; i++)
        {
            talk.Client(Pack(packing, Wire.Query($"SELECT {i}"), 0)).Server(Pack(packing, Wire.Ok(affected: (ulong)i), 1));
        }

        var exchanges = talk.Finish().Skip(1).Cast<MySqlExchange>().ToList();
        var answered = exchanges.Where(e => e is { State: ExchangeState.Done, StatementText: not null }).ToList();
        Assert.All(answered, e => Assert.Equal($"SELECT {e.AffectedRows}", e.StatementText));
        Assert.True(answered.Count >= 18, $"{answered.Count} answered");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public void A_wrong_length_in_a_header_is_lost_framing_and_no_fault(int more)
    {
        var packets = Wire.ResultSet(false, 60, 2);
        var body = Packed.Compress(Packing.Zlib, packets);
        var talk = LoggedIn(EndpointRole.Client, 1).Client(Pack(1, Wire.Query("SELECT 1"), 0))
            .Server(Packed.Unit(body, 1, packets.Length + more));
        for (var i = 0; i < 20; i++)
        {
            talk.Client(Pack(1, Wire.Query($"SELECT {i}"), 0)).Server(Pack(1, Wire.Ok(affected: (ulong)i), 1));
        }

        var exchanges = talk.Finish().Skip(1).Cast<MySqlExchange>().ToList();
        Assert.NotEqual(ExchangeState.Done, exchanges[0].State);
        Assert.All(exchanges.Where(e => e.State == ExchangeState.Done), e => Assert.Equal($"SELECT {e.AffectedRows}", e.StatementText));
        Assert.True(exchanges.Count(e => e.State == ExchangeState.Done) >= 15);
        Assert.Equal(0ul, talk.Engine.Counters.Faults);
    }

    [Fact]
    public void A_changed_byte_is_found_by_the_checksum_before_anything_of_the_packet_is_used()
    {
        var packets = Wire.ResultSet(false, 3);
        var body = Packed.Compress(Packing.Zlib, packets);
        body[^1] ^= 1;
        var query = LoggedIn(EndpointRole.Client, 1).Client(Pack(1, Wire.Query("SELECT 1"), 0))
            .Server(Packed.Unit(body, 1, packets.Length)).Finish(close: true)[1];

        Assert.NotEqual(ExchangeState.Done, query.State);
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public void A_compressed_connection_that_was_open_before_is_told_by_its_shape(EndpointRole role, int packing)
    {
        foreach (var known in new[] { role, EndpointRole.Unknown })
        {
            var talk = new Conversation(role, fromStart: false, knownRole: known);
            for (var i = 0; i < 20; i++)
            {
                var text = $"SELECT {i} -- {new string('x', i % 3 * 60)}";
                talk.Client(Pack(packing, Wire.Query(text), 0)).Server(Pack(packing, Wire.ResultSet(false, 2, 3), 1));
            }

            var exchanges = talk.Finish().Cast<MySqlExchange>().ToList();
            Assert.True(exchanges.Count(e => e.State == ExchangeState.Done && e.ReturnedRows == 2) >= 19,
                $"{known}: {string.Join(", ", exchanges.Select(e => $"{e.State} {e.Completeness.Kind} {e.ReturnedRows}"))}");
        }
    }

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void A_wrong_guess_of_compression_is_taken_back(EndpointRole role)
    {
        var talk = new Conversation(role, fromStart: false);
        talk.Client(Pack(1, Wire.Query("SELECT 1"), 0)); // looks like a compressed packet
        for (var i = 0; i < 30; i++)
        {
            talk.Client(Wire.Query($"SELECT {i}")).Server(Wire.Ok(affected: (ulong)i));
        }

        var exchanges = talk.Finish().Cast<MySqlExchange>().Where(e => e is { State: ExchangeState.Done, StatementText: not null }).ToList();
        Assert.All(exchanges, e => Assert.Equal($"SELECT {e.AffectedRows}", e.StatementText));
        Assert.True(exchanges.Count >= 20, $"{exchanges.Count} answered");
        Assert.Null(exchanges[^1].Compression);
    }

    [Fact]
    public void Where_nothing_reads_zstd_the_answers_are_missing_and_none_is_wrong()
    {
        var collected = new List<Exchange>();
        var engine = new TraceEngine(new Collector(collected), ParseLimits.Default, new Inflaters());
        var talk = LoggedIn(EndpointRole.Client, 2);
        for (var i = 0; i < 10; i++)
        {
            talk.Client(Pack(2, Wire.Query($"SELECT {i}"), 0)).Server(Pack(2, Wire.ResultSet(false, 30, 2), 1));
        }

        engine.Open(talk.Connection);
        foreach (var call in talk.Calls)
        {
            engine.Accept(new Segment
            {
                Connection = talk.Connection.Id,
                Direction = call.Direction,
                StreamOffset = call.Offset,
                ByteCount = (ulong)call.Bytes.Length,
                Head = call.Bytes,
                Time = new SegmentTime(call.Time, call.Time + 1),
            });
        }

        engine.Close(talk.Connection.Id, Conversation.Epoch + 1_000_000_000);
        Assert.Equal(0ul, engine.Counters.Faults);
        Assert.All(collected.Cast<MySqlExchange>().Where(e => e.Command == MySqlCommand.Query),
            e => Assert.True(e.ReturnedRows is null && e.Completeness.Kind != CompletenessKind.Complete));
    }

    [Fact]
    public void Random_bytes_behind_a_compressed_login_never_throw()
    {
        var random = new Random(815);
        for (var round = 0; round < 200; round++)
        {
            var talk = LoggedIn(EndpointRole.Client, 1 + (round % 2));
            for (var i = 0; i < 30; i++)
            {
                var bytes = new byte[random.Next(1, 200)];
                random.NextBytes(bytes);
                bytes = random.Next(4) switch
                {
                    0 => bytes,
                    1 => Packed.Unit(bytes, (byte)random.Next(3), 0),
                    2 => Packed.Unit(bytes, (byte)random.Next(3), random.Next(1, 5000)),
                    _ => Pack(1 + random.Next(2), Wire.Packet(random.Next(3), bytes), (byte)random.Next(3)),
                };
                _ = random.Next(2) == 0 ? talk.Client(bytes) : talk.Server(bytes);
            }

            talk.Finish(close: true);
            Assert.True(talk.Engine.Counters.Faults == 0, $"round {round} threw");
        }
    }

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void When_the_end_of_the_login_was_missed_a_command_says_that_it_went_well(EndpointRole role)
    {
        var talk = new Conversation(role).Server(Wire.Greeting(0xffffffff)).Client(Wire.Login(Wire.ClientFlags | 0x20)).Server(Wire.Ok(2)).Lost();
        for (var i = 0; i < 20; i++)
        {
            talk.Client(Pack(1, Wire.Query($"SELECT {i}"), 0)).Pause(200).Server(Pack(1, Wire.Ok(affected: (ulong)i), 1));
        }

        var answered = talk.Finish().Cast<MySqlExchange>().Where(e => e is { State: ExchangeState.Done, StatementText: not null }).ToList();
        Assert.All(answered, e => Assert.Equal($"SELECT {e.AffectedRows}", e.StatementText));
        Assert.True(answered.Count >= 15, $"{answered.Count} answered");
    }

    private static Conversation LoggedIn(EndpointRole role, int packing, uint extra = 0) => new Conversation(role)
        .Server(Wire.Greeting(0xffffffff)).Client(Wire.Login(Wire.ClientFlags | extra | ((Packing)packing).Flag())).Server(Wire.Ok(2));

    private static byte[] Pack(int packing, byte[] packets, byte sequence) => ((Packing)packing).Pack(packets, sequence);

    private sealed class Collector(List<Exchange> target) : IExchangeHandler
    {
        public void OnExchange(Exchange exchange) => target.Add(exchange);
    }
}
