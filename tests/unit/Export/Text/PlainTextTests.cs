// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.Sql;
using L7Trace.Export;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.Text;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData(0, "0ns")]
    [InlineData(999, "999ns")]
    [InlineData(999.6, "1µs")]
    [InlineData(1234, "1.23µs")]
    [InlineData(12_345, "12.3µs")]
    [InlineData(123_456, "123µs")]
    [InlineData(1_500_000, "1.5ms")]
    [InlineData(999_600_000, "1s")]
    [InlineData(59_940_000_000, "59.9s")]
    [InlineData(59_960_000_000, "1m00s")]
    [InlineData(185_000_000_000, "3m05s")]
    [InlineData(7_620_000_000_000, "2h07m")]
    [InlineData(-5, "0ns")]
    public void Durations_have_three_digits_and_a_unit(double nanoseconds, string text) =>
        Assert.Equal(text, Units.Duration(nanoseconds));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1536, "1.5KiB")]
    [InlineData(3_355_443, "3.2MiB")]
    [InlineData(5_368_709_120, "5GiB")]
    public void Sizes_have_three_digits_and_a_unit(double bytes, string text) => Assert.Equal(text, Units.Bytes(bytes));

    [Fact]
    public void A_statement_is_one_line()
    {
        Assert.Equal(
            "22:13:20.000000 shop[100] > 127.0.0.1:3306  mysql  ok  1.5ms  3 rows  SELECT * FROM t WHERE id = ?\n",
            Line(Some.Query("SELECT * FROM t WHERE id = 17", duration: 1.5, rows: 3)));
    }

    [Fact]
    public void A_request_is_one_line()
    {
        Assert.Equal(
            "22:13:20.000000 shop[100] > 127.0.0.1:3306  http/1.1  200  1ms  1.21KiB  GET shop.example/orders/17?page=?\n",
            Line(Some.Get("/orders/17", "page=2")));
    }

    [Fact]
    public void A_server_s_view_points_the_other_way()
    {
        Assert.StartsWith(
            "22:13:20.000000 mariadbd[200] < 127.0.0.1:50000  mysql",
            Line(Some.Query("SELECT 1", connection: Some.ServerConnection())),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_whole_or_has_not_ended_is_marked()
    {
        var truncated = Some.Query("SELECT 1");
        truncated.Completeness = new Completeness(CompletenessKind.Truncated, 120);
        Assert.EndsWith("SELECT ?  [truncated 120 bytes]\n", Line(truncated), StringComparison.Ordinal);

        var unmatched = Some.Running(Some.Query("SELECT 1"));
        unmatched.State = ExchangeState.Lost;
        unmatched.Completeness = new Completeness(CompletenessKind.Unmatched);
        Assert.EndsWith("  lost  -  1 row  SELECT ?  [unmatched]\n", Line(unmatched), StringComparison.Ordinal);

        Assert.Contains("  running  1s+  ", Line(Some.Running(Some.Query("SELECT 1"))), StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_without_its_command_says_what_is_not_known()
    {
        var answer = new MySqlExchange
        {
            Connection = Some.ClientConnection(),
            Command = MySqlCommand.Unknown,
            State = ExchangeState.Lost,
            Completeness = new Completeness(CompletenessKind.Unmatched),
            ReturnedRows = 7,
            ResultSets = 1,
        };
        Assert.EndsWith("  lost  -  7 rows  (statement unknown)  [unmatched]\n", Line(answer), StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_shows_its_number_and_state_and_its_message_only_when_asked_for()
    {
        var exchange = Some.Timed(
            new MySqlExchange
            {
                Connection = Some.ClientConnection(),
                Command = MySqlCommand.Query,
                StatementText = "INSERT INTO t VALUES ('x@y')",
                ErrorCode = 1062,
                SqlState = "23000",
                ErrorMessage = "Duplicate entry 'x@y' for key",
            },
            0, 1);

        Assert.EndsWith("mysql  ERR 1062 (23000)  1ms  INSERT INTO t VALUES (?)\n", Line(exchange), StringComparison.Ordinal);
        Assert.EndsWith(
            "INSERT INTO t VALUES ('x@y')  -- Duplicate entry 'x@y' for key\n", Line(exchange, Redaction.Off), StringComparison.Ordinal);
    }

    [Fact]
    public void Merged_ends_show_what_the_server_took()
    {
        var client = Some.Query("SELECT 1", duration: 3);
        client.OtherEnd = Some.Query("SELECT 1", duration: 2, connection: Some.ServerConnection());

        Assert.EndsWith("SELECT ?  [server 2ms]\n", Line(client), StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_without_text_show_their_name()
    {
        Assert.Contains("  COM_PING\n", Line(Some.Query(null, command: MySqlCommand.Ping, rows: null)), StringComparison.Ordinal);
        Assert.Contains("  COM_STMT_EXECUTE SELECT ?\n",
            Line(Some.Query("SELECT ?", command: MySqlCommand.StatementExecute, rows: null)), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_facts_are_question_marks()
    {
        var exchange = new HttpExchange(Protocol.Http1) { Connection = new ConnectionInfo { Id = new ConnectionId(1), PeerProof = PeerProof.Unknown } };

        Assert.Equal("00:00:00.000000 ? > ?  http  ?  -  ? ?  [peer unknown]\n", Line(exchange));
    }

    [Fact]
    public void Hostile_text_of_any_field_stays_on_its_line()
    {
        const string Evil = "\u001b[2J\n\u202ex\u2028";
        var exchange = Some.Timed(
            new HttpExchange(Protocol.Http1)
            {
                Connection = new ConnectionInfo
                {
                    Id = new ConnectionId(1),
                    Role = EndpointRole.Client,
                    ProcessId = 1,
                    ProcessCommand = Evil,
                    UnixPath = "/run/" + Evil,
                },
                Method = Evil,
                Host = Evil,
                Path = "/" + Evil,
                Query = Evil,
                Version = Evil,
            },
            0, 1);
        foreach (var redaction in (Redaction[])[Redaction.Default, Redaction.Off])
        {
            var line = Line(exchange, redaction);
            Assert.True(TerminalText.IsSafe(line.AsSpan()[..^1]), line);
        }
    }

    [Fact]
    public void Columns_of_a_table_are_aligned_and_nothing_is_wrapped_or_cut()
    {
        var table = new TableWriter(">n", "name", "text");
        table.Add("1", "a", new string('x', 300));
        table.Add("100", "漢字", "y\u001b");

        Assert.Equal(
            $"  n  name  text\n  1  a     {new string('x', 300)}\n100  漢字  y\\x1b\n", Text(writer => table.Write(writer)));
    }

    [Fact]
    public void With_a_width_the_last_column_is_cut_and_only_that()
    {
        var table = new TableWriter(">n", "name", "text");
        table.Add("1", new string('a', 50), new string('x', 300));

        var lines = Text(writer => table.Write(writer, 80)).Split('\n');

        Assert.Equal(80, TerminalText.WidthOf(lines[1]));
        Assert.EndsWith("x…", lines[1], StringComparison.Ordinal);
        Assert.Contains(new string('a', 50), lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_is_three_tables()
    {
        var aggregator = new Aggregator(new ExchangeLabel(new DigestCache(), new RouteTable()));
        aggregator.OnExchange(Some.Query("SELECT a FROM t WHERE id = 1", duration: 2, rows: 3));
        aggregator.OnExchange(Some.Query("SELECT a FROM t WHERE id = 2", duration: 4, rows: null));
        aggregator.OnExchange(Some.Query("SELECT 1", duration: 1, schema: null));
        aggregator.OnExchange(Some.Get("/orders/17", duration: 7));
        var report = aggregator.Build(Some.Epoch + (5000 * Some.Millisecond), [Some.Running(Some.Query("SELECT SLEEP(99)"))]);

        Assert.Equal(
            """
            MySQL statements
            calls  errors  total  avg  p50  p95  p99  max  rows  schema  statement
                2       0    6ms  3ms  2ms  4ms  4ms  4ms    3+  shop    SELECT `a` FROM `t` WHERE `id` = ?
                1       0    1ms  1ms  1ms  1ms  1ms  1ms     1  -       SELECT ?
            rows with "+" or "?": some answers were not seen whole, their rows are not counted

            HTTP routes
            calls  errors  total  avg  p50  p95  p99  max    bytes  host          route
                1       0    7ms  7ms  7ms  7ms  7ms  7ms  1.21KiB  shop.example  GET /orders/{id}

            In flight
            age  process    peer            protocol  text
             5s  shop[100]  127.0.0.1:3306  mysql     SELECT SLEEP(?)


            """.ReplaceLineEndings("\n"),
            Text(writer => ReportText.Write(writer, report, Redaction.Default)));
    }

    [Fact]
    public void Rows_beyond_the_limit_are_said_and_counted()
    {
        var aggregator = new Aggregator(new ExchangeLabel(new DigestCache(), new RouteTable()));
        foreach (var table in (string[])["a", "b", "c", "c"])
        {
            aggregator.OnExchange(Some.Query("SELECT * FROM " + table));
        }

        var text = Text(writer => ReportText.Write(writer, aggregator.Build(0), Redaction.Default, limit: 1));

        Assert.Contains("`c`", text, StringComparison.Ordinal);
        Assert.Contains("... and 2 more rows with 2 calls\n", text, StringComparison.Ordinal);
    }

    private static string Line(Exchange exchange, Redaction? redaction = null) => Text(writer =>
        new PlainLineWriter(writer, redaction, zone: TimeZoneInfo.Utc, now: () => Some.Epoch + (1000 * Some.Millisecond)).Write(exchange));

    private static string Text(Action<TextWriter> write)
    {
        var writer = new StringWriter();
        write(writer);
        return writer.ToString();
    }
}
