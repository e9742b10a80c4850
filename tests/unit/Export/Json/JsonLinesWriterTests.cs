// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Export.Json.JsonSamples;

namespace L7Trace.UnitTests.Export.Json;

public sealed class JsonLinesWriterTests
{
    [Fact]
    public void A_query_has_the_fields_of_the_documentation()
    {
        var line = Line(Full());

        Assert.Equal(
            """{"v":1,"type":"exchange","id":"1-3e8","connection.id":"1","protocol":"mysql","role":"client","state":"done","start":"2023-11-14T22:13:20.000000000Z","duration_ns":1000000,"time_to_first_byte_ns":1000000,"completeness":"complete","process.pid":100,"process.command":"shop","container.id":"3f2a91c43f2a91c43f2a91c43f2a91c43f2a91c43f2a91c43f2a91c43f2a91c4","container.name":"shop-db-1","network.transport":"tcp","client.address":"127.0.0.1","client.port":50000,"server.address":"127.0.0.1","server.port":3306,"peer.proof":"socket","tls":false,"error.type":"1062","db.system.name":"mariadb","db.namespace":"shop","db.user":"app","db.query.text":"SELECT name FROM users WHERE mail = ?","db.query.digest":"SELECT NAME FROM `users` WHERE `mail` = ?","db.response.status_code":"1062","db.response.returned_rows":1,"mysql.command":"COM_QUERY","mysql.connection_id":17,"mysql.statement_id":3,"mysql.server_version":"10.11","mysql.affected_rows":18446744073709551615,"mysql.warnings":2,"mysql.sqlstate":"23000","mysql.response.bytes":99}""",
            line);
    }

    [Fact]
    public void What_was_written_comes_back_and_is_written_the_same_again()
    {
        foreach (var redaction in Redactions)
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
        JsonSchemaTests.AssertValid(line);
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

    /// <summary>A value that was kept in part: what is shown and what is missing are the whole.</summary>
    [Theory]
    [InlineData("616263", "abc", 97)]
    [InlineData("6162C3", "ab", 98)] // the character that is cut is not shown
    [InlineData("FF00", "0xFF00", 98)]
    public void Of_a_value_that_is_cut_the_bytes_that_are_not_shown_are_counted(string kept, string shown, long missing)
    {
        MySqlParameter[] values =
        [
            new(MySqlFieldType.Long, false, MySqlParameterState.Value, new byte[] { 7, 0, 0, 0 }, 4, null),
            new(MySqlFieldType.Blob, false, MySqlParameterState.Value, Convert.FromHexString(kept), 100, null),
        ];
        var exchange = With(values);
        var line = JsonDocument.Parse(Line(exchange, Redaction.Off)).RootElement;
        Assert.Equal(("7", shown), (line.GetProperty("db.query.parameter.0").GetString(), line.GetProperty("db.query.parameter.1").GetString()));
        Assert.Equal((1, missing), (line.GetProperty("mysql.parameters.cut").GetInt64(), line.GetProperty("mysql.parameters.missing_bytes").GetInt64()));
        Assert.DoesNotContain("missing_bytes", Line(exchange), StringComparison.Ordinal);

        var unknown = new MySqlParameter(MySqlFieldType.Long, false, MySqlParameterState.NotCaptured, default, 0, null);
        Assert.DoesNotContain("missing_bytes", Line(With([.. values, unknown]), Redaction.Off), StringComparison.Ordinal);

        static MySqlExchange With(MySqlParameter[] values) => new()
        {
            Connection = Some.ClientConnection(),
            Command = MySqlCommand.StatementExecute,
            Parameters = new MySqlParameters(values, []),
        };
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
}
