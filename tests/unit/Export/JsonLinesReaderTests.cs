// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Export.Json;
using Xunit;

namespace L7Trace.UnitTests.Export;

public sealed class JsonLinesReaderTests
{
    private const long Start = 1_700_000_000_123_456_700;

    [Fact]
    public void A_statement_comes_back_with_its_figures_and_without_its_literals()
    {
        var written = Timed(new MySqlExchange
        {
            Connection = Connection(EndpointRole.Client),
            Command = MySqlCommand.StatementExecute,
            StatementText = "SELECT * FROM t WHERE id = 42",
            Schema = "shop",
            User = "anna",
            ServerConnectionId = 77,
            ReturnedRows = 3,
            Warnings = 1,
            ResponseBytes = 512,
        });

        var read = Assert.IsType<MySqlExchange>(RoundTrip(written));

        Assert.Equal(MySqlCommand.StatementExecute, read.Command);
        Assert.Equal("SELECT * FROM t WHERE id = ?", read.StatementText);
        Assert.Equal("shop", read.Schema);
        Assert.Equal("anna", read.User);
        Assert.Equal(77u, read.ServerConnectionId);
        Assert.Equal(3, read.ReturnedRows);
        Assert.Equal((ushort)1, read.Warnings);
        Assert.Equal(512, read.ResponseBytes);
        Assert.Equal(Start, read.Start);
        Assert.Equal(5_000, read.Duration);
        Assert.Equal(4_000, read.TimeToFirstByte);
        Assert.Equal(ExchangeState.Done, read.State);
        Assert.Equal(Completeness.Complete, read.Completeness);
        Assert.Equal(EndpointRole.Client, read.Connection.Role);
        Assert.Equal(written.Connection.ServerEndPoint, read.Connection.ServerEndPoint);
        Assert.Equal(written.Connection.ClientEndPoint, read.Connection.ClientEndPoint);
        Assert.False(read.IsError);
    }

    [Fact]
    public void A_call_of_gRPC_comes_back_without_its_message()
    {
        var written = JsonSamples.Call();
        var read = Assert.IsType<HttpExchange>(RoundTrip(written));
        Assert.Equal((Protocol.Http2, 7u, "1.2"), (read.Protocol, read.StreamId!.Value, read.UnknownFields[1]));
        Assert.Equal((true, false, "CANCEL"), (read.IsReset, read.IsResetByClient, read.ResetError));
        Assert.Equal(WithoutTimes(written.Grpc!) with { StatusMessage = null }, WithoutTimes(read.Grpc!));
        Assert.Equal(written.Grpc!.Request.Times, read.Grpc!.Request.Times);
        Assert.Equal(written.Grpc.Response.Times, read.Grpc.Response.Times);

        static GrpcCall WithoutTimes(GrpcCall call) =>
            call with { Request = call.Request with { Times = null }, Response = call.Response with { Times = null } };
    }

    [Fact]
    public void What_the_answer_said_comes_back()
    {
        var written = Timed(new MySqlExchange
        {
            Connection = Connection(EndpointRole.Client),
            Command = MySqlCommand.StatementExecute,
            StatementId = 4,
            ServerVersion = "8.0.36",
            LastInsertId = 5,
            Info = "Rows matched: 1",
            ResultSets = 3,
            ServerStatus = 0x0a61, // in transaction, no index used, cursor, no backslash escapes, slow
            SessionChanges = new MySqlSessionChanges { Schema = "four", Gtids = "0-1-7", TransactionState = "T_______" },
        });
        written.IdleTime = 1_000;

        var read = Assert.IsType<MySqlExchange>(RoundTrip(written));

        Assert.Equal((4u, "8.0.36", 5ul, "Rows matched: 1", 3), (read.StatementId, read.ServerVersion, read.LastInsertId, read.Info, read.ResultSets));
        Assert.Equal((true, false, true), (read.InTransaction, read.Autocommit, read.NoIndexUsed));
        Assert.Equal((false, true, true), (read.NoGoodIndexUsed, read.WasSlow, read.HasCursor));
        Assert.Equal((false, true), (read.HasOutParameters, read.NoBackslashEscapes));
        Assert.Equal(("four", "0-1-7", "T_______"), (read.SessionChanges!.Schema, read.SessionChanges.Gtids, read.SessionChanges.TransactionState));
        Assert.Equal((4_000L, 1_000L, Start + 5_000), (read.Duration, read.IdleTime, read.End));
    }

    [Fact]
    public void A_failed_statement_is_still_a_failed_one()
    {
        var read = Assert.IsType<MySqlExchange>(RoundTrip(Timed(new MySqlExchange
        {
            Connection = Connection(EndpointRole.Server),
            Command = MySqlCommand.Query,
            StatementText = "SELECT nothing",
            ErrorCode = 1054,
            SqlState = "42S22",
        })));

        Assert.True(read.IsError);
        Assert.Equal((ushort)1054, read.ErrorCode);
        Assert.Equal("42S22", read.SqlState);
        Assert.Null(read.ReturnedRows);
        Assert.Equal(3306, read.Connection.Local!.Port);
    }

    [Fact]
    public void Tracked_variables_come_back()
    {
        var line = """{"v":1,"type":"exchange","id":"1-0","connection.id":"1","protocol":"mysql","state":"done","start":"2026-11-23T03:15:09Z","mysql.system_variable.sql_mode":"ANSI","mysql.system_variable.a.b":""}"""u8;

        var read = Assert.IsType<MySqlExchange>(JsonLinesReader.Read(line.ToArray())?.Exchange);

        Assert.Equal([new("sql_mode", "ANSI"), new("a.b", "")], read.SessionChanges!.SystemVariables!);
    }

    [Fact]
    public void A_request_comes_back_with_its_figures()
    {
        var read = Assert.IsType<HttpExchange>(RoundTrip(Timed(new HttpExchange(Protocol.Http1)
        {
            Connection = Connection(EndpointRole.Server),
            Method = "POST",
            Path = "/orders/7",
            Query = "token=abc",
            Host = "shop.example",
            Version = "1.1",
            StatusCode = 503,
            RequestBodySize = 10,
            ResponseBodySize = 2000,
        })));

        Assert.Equal("POST", read.Method);
        Assert.Equal("/orders/7", read.Path);
        Assert.Equal("token=?", read.Query);
        Assert.Equal("shop.example", read.Host);
        Assert.Equal(503, read.StatusCode);
        Assert.Equal(10, read.RequestBodySize);
        Assert.Equal(2000, read.ResponseBodySize);
        Assert.Equal(5_000, read.Duration);
        Assert.True(read.IsError);
    }

    [Fact]
    public void What_was_not_whole_does_not_become_whole()
    {
        var written = Timed(new MySqlExchange { Connection = Connection(EndpointRole.Client), Command = MySqlCommand.Query });
        written.State = ExchangeState.Lost;
        written.Completeness = new Completeness(CompletenessKind.Truncated, 99);

        var read = RoundTrip(written);

        Assert.NotNull(read);
        Assert.Equal(ExchangeState.Lost, read.State);
        Assert.Null(read.Duration);
        Assert.Equal(new Completeness(CompletenessKind.Truncated, 99), read.Completeness);
    }

    [Fact]
    public void An_answer_whose_request_was_not_seen_gets_no_latency()
    {
        var written = new HttpExchange(Protocol.Http1)
        {
            Connection = Connection(EndpointRole.Server),
            StatusCode = 200,
            Completeness = new Completeness(CompletenessKind.Unmatched),
            Response = new MessageTiming { Seen = true, First = new(Start, Start), Last = new(Start + 50, Start + 50) },
        };

        var read = RoundTrip(written);

        Assert.NotNull(read);
        Assert.Null(read.Duration);
        Assert.Equal(CompletenessKind.Unmatched, read.Completeness.Kind);
    }

    [Theory]
    [InlineData("""{"v":1,"type":"something new"}""")]
    [InlineData("""{"v":1,"type":"something new","loss.gaps":1}""")]
    public void A_record_of_a_type_to_come_says_nothing_and_is_no_fault(string line)
    {
        var record = JsonLinesReader.Read(Encoding.UTF8.GetBytes(line));

        Assert.Equal(default(JsonRecord), record);
    }

    [Theory]
    [InlineData("""{"v":1,"type":"summary","exchanges":3,"loss.gaps":7,"loss.queue_full":2}""", true)]
    [InlineData("""{"v":1,"type":"loss","time":"2026-11-23T03:15:09Z","loss.gaps":7,"loss.queue_full":2}""", false)]
    public void What_was_lost_is_read_too(string line, bool isSummary)
    {
        var record = JsonLinesReader.Read(Encoding.UTF8.GetBytes(line));

        Assert.NotNull(record?.Losses);
        Assert.Equal(isSummary, record.Value.IsSummary);
        Assert.Equal(
            [new(LossCause.QueueFull, 2), new(LossCause.Gaps, 7)], record.Value.Losses.NonZero);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"v":2,"type":"exchange"}""")]
    [InlineData("""{"v":1,"type":"exchange"}""")]
    [InlineData("""{"v":1,"type":"\ud800"}""")]
    [InlineData("""{"v":1,"type":"exchange","connection.id":"zz","protocol":"mysql","state":"done","start":"2026-11-23T03:15:09Z"}""")]
    [InlineData("""{"v":1,"type":"exchange","connection.id":"1","protocol":"smtp","state":"done","start":"2026-11-23T03:15:09Z"}""")]
    [InlineData("""{"v":1,"type":"exchange","connection.id":"1","protocol":"mysql","state":"done","start":"yesterday"}""")]
    public void A_line_of_another_kind_is_refused(string line)
    {
        Assert.Null(JsonLinesReader.Read(Encoding.UTF8.GetBytes(line)));
    }

    [Fact]
    public void A_number_that_does_not_fit_is_unknown_not_another_number()
    {
        const string line = """
            {"v":1,"type":"exchange","connection.id":"1","protocol":"mysql","state":"done","start":"2026-11-23T03:15:09Z","duration_ns":-5,"mysql.warnings":65537,"db.response.status_code":"70000"}
            """;

        var read = Assert.IsType<MySqlExchange>(JsonLinesReader.Read(Encoding.UTF8.GetBytes(line))?.Exchange);

        Assert.Null(read.Warnings);
        Assert.Null(read.ErrorCode);
        Assert.Null(read.Duration);
    }

    [Fact]
    public void A_line_that_is_damaged_anywhere_never_throws()
    {
        var line = Write(Timed(new MySqlExchange
        {
            Connection = Connection(EndpointRole.Client),
            Command = MySqlCommand.Query,
            StatementText = "SELECT 1",
        }));
        var random = new Random(7);
        for (var round = 0; round < 5_000; round++)
        {
            var damaged = line.AsSpan(0, random.Next(line.Length + 1)).ToArray();
            for (var hits = random.Next(4); hits > 0 && damaged.Length > 0; hits--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            JsonLinesReader.Read(damaged);
        }
    }

    private static Exchange? RoundTrip(Exchange exchange) => JsonLinesReader.Read(Write(exchange))?.Exchange;

    private static byte[] Write(Exchange exchange)
    {
        using var stream = new MemoryStream();
        using var writer = new JsonLinesWriter(stream);
        writer.Write(exchange);
        writer.Flush();
        return stream.ToArray()[..^1];
    }

    private static T Timed<T>(T exchange)
        where T : Exchange
    {
        var sent = new SegmentTime(Start, Start);
        exchange.Request = new MessageTiming { Seen = true, First = sent, Last = sent };
        exchange.Response = new MessageTiming
        {
            Seen = true,
            First = new SegmentTime(Start + 3_000, Start + 4_000),
            Last = new SegmentTime(Start + 5_000, Start + 5_000),
        };
        return exchange;
    }

    private static ConnectionInfo Connection(EndpointRole role) => new()
    {
        Id = new ConnectionId(0xabcdef),
        Role = role,
        ProcessId = 4242,
        ProcessCommand = "test",
        Local = new IPEndPoint(IPAddress.Loopback, role == EndpointRole.Client ? 50000 : 3306),
        Remote = new IPEndPoint(IPAddress.Loopback, role == EndpointRole.Client ? 3306 : 50000),
    };

    [Theory]
    [InlineData("2026-11-25T22:38:01.123456789Z", 123_456_789)]
    [InlineData("2026-11-25T22:38:01.000000001Z", 1)]
    [InlineData("2026-11-25T22:38:01.999999999Z", 999_999_999)]
    [InlineData("2026-11-25T22:38:01.5Z", 500_000_000)]
    [InlineData("2026-11-25T22:38:01Z", 0)]
    [InlineData("2026-11-25T23:38:01.25+01:00", 250_000_000)]
    [InlineData("2026-11-25T22:38:01.1234567891234Z", 123_456_789)]
    public void Times_are_read_to_the_nanosecond(string text, long fraction) =>
        Assert.Equal(1_795_646_281_000_000_000 + fraction, Timestamp.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("yesterday")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void What_is_no_time_is_none(string text) => Assert.Null(Timestamp.Parse(text));
}
