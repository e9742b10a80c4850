// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Analysis.Sql;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.Json;

public sealed class JsonLinesWriterTests
{
    private static readonly MiniSchema s_schema =
        new(JsonDocument.Parse(Repository.Read("docs/json.schema.json")).RootElement);

    private static readonly Redaction[] s_redactions = [Redaction.Default, Redaction.Off];

    [Fact]
    public void A_query_has_the_fields_of_the_documentation()
    {
        var line = Line(Full());

        Assert.Equal(
            """{"v":1,"type":"exchange","id":"1-3e8","connection.id":"1","protocol":"mysql","role":"client","state":"done","start":"2023-11-14T22:13:20.000000000Z","duration_ns":1000000,"time_to_first_byte_ns":1000000,"completeness":"complete","process.pid":100,"process.command":"shop","network.transport":"tcp","client.address":"127.0.0.1","client.port":50000,"server.address":"127.0.0.1","server.port":3306,"peer.proof":"socket","tls":false,"error.type":"1062","db.system.name":"mariadb","db.namespace":"shop","db.user":"app","db.query.text":"SELECT name FROM users WHERE mail = ?","db.query.digest":"SELECT NAME FROM `users` WHERE `mail` = ?","db.response.status_code":"1062","db.response.returned_rows":1,"mysql.command":"COM_QUERY","mysql.connection_id":17,"mysql.statement_id":3,"mysql.server_version":"10.11","mysql.affected_rows":18446744073709551615,"mysql.warnings":2,"mysql.sqlstate":"23000","mysql.response.bytes":99}""",
            line);
    }

    [Fact]
    public void Every_kind_of_record_obeys_the_schema()
    {
        foreach (var redaction in s_redactions)
        {
            foreach (var exchange in Samples())
            {
                AssertValid(Line(exchange, redaction));
            }
        }

        var losses = EveryLoss();
        AssertValid(Written(writer => writer.WriteLoss(Some.Epoch, losses)));
        AssertValid(Written(writer => writer.WriteSummary(new TraceSummary { End = Some.Epoch, Losses = losses })));
        AssertValid(Written(writer => writer.WriteSummary(new TraceSummary())));
        Assert.All(Groups(), AssertValid);
        Assert.All(StatementReports(), AssertValid);
    }

    [Fact]
    public void The_samples_together_have_every_field_of_the_schema()
    {
        var lines = s_redactions.SelectMany(redaction => Samples().Select(exchange => Line(exchange, redaction)))
            .Concat(Groups())
            .Concat(StatementReports())
            .Append(Written(writer => writer.WriteLoss(Some.Epoch, EveryLoss())))
            .Append(Written(writer => writer.WriteSummary(new TraceSummary { Losses = EveryLoss() })));
        var written = lines.SelectMany(FieldsOf).Append("loss.other").ToHashSet();

        Assert.Empty(FieldsOfSchema().Except(written));
        Assert.All(PatternsOfSchema(), pattern => Assert.Contains(written, name => Regex.IsMatch(name, pattern)));
    }

    [Fact]
    public void What_was_written_comes_back_and_is_written_the_same_again()
    {
        foreach (var redaction in s_redactions)
        {
            foreach (var exchange in Samples())
            {
                var line = Line(exchange, redaction);
                var read = JsonLinesReader.Read(Encoding.UTF8.GetBytes(line))?.Exchange;

                Assert.NotNull(read);

                // Values that were captured in part can't be told from whole ones any more, so none of them comes back.
                if (!line.Contains("\"mysql.parameters.cut\":", StringComparison.Ordinal))
                {
                    Assert.Equal(line, Line(read, redaction));
                }
            }
        }
    }

    [Fact]
    public void The_schema_refuses_an_unknown_field()
    {
        var line = Line(Full()).Replace("\"tls\":", "\"surprise\":1,\"tls\":", StringComparison.Ordinal);

        var error = Assert.Single(s_schema.Validate(JsonDocument.Parse(line).RootElement));
        Assert.Contains("surprise is not known", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"state\":\"done\"", "\"state\":\"finished\"")]
    [InlineData("\"duration_ns\":1000000", "\"duration_ns\":1.5")]
    [InlineData("\"duration_ns\":1000000", "\"duration_ns\":-1")]
    [InlineData("\"client.port\":50000", "\"client.port\":70000")]
    [InlineData("\"tls\":false", "\"tls\":null")]
    [InlineData(",\"tls\":false", "")]
    [InlineData("\"v\":1", "\"v\":2")]
    [InlineData("20.000000000Z", "20Z")]
    public void The_schema_refuses_a_wrong_value(string right, string wrong)
    {
        var line = Line(Full());
        Assert.Contains(right, line, StringComparison.Ordinal);

        Assert.NotEmpty(s_schema.Validate(JsonDocument.Parse(line.Replace(right, wrong, StringComparison.Ordinal)).RootElement));
    }

    [Fact]
    public void The_page_has_a_row_for_every_field_and_no_other()
    {
        var rows = Repository.Read("docs/json.md").Split('\n')
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1])
            .ToHashSet();

        Assert.Equal(FieldsOfSchema().Concat(PatternsOfSchema().Select(NameOf)).Order(), rows.Order());
        static string NameOf(string pattern) => pattern.TrimStart('^').Replace("\\", "", StringComparison.Ordinal) + "<name>";
    }

    [Fact]
    public void What_is_not_known_is_not_written()
    {
        var exchange = new MySqlExchange { Connection = new ConnectionInfo { Id = new ConnectionId(9), PeerProof = PeerProof.Unknown } };

        Assert.Equal(
            """{"v":1,"type":"exchange","id":"9-r0","connection.id":"9","protocol":"mysql","role":"unknown","state":"done","start":"1970-01-01T00:00:00.000000000Z","completeness":"complete","peer.proof":"unknown","tls":false,"db.system.name":"mysql","mysql.command":"COM_SLEEP"}""",
            Line(exchange));
    }

    [Fact]
    public void An_exchange_that_runs_has_the_id_that_it_will_have_when_it_ends()
    {
        var running = JsonDocument.Parse(Line(Some.Running(Some.Query("SELECT SLEEP(9)", start: 5)))).RootElement;
        var done = JsonDocument.Parse(Line(Some.Query("SELECT SLEEP(9)", start: 5, duration: 9000))).RootElement;

        Assert.Equal("running", running.GetProperty("state").GetString());
        Assert.Equal(995 * Some.Millisecond, running.GetProperty("age_ns").GetInt64());
        Assert.False(running.TryGetProperty("duration_ns", out _));
        Assert.Equal(done.GetProperty("id").GetString(), running.GetProperty("id").GetString());
    }

    [Fact]
    public void Merged_ends_show_the_servers_duration_and_process()
    {
        var client = Some.Query("SELECT 1", duration: 3);
        client.OtherEnd = Some.Query("SELECT 1", start: 1, duration: 1, connection: Some.ServerConnection());

        var json = JsonDocument.Parse(Line(client)).RootElement;

        Assert.Equal(3 * Some.Millisecond, json.GetProperty("duration_ns").GetInt64());
        Assert.Equal(1 * Some.Millisecond, json.GetProperty("server.duration_ns").GetInt64());
        Assert.Equal(200, json.GetProperty("peer.process.pid").GetInt32());
        Assert.Equal("mariadbd", json.GetProperty("peer.process.command").GetString());
    }

    [Fact]
    public void A_process_other_than_the_connections_own_gets_no_name()
    {
        var exchange = Some.Query("SELECT 1");
        var timing = default(MessageTiming);
        timing.Extend(1, 2, new SegmentTime(Some.Epoch, Some.Epoch, 101), new SegmentTime(Some.Epoch, Some.Epoch, 101));
        exchange.Request = timing;

        var json = JsonDocument.Parse(Line(exchange)).RootElement;

        Assert.Equal(101, json.GetProperty("process.pid").GetInt32());
        Assert.False(json.TryGetProperty("process.command", out _));
    }

    [Theory]
    [InlineData("\u001b]0;title\a\u001b[2J")]
    [InlineData("\u202Eevil\u2066")]
    [InlineData("zero\u200bwidth\u2028line\u0085next")]
    [InlineData("quote\" back\\slash\n\t")]
    [InlineData("\U000e0041tag \U0001f600 smile")]
    public void Hostile_text_stays_exact_but_acts_on_no_terminal(string text)
    {
        var line = Line(Some.Get("/" + text, host: text), Redaction.Off);

        Assert.True(TerminalText.IsSafe(line));
        Assert.Equal("/" + text, JsonDocument.Parse(line).RootElement.GetProperty("url.path").GetString());
        AssertValid(line);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_the_replacement_character()
    {
        var line = Line(Some.Get("/a\ud800b"), Redaction.Off);

        Assert.Equal("/a\ufffdb", JsonDocument.Parse(line).RootElement.GetProperty("url.path").GetString());
    }

    [Fact]
    public void Secrets_are_shown_only_when_asked_for()
    {
        var exchange = Full();

        Assert.DoesNotContain("x@example.com", Line(exchange), StringComparison.Ordinal);
        var json = JsonDocument.Parse(Line(exchange, Redaction.Off)).RootElement;
        Assert.Equal("SELECT name FROM users WHERE mail = 'x@example.com'", json.GetProperty("db.query.text").GetString());
        Assert.Equal("Duplicate entry 'x@example.com'", json.GetProperty("mysql.error_message").GetString());
    }

    [Fact]
    public void Nanoseconds_are_kept()
    {
        var exchange = Some.Query("SELECT 1");
        var timing = default(MessageTiming);
        timing.Extend(1, 2, new SegmentTime(1_763_867_709_123_456_789, 0), default);
        exchange.Request = timing;

        Assert.Contains("\"start\":\"2025-11-23T03:15:09.123456789Z\"", Line(exchange), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_reaches_the_stream_before_it_is_flushed_or_much()
    {
        var stream = new MemoryStream();
        using var writer = new JsonLinesWriter(stream);
        writer.Write(Some.Query("SELECT 1"));
        Assert.Equal(0, stream.Length);

        for (var i = 0; i < 1000; i++)
        {
            writer.Write(Some.Query("SELECT 1"));
        }

        Assert.InRange(stream.Length, 32 * 1024, long.MaxValue);
        writer.Flush();
        Assert.Equal(1001, Encoding.UTF8.GetString(stream.ToArray()).Count(c => c == '\n'));
    }

    [Fact]
    public void An_exchange_is_written_without_allocating_per_field()
    {
        using var writer = new JsonLinesWriter(Stream.Null);
        var exchange = Some.Query("SELECT a FROM t WHERE b = ?", command: MySqlCommand.StatementExecute);
        for (var i = 0; i < 100; i++)
        {
            writer.Write(exchange);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            writer.Write(exchange);
        }

        // The redacted text is one string and its builder; the rest of the record is free.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000 * 700);
    }

    private static MySqlExchange Full()
    {
        return Some.Timed(
            new MySqlExchange
            {
                Connection = Some.ClientConnection(),
                Command = MySqlCommand.Query,
                StatementText = "SELECT name FROM users WHERE mail = 'x@example.com'",
                StatementId = 3,
                Schema = "shop",
                User = "app",
                ServerConnectionId = 17,
                ServerVersion = "10.11",
                IsMariaDb = true,
                ReturnedRows = 1,
                AffectedRows = ulong.MaxValue,
                Warnings = 2,
                ErrorCode = 1062,
                SqlState = "23000",
                ErrorMessage = "Duplicate entry 'x@example.com'",
                ResponseBytes = 99,
            },
            0, 1);
    }

    private static IEnumerable<Exchange> Samples()
    {
        yield return Full();
        yield return Some.Running(Some.Query("SELECT SLEEP(9)"));
        yield return Some.Get("/orders/17;s=1", "q=1", 503);
        yield return new HttpExchange(Protocol.Http1)
        {
            Connection = Some.ClientConnection(),
            UserAgent = "curl",
            RequestBodySize = 1,
            Warnings = (Http1Warnings)1023,
            State = ExchangeState.Aborted,
            Completeness = new Completeness(CompletenessKind.Truncated, 5),
            Tls = true,
        };
        var merged = Some.Query("SELECT 1");
        merged.OtherEnd = Some.Query("SELECT 1", connection: Some.ServerConnection());
        yield return merged;
        var cut = new MySqlExchange
        {
            Connection = new ConnectionInfo
            {
                Id = new ConnectionId(ulong.MaxValue),
                Role = EndpointRole.Client,
                UnixPath = "/run/mysqld/mysqld.sock",
                PeerProcessId = 7,
            },
            StatementText = "SELECT 'abc",
            StatementTextMissing = 100,
            ReturnedRowsAtLeast = 12,
            UncompressedResponseBytes = 900,
            Compression = "zstd",
            CompressionLevel = 3,
            Command = MySqlCommand.Connect,
            LocalFileBytes = 40,
            ClientAttributes =
            [
                new("program_name", "mysql"), new("_client_name", "libmysql"), new("_client_version", "9.7"),
                new("_pid", "17"), new("_os", "Linux"), new("own", "secret"),
            ],
            State = ExchangeState.Lost,
            Completeness = new Completeness(CompletenessKind.Unmatched),
        };
        yield return cut;
        var flagged = Some.Query("CALL p()", status: 0x1a73);
        flagged.IdleTime = 4;
        yield return flagged;
        yield return new MySqlExchange
        {
            Connection = Some.ClientConnection(),
            ServerStatus = 0x4002,
            Fetches = 3,
            BatchSize = 2,
            Parameters = new MySqlParameters(
                [], [new(MySqlFieldType.VarString, false, MySqlParameterState.Value, "anna"u8.ToArray(), 40, "who"), new(MySqlFieldType.Null, false, MySqlParameterState.Null, default, 0, "why")]),
            ResultSets = 2,
            LastInsertId = 7,
            Info = "Rows matched: 1",
            SessionChanges = new MySqlSessionChanges
            {
                Schema = "four",
                TransactionState = "T_______",
                TransactionCharacteristics = "START TRANSACTION",
                Gtids = "0-1-7",
                SystemVariables = [new("sql_mode", "ANSI"), new("time_zone", "UTC")],
            },
        };
        yield return Some.Query("SELECT 1", connection: new ConnectionInfo
        {
            Id = new ConnectionId(5),
            Local = new IPEndPoint(IPAddress.Parse("::ffff:10.0.0.1"), 1),
            Remote = new IPEndPoint(IPAddress.IPv6Loopback, 2),
        });
        foreach (var command in Enum.GetValues<MySqlCommand>())
        {
            yield return Some.Query(null, command: command);
        }
    }

    private static LossCounts EveryLoss()
    {
        var losses = new LossCounts();
        foreach (var cause in Enum.GetValues<LossCause>())
        {
            losses[cause] = 1 + (ulong)cause;
        }

        return losses;
    }

    private static IEnumerable<string> Groups()
    {
        var aggregator = new Aggregator(new ExchangeLabel(new DigestCache(), new RouteTable()));
        foreach (var exchange in Samples())
        {
            aggregator.OnExchange(exchange);
        }

        var report = aggregator.Build(Some.Epoch);
        Assert.NotEmpty(report.Statements);
        Assert.NotEmpty(report.Routes);
        return report.Statements.Concat(report.Routes).Select(group => Written(writer => writer.WriteGroup(group)));
    }

    private static void AssertValid(string line) => Assert.Empty(s_schema.Validate(JsonDocument.Parse(line).RootElement));

    private static IEnumerable<string> StatementReports()
    {
        foreach (var grouping in Enum.GetValues<StatementGrouping>())
        {
            var aggregator = new StatementAggregator(new ExchangeLabel(new DigestCache(), new RouteTable()), grouping);
            foreach (var exchange in Samples().Where(exchange => exchange.State != ExchangeState.Running))
            {
                aggregator.OnExchange(exchange);
            }

            var connection = Some.ClientConnection(id: 77);
            foreach (var (text, start, status) in ((string, int, ushort)[])[("SELECT 7", 0, 2), ("BEGIN", 1000, 3), ("SELECT 7", 2000, 3), ("COMMIT", 3000, 2)])
            {
                aggregator.OnExchange(Some.Query(text, start, duration: 900, connection: connection, status: status, offset: 0));
            }

            var report = aggregator.Build(
                Some.Epoch, Some.Epoch + (5000 * Some.Millisecond), limit: new StatementLimit(Count: 2), inFlight: [Some.Running(Some.Query("SELECT 1"))]);
            foreach (var redaction in s_redactions)
            {
                var stream = new MemoryStream();
                using var writer = new JsonLinesWriter(stream, redaction, now: () => Some.Epoch + (1000 * Some.Millisecond));
                writer.WriteReport(report);
                writer.Flush();
                foreach (var line in Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    yield return line;
                }
            }
        }
    }

    private static IEnumerable<string> FieldsOf(string line) => FieldsOf(JsonDocument.Parse(line).RootElement);

    private static IEnumerable<string> FieldsOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(field => FieldsOf(field.Value).Prepend(field.Name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(FieldsOf),
        _ => [],
    };

    private static HashSet<string> FieldsOfSchema() =>
        JsonDocument.Parse(Repository.Read("docs/json.schema.json")).RootElement.GetProperty("$defs").EnumerateObject()
            .SelectMany(record => record.Value.GetProperty("properties").EnumerateObject())
            .Select(property => property.Name).ToHashSet();

    private static IEnumerable<string> PatternsOfSchema() =>
        JsonDocument.Parse(Repository.Read("docs/json.schema.json")).RootElement.GetProperty("$defs").EnumerateObject()
            .Where(record => record.Value.TryGetProperty("patternProperties", out _))
            .SelectMany(record => record.Value.GetProperty("patternProperties").EnumerateObject())
            .Select(property => property.Name).Distinct();

    private static string Line(Exchange exchange, Redaction? redaction = null) =>
        Written(writer => writer.Write(exchange), redaction);

    private static string Written(Action<JsonLinesWriter> write, Redaction? redaction = null)
    {
        var stream = new MemoryStream();
        using var writer = new JsonLinesWriter(stream, redaction, now: () => Some.Epoch + (1000 * Some.Millisecond));
        write(writer);
        writer.Flush();
        var text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        return text.TrimEnd('\n');
    }
}
