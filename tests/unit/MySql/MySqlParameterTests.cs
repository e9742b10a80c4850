// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.MySql.BoundTalk;

namespace L7Trace.UnitTests.MySql;

/// <summary>Values bound to prepared statements come out as they were bound, or not at all.</summary>
public sealed class MySqlParameterTests
{
    private const uint QueryAttributes = 1u << 27;
    private const byte CountAvailable = 8;

    private static readonly Bound[] s_everyType =
    [
        new(MySqlFieldType.Tiny, [0x80], "-128"),
        new(MySqlFieldType.Tiny, [0x80], "128", Unsigned: true),
        new(MySqlFieldType.Short, [0xff, 0xff], "-1"),
        new(MySqlFieldType.Short, [0xff, 0xff], "65535", Unsigned: true),
        new(MySqlFieldType.Year, [0xea, 0x07], "2026", Unsigned: true),
        new(MySqlFieldType.Long, [0, 0, 0, 0x80], "-2147483648"),
        new(MySqlFieldType.Long, [0xff, 0xff, 0xff, 0xff], "4294967295", Unsigned: true),
        new(MySqlFieldType.Int24, [0xff, 0xff, 0xff, 0xff], "-1"),
        new(MySqlFieldType.LongLong, [0, 0, 0, 0, 0, 0, 0, 0x80], "-9223372036854775808"),
        new(MySqlFieldType.LongLong, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "18446744073709551615", Unsigned: true),
        new(MySqlFieldType.Float, BitConverter.GetBytes(1.5f), "1.5"),
        new(MySqlFieldType.Float, BitConverter.GetBytes(0.1f), "0.1"),
        new(MySqlFieldType.Double, BitConverter.GetBytes(-1e100), "-1E+100"),
        new(MySqlFieldType.Double, BitConverter.GetBytes(0.1), "0.1"),
        new(MySqlFieldType.NewDecimal, Wire.LengthEncoded("-123456789012345678901234567890.123456789"), "-123456789012345678901234567890.123456789"),
        new(MySqlFieldType.Date, [0], "0000-00-00"),
        new(MySqlFieldType.Date, [4, 0xea, 7, 11, 5], "2026-11-05"),
        new(MySqlFieldType.DateTime, [0], "0000-00-00 00:00:00"),
        new(MySqlFieldType.DateTime, [4, 0xea, 7, 11, 25], "2026-11-25 00:00:00"),
        new(MySqlFieldType.DateTime, [7, 0xea, 7, 11, 25, 23, 5, 9], "2026-11-25 23:05:09"),
        new(MySqlFieldType.Timestamp, [11, 0xea, 7, 11, 25, 23, 59, 58, 1, 0, 0, 0], "2026-11-25 23:59:58.000001"),
        new(MySqlFieldType.Time, [0], "00:00:00"),
        new(MySqlFieldType.Time, [8, 0, 0, 0, 0, 0, 7, 8, 9], "07:08:09"),
        new(MySqlFieldType.Time, [12, 1, 34, 0, 0, 0, 22, 59, 59, 0x3f, 0x42, 0x0f, 0], "-838:59:59.999999"),
        new(MySqlFieldType.VarString, Wire.LengthEncoded("Zoë's \\ 日本 😀"), "Zoë's \\ 日本 😀"),
        new(MySqlFieldType.String, Wire.LengthEncoded(""), ""),
        new(MySqlFieldType.VarChar, Wire.LengthEncoded("v"), "v"),
        new(MySqlFieldType.Enum, Wire.LengthEncoded("small"), "small"),
        new(MySqlFieldType.Set, Wire.LengthEncoded("a,b"), "a,b"),
        new(MySqlFieldType.Json, Wire.LengthEncoded("{\"a\": [1, null]}"), "{\"a\": [1, null]}"),
        new(MySqlFieldType.Bit, [2, 0xff, 0x80], "0xFF80"),
        new(MySqlFieldType.Blob, [3, 0xc3, 0x28, 0], "0xC32800"),
        new(MySqlFieldType.TinyBlob, [0], ""),
        new(MySqlFieldType.LongBlob, Wire.LengthEncoded(new string('x', 300)), new string('x', 300)),
        new(MySqlFieldType.Geometry, [5, 0, 0, 0, 0, 0xff], "0x00000000FF"),
        new(MySqlFieldType.Null, [], null),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(100_000)]
    public void Every_binary_type_comes_out_as_its_value(int pieces)
    {
        var values = Values(Prepared(s_everyType.Length).Client(Bound.Execute(5, s_everyType)).Server(Wire.Ok()).InPiecesOf(pieces));

        Assert.Equal(s_everyType.Select(b => b.Shown ?? "NULL"), values.Select(v => v.ToString()));
        Assert.Equal(s_everyType.Select(b => (b.Type, b.Unsigned)), values.Select(v => (v.Type, v.IsUnsigned)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_NULL_in_the_bitmap_takes_no_bytes(bool named)
    {
        for (var count = 1; count <= 20; count++)
        {
            for (var pattern = 0; pattern < 8; pattern++)
            {
                // A bitmap that holds the byte 0x01 must not be taken for the flag behind it.
                Bound[] bound = [.. Enumerable.Range(0, count).Select(i => ((pattern >> (i % 3)) & 1) == 1 ? Bound.Null() : Bound.Int(i - 7))];
                var talk = Prepared(count, named ? QueryAttributes : 0)
                    .Client(Bound.Execute(5, bound, flags: named ? CountAvailable : (byte)0, named: named)).Server(Wire.Ok());
                Assert.Equal(bound.Select(b => b.Shown ?? "NULL"), Values(talk).Select(v => v.ToString()));
            }
        }
    }

    [Fact]
    public void Types_are_remembered_between_executions_of_each_statement()
    {
        Bound[] first = [Bound.Int(1), Bound.Text("a")];
        Bound[] second = [Bound.Text("b"), Bound.Int(2)];
        var exchanges = Talk(0)
            .Client(Wire.Prepare("SELECT ?, ?")).Server(Wire.PrepareOk(true, 5, 0, 2))
            .Client(Wire.Prepare("DO ?, ?")).Server(Wire.PrepareOk(true, 6, 0, 2))
            .Client(Bound.Execute(5, first, sendTypes: false)).Server(Wire.Err(1, 1210)) // nothing was ever bound
            .Client(Bound.Execute(5, first)).Server(Wire.Ok())
            .Client(Bound.Execute(6, second)).Server(Wire.Ok())
            .Client(Bound.Execute(5, [Bound.Int(3), Bound.Null()], sendTypes: false)).Server(Wire.Ok())
            .Client(Bound.Execute(6, [Bound.Text("c"), Bound.Int(4)], sendTypes: false)).Server(Wire.Ok())
            .Client(Wire.Close(5))
            .Client(Wire.Prepare("SELECT ? + ?")).Server(Wire.PrepareOk(true, 5, 0, 2)) // the same id again
            .Client(Bound.Execute(5, [Bound.Int(3), Bound.Int(3)], sendTypes: false)).Server(Wire.Err(1, 1210))
            .Finish().Cast<MySqlExchange>().Where(e => e.Command == MySqlCommand.StatementExecute).ToList();

        Assert.Equal([null, "1,a", "b,2", "3,NULL", "c,4", null], exchanges.Select(Shown));
    }

    [Fact]
    public void Prepare_and_execute_sent_together_bind_the_statement_that_the_answer_names()
    {
        var execution = (MySqlExchange)Talk(0)
            .Client(Wire.Join(Wire.Prepare("SELECT ?"), Bound.Execute(0xffffffff, [Bound.Text("x")])))
            .Server(Wire.PrepareOk(true, 9, columns: 1, parameters: 1)).Server(Wire.ResultSet(true, 1)).Finish()[^1];

        Assert.Equal((9u, "x"), (execution.StatementId, Shown(execution)));
    }

    [Fact]
    public void Long_data_is_joined_and_belongs_to_the_next_execution_only()
    {
        Bound[] bound = [Bound.Int(1), Bound.Text("gone by other means"), Bound.Int(2)];
        var talk = Prepared(3)
            .Client(LongData(5, 1, "one ")).Client(LongData(5, 1, "two ")).Client(LongData(5, 1, "three"))
            .Client(Bound.Execute(5, bound, longData: i => i == 1)).Server(Wire.Ok())
            .Client(Bound.Execute(5, [Bound.Int(3), Bound.Text("four"), Bound.Int(4)], sendTypes: false)).Server(Wire.Ok())
            .Client(LongData(5, 0, "dropped")).Client(Wire.Command(MySqlCommand.StatementReset, 5, 0, 0, 0)).Server(Wire.Ok())
            .Client(Bound.Execute(5, [Bound.Int(5), Bound.Text("six"), Bound.Int(6)], sendTypes: false)).Server(Wire.Ok());

        Assert.Equal(["1,one two three,2", "3,four,4", "5,six,6"], Executions(talk).Select(Shown));
    }

    [Fact]
    public void Of_long_data_the_beginning_is_kept_and_the_length_known()
    {
        var piece = new string('z', 400);
        var talk = Prepared(1).Client(LongData(5, 0, piece)).Client(LongData(5, 0, piece)).Client(LongData(5, 0, piece)).Client(LongData(5, 0, piece))
            .Client(Bound.Execute(5, [Bound.Text("")], longData: _ => true)).Server(Wire.Ok());

        var value = Assert.Single(Values(talk));
        Assert.Equal((true, 1600L, 1000), (value.IsCut, value.Length, value.Bytes.Length));
    }

    [Fact]
    public void A_value_longer_than_what_is_kept_shows_its_beginning_and_those_behind_it_nothing()
    {
        var values = Values(Prepared(3).Client(Bound.Execute(5, [Bound.Int(7), Bound.Text(new string('q', 5000)), Bound.Int(8)])).Server(Wire.Ok()));

        Assert.Equal("7", values[0].ToString());
        Assert.Equal((true, 5000L), (values[1].IsCut, values[1].Length));
        Assert.StartsWith("qqqq", values[1].Text, StringComparison.Ordinal);
        Assert.Equal(MySqlParameterState.NotCaptured, values[2].State);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(100_000)]
    public void The_attributes_of_a_query_come_out_with_name_type_and_value(int pieces)
    {
        Bound[] bound = [.. s_everyType.Where(b => b.Bytes.Length < 300).Select((b, i) => b with { Name = "attribute " + i })];
        var exchanges = Talk(QueryAttributes)
            .Client(Bound.Query("SELECT 1", bound)).Server(Wire.Ok())
            .Client(Bound.Query("SELECT 2", [])).Server(Wire.Ok())
            .InPiecesOf(pieces).Finish().Skip(1).Cast<MySqlExchange>().ToList();

        Assert.Equal(("SELECT 1", "SELECT 2"), (exchanges[0].StatementText, exchanges[1].StatementText));
        Assert.Equal(bound.Select(b => (b.Name, b.Shown ?? "NULL")), exchanges[0].Parameters!.Attributes.Select(a => (a.Name!, a.ToString())));
        Assert.Empty(exchanges[0].Parameters!.Values);
        Assert.Null(exchanges[1].Parameters);
    }

    [Fact]
    public void The_attributes_of_an_execution_are_told_from_its_parameters()
    {
        var exchange = Executions(Prepared(2, QueryAttributes)
            .Client(Bound.Execute(5, [Bound.Int(1), Bound.Null(), Bound.Text("v1", "traceparent"), Bound.Null() with { Name = "none" }],
                flags: CountAvailable, named: true)).Server(Wire.Ok())).Single();

        Assert.Equal("1,NULL", Shown(exchange));
        Assert.Equal([("traceparent", "v1"), ("none", "NULL")], exchange.Parameters!.Attributes.Select(a => (a.Name!, a.ToString())));
    }

    [Fact]
    public void A_bulk_execution_is_one_exchange_with_a_batch_size_and_its_first_row()
    {
        byte[] body = [5, 0, 0, 0, 128, 0, 3, 0, 0xfd, 0,
            0, 1, 0, 0, 0, 0, .. Wire.LengthEncoded("one"), // both values
            1, 0, .. Wire.LengthEncoded("two"), // NULL
            0, 3, 0, 0, 0, 2, // DEFAULT
            3, 1]; // IGNORE, NULL
        byte[] again = [5, 0, 0, 0, 0, 0, 2, 0, .. Wire.LengthEncoded("four")]; // the types hold
        var exchanges = Prepared(2)
            .Client(Wire.Command(MySqlCommand.StatementBulkExecute, body)).Server(Wire.Ok(affected: 4))
            .Client(Wire.Command(MySqlCommand.StatementBulkExecute, again)).Server(Wire.Ok(affected: 1))
            .Client(Wire.Command(MySqlCommand.StatementBulkExecute, [.. body, 0])).Server(Wire.Ok(affected: 1)) // malformed
            .InPiecesOf(3).Finish().Cast<MySqlExchange>().Where(e => e.Command == MySqlCommand.StatementBulkExecute).ToList();

        Assert.Equal([(4, "1,one"), (1, "DEFAULT,four"), (null, null)], exchanges.Select(e => (e.BatchSize, Shown(e))));
        Assert.Equal(("INSERT", 4ul), (exchanges[0].StatementText, exchanges[0].AffectedRows));
    }

    [Fact]
    public void Rows_of_a_bulk_execution_are_counted_when_no_value_is_wanted()
    {
        var exchange = (MySqlExchange)new Conversation(EndpointRole.Client)
            .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | DeprecateEof)).Server(Wire.Ok(2))
            .Client(Wire.Prepare("INSERT")).Server(Wire.PrepareOk(true, 5, 0, 1))
            .Client(Wire.Command(MySqlCommand.StatementBulkExecute, 5, 0, 0, 0, 128, 0, 1, 0, 0, 7, 0, 8)).Server(Wire.Ok()).Finish()[^1];

        Assert.Equal((2, null), (exchange.BatchSize, exchange.Parameters));
    }

    [Fact]
    public void Nothing_is_kept_unless_it_is_asked_for()
    {
        var exchanges = new Conversation(EndpointRole.Client)
            .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | DeprecateEof)).Server(Wire.Ok(2))
            .Client(Wire.Prepare("SELECT ?")).Server(Wire.PrepareOk(true, 5, 0, 1))
            .Client(Bound.Execute(5, [Bound.Text("secret")])).Server(Wire.Ok()).Finish().Cast<MySqlExchange>();

        Assert.All(exchanges, e => Assert.Null(e.Parameters));
    }

    [Fact]
    public void Values_cost_nothing_when_nobody_wants_them_and_two_objects_when_somebody_does()
    {
        var nothing = AllocatedPerExecution(0, []);
        var unwanted = AllocatedPerExecution(0, [Bound.Int(1), Bound.Text("text")]);
        var wanted = AllocatedPerExecution(1000, [Bound.Int(1), Bound.Text("text")]);

        // The runtime allocates a little of its own now and then, which over so many rounds is less than one object.
        Assert.InRange(unwanted - nothing, -16, 16);
        Assert.InRange(wanted - unwanted, 40, 200); // the bytes, and what says how to read them
    }

    private static long AllocatedPerExecution(int keep, IReadOnlyList<Bound> bound)
    {
        const int rounds = 1000;
        var talk = new Conversation(EndpointRole.Client, limits: new ParseLimits { MaxParameterBytes = keep })
            .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | DeprecateEof)).Server(Wire.Ok(2))
            .Client(Wire.Prepare("INSERT")).Server(Wire.PrepareOk(true, 5, 0, bound.Count));
        var execution = bound.Count == 0 ? Wire.Command(MySqlCommand.StatementExecute, 5, 0, 0, 0, 0, 1, 0, 0, 0) : Bound.Execute(5, bound);
        var answer = Wire.Ok();
        for (var i = 0; i < rounds; i++)
        {
            talk.Client(execution).Server(answer);
        }

        talk.Deliver();
        talk.Exchanges.Clear();
        for (var i = 0; i < rounds; i++)
        {
            talk.Client(execution).Server(answer);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        talk.Deliver();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / rounds;
    }
}
