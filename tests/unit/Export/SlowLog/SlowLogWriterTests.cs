// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Export;
using L7Trace.Export.SlowLog;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.SlowLog;

public sealed class SlowLogWriterTests
{
    [Fact]
    public void A_statement_has_the_lines_of_a_server_s_log()
    {
        Assert.Equal(
            """
            /l7trace for mysqld, Version: 1.2 (from the wire: Lock_time and Rows_examined cannot be seen and are 0). started with:
            Tcp port: 0  Unix socket: -
            Time		    Id Command	Argument
            # Time: 231114 22:13:21
            # User@Host: unknown[unknown] @ 127.0.0.1 [127.0.0.1]
            # Thread_id: 0  Schema: shop  QC_hit: No
            # Query_time: 1.234568  Lock_time: 0.000000  Rows_sent: 3  Rows_examined: 0
            # Rows_affected: 0  Bytes_sent: 0
            use shop;
            SET timestamp=1700000001;
            SELECT * FROM t WHERE id = ?;

            """,
            Written(Redaction.Default, Some.Query("SELECT * FROM t WHERE id = 17", duration: 1234.5678, rows: 3)));
    }

    [Fact]
    public void The_time_stands_only_where_it_changes()
    {
        var text = Written(
            Redaction.Default, Some.Query("SELECT 1", start: 0), Some.Query("SELECT 2", start: 5), Some.Query("SELECT 3", start: 1500));
        Assert.Equal(["# Time: 231114 22:13:20", "# Time: 231114 22:13:21"], text.Split('\n').Where(x => x.StartsWith("# Time", StringComparison.Ordinal)));
    }

    [Fact]
    public void Values_are_shown_only_when_asked_for()
    {
        var statement = Some.Query("SELECT 'secret' /* why */");
        Assert.DoesNotContain("secret", Written(Redaction.Default, statement), StringComparison.Ordinal);
        Assert.EndsWith("\nSELECT 'secret' /* why */;\n", Written(Redaction.Off, statement), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SELECT 1;\n# Query_time: 99  Lock_time: 0", "SELECT 1;\n # Query_time: 99  Lock_time: 0;")]
    [InlineData("# Time: 700101  0:00:00\nSELECT 1", " # Time: 700101  0:00:00\nSELECT 1;")]
    [InlineData("SELECT 1 ; \r\n", "SELECT 1;")]
    [InlineData("SELECT '\u001b[2J\r'", "SELECT ' [2J ';")]
    [InlineData("SELECT\n\t1", "SELECT\n\t1;")]
    [InlineData("use other", " use other;")]
    [InlineData("SELECT 1;\nSET timestamp=1;\nSELECT '\ufffd'", "SELECT 1;\n SET timestamp=1;\nSELECT '\ufffd';")]
    public void No_statement_passes_for_a_line_of_the_log(string statement, string written) =>
        Assert.EndsWith(";\n" + written + "\n", Written(Redaction.Off, Some.Query(statement)), StringComparison.Ordinal);

    [Fact]
    public void A_hostile_schema_or_user_stays_a_word()
    {
        var statement = Some.Timed(
            new MySqlExchange
            {
                Connection = Some.ClientConnection(),
                Command = MySqlCommand.Query,
                StatementText = "SELECT 1",
                Schema = "a;\n# b",
                User = "x] @ [y\n",
            },
            0, 1);
        var text = Written(Redaction.Off, statement);
        Assert.Contains("# User@Host: x_____y_[x_____y_] @ 127.0.0.1", text, StringComparison.Ordinal);
        Assert.Contains("Schema: a____b  QC_hit", text, StringComparison.Ordinal);
        Assert.DoesNotContain("use ", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_has_no_text_or_no_end_is_left_out_and_counted()
    {
        using var stream = new MemoryStream();
        using var writer = new SlowLogWriter(stream, "1");
        writer.Write(Some.Get("/"));
        writer.Write(Some.Running(Some.Query("SELECT 1")));
        writer.Write(Some.Query(null));
        writer.Write(Some.Query("SELECT ?", command: MySqlCommand.StatementPrepare));
        writer.Flush();
        Assert.Equal(4, writer.LeftOut);
        Assert.Equal(3, Encoding.UTF8.GetString(stream.ToArray()).Count(x => x == '\n'));
    }

    private static string Written(Redaction redaction, params Exchange[] exchanges)
    {
        using var stream = new MemoryStream();
        using (var writer = new SlowLogWriter(stream, "1.2", redaction))
        {
            foreach (var exchange in exchanges)
            {
                writer.Write(exchange);
            }
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
