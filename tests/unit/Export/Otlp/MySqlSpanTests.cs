// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using Xunit;
using static L7Trace.UnitTests.Export.Otlp.SpanTestCase;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>The tables of semantic conventions 1.44, "MySQL" and "Database client spans".</summary>
public sealed class MySqlSpanTests
{
    [Fact]
    public void A_statement_as_text_has_its_summary_for_a_name_and_its_text_without_values()
    {
        var span = Of(Query("SELECT name FROM users WHERE mail = 'a@b' AND id IN (1, 2) /* who */"));

        Assert.Equal(("SELECT users", SpanKind.Client, null), (span.Name, span.Kind, span.Status));
        Assert.Equal(
            [
                "db.namespace=\"shop\"", "db.query.summary=\"SELECT users\"",
                "db.query.text=\"SELECT name FROM users WHERE mail = ? AND id IN (?) \"", "db.system.name=\"mysql\"", "mysql.command=\"COM_QUERY\"",
                "server.address=\"10.0.0.2\"",
            ],
            Attributes(span));
    }

    [Fact]
    public void The_port_is_named_when_it_is_not_3306()
    {
        Assert.Equal("3307", Attribute(Of(Query("SELECT 1", port: 3307)), "server.port"));
        Assert.Null(Attribute(Of(Query("SELECT 1")), "server.port"));
    }

    [Theory]
    [InlineData(MySqlCommand.StatementPrepare)]
    [InlineData(MySqlCommand.StatementExecute)]
    public void The_text_of_a_prepared_statement_stays_as_it_is(MySqlCommand command) => Assert.Equal(
        "\"SELECT  *  FROM t WHERE a = ? AND b IN (?, ?)\"",
        Attribute(Of(Query("SELECT  *  FROM t WHERE a = ? AND b IN (?, ?)", command)), "db.query.text"));

    [Theory]
    [InlineData("SELECT * FROM t WHERE a = ? AND b = 'secret'", "SELECT * FROM t WHERE a = ? AND b = ?")]
    [InlineData("SELECT * FROM t WHERE a = ? /* secret */", "SELECT * FROM t WHERE a = ? ")]
    [InlineData("SELECT * FROM t WHERE a = ? LIMIT 10", "SELECT * FROM t WHERE a = ? LIMIT ?")]
    [InlineData("SELECT * FROM t WHERE a = ? AND b = 'open secret", "SELECT * FROM t WHERE a = ? AND b = ?")]
    public void One_that_has_values_in_it_all_the_same_is_sanitised(string sql, string text) =>
        Assert.Equal($"\"{text}\"", Attribute(Of(Query(sql, MySqlCommand.StatementExecute)), "db.query.text"));

    [Fact]
    public void A_failed_statement_has_the_servers_number_and_no_message()
    {
        var span = Of(Query("INSERT INTO users VALUES (1, 'a@b')", error: 1062));

        Assert.Equal((StatusCode.Error, ""), (span.Status.Code, span.Status.Message));
        Assert.Equal(("\"1062\"", "\"1062\""), (Attribute(span, "error.type"), Attribute(span, "db.response.status_code")));
        Assert.DoesNotContain("a@b", span.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void With_secrets_shown_the_text_and_the_message_are_as_sent()
    {
        var span = Of(Query("INSERT INTO users VALUES (1, 'a@b')", error: 1062), Redaction.Off);

        Assert.Equal("Duplicate entry 'a@b'", span.Status.Message);
        Assert.Equal("\"INSERT INTO users VALUES (1, 'a@b')\"", Attribute(span, "db.query.text"));
    }

    [Fact]
    public void A_connection_that_ended_first_is_an_error_without_a_number()
    {
        var span = Of(Timed(new MySqlExchange { Connection = Connection(EndpointRole.Client, 3306), Command = MySqlCommand.Query, StatementText = "SELECT SLEEP(9)" },
            ExchangeState.Aborted, answered: false));

        Assert.Equal(("\"connection_closed\"", null), (Attribute(span, "error.type"), Attribute(span, "db.response.status_code")));
        Assert.Equal(StatusCode.Error, span.Status.Code);
        Assert.Equal(3UL, span.EndTimeUnixNano - span.StartTimeUnixNano); // the last byte that was moved
    }

    [Fact]
    public void A_command_that_is_no_statement_has_its_own_name_and_where_it_goes()
    {
        var ping = Of(Query(null, MySqlCommand.Ping));
        Assert.Equal(("COM_PING 10.0.0.2:3306", "\"COM_PING\""), (ping.Name, Attribute(ping, "db.operation.name")));
        Assert.Null(Attribute(ping, "db.query.text"));

        var use = Of(Timed(new MySqlExchange { Connection = Connection(EndpointRole.Client, 3306), Command = MySqlCommand.InitDb, Argument = "shop", Schema = "old" }));
        Assert.Equal(("COM_INIT_DB shop", "\"shop\""), (use.Name, Attribute(use, "db.namespace")));

        Assert.Equal("COM_PING", Of(Timed(new MySqlExchange { Connection = Connection(EndpointRole.Client, 3306, PeerProof.Unknown), Command = MySqlCommand.Ping })).Name);
    }

    [Fact]
    public void An_operation_is_never_taken_out_of_a_text() => Assert.Null(Attribute(Of(Query("SELECT 1")), "db.operation.name"));

    [Fact]
    public void MariaDB_is_named_when_its_greeting_was_seen() =>
        Assert.Equal("\"mariadb\"", Attribute(Of(Timed(new MySqlExchange { Connection = Connection(EndpointRole.Client, 3306), StatementText = "SELECT 1", IsMariaDb = true })), "db.system.name"));

    [Theory]
    [InlineData(2, "2")]
    [InlineData(0, "0")]
    [InlineData(1, null)]
    public void A_batch_has_a_size_unless_it_is_of_one(int size, string? attribute) => Assert.Equal(attribute, Attribute(Of(Timed(new MySqlExchange
    {
        Connection = Connection(EndpointRole.Client, 3306),
        Command = MySqlCommand.StatementBulkExecute,
        StatementText = "INSERT INTO t VALUES (?)",
        BatchSize = size,
    })), "db.operation.batch.size"));

    [Fact]
    public void An_address_that_is_not_proven_is_left_out()
    {
        var span = Of(Timed(new MySqlExchange { Connection = Connection(EndpointRole.Client, 3307, PeerProof.Unknown), StatementText = "SELECT 1" }));

        Assert.Null(Attribute(span, "server.address"));
        Assert.Null(Attribute(span, "server.port"));
    }

    [Fact]
    public void A_Unix_sockets_path_is_the_servers_address()
    {
        var span = Of(Timed(new MySqlExchange
        {
            Connection = new ConnectionInfo { Id = new ConnectionId(1), Role = EndpointRole.Client, UnixPath = "/run/mysqld.sock" },
            Command = MySqlCommand.Ping,
        }));

        Assert.Equal(("COM_PING /run/mysqld.sock", "\"/run/mysqld.sock\""), (span.Name, Attribute(span, "server.address")));
    }

    [Fact]
    public void What_is_not_whole_says_so()
    {
        var exchange = Query("SELECT 1");
        exchange.Completeness = new Completeness(CompletenessKind.Truncated, 10);

        Assert.Equal("\"truncated\"", Attribute(Of(exchange), "l7trace.completeness"));
    }

    [Fact]
    public void The_servers_view_is_a_servers_span_with_the_client_that_connected()
    {
        var span = Of(Timed(new MySqlExchange { Connection = Connection(EndpointRole.Server, 3306), Command = MySqlCommand.Query, StatementText = "SELECT 1" }));

        Assert.Equal(SpanKind.Server, span.Kind);
        Assert.Equal(("\"10.0.0.2\"", "\"10.0.0.1\"", "40000"), (Attribute(span, "server.address"), Attribute(span, "client.address"), Attribute(span, "client.port")));
    }

    private static MySqlExchange Query(string? sql, MySqlCommand command = MySqlCommand.Query, int port = 3306, ushort? error = null) => Timed(new MySqlExchange
    {
        Connection = Connection(EndpointRole.Client, port),
        Command = command,
        StatementText = sql,
        Schema = "shop",
        ErrorCode = error,
        ErrorMessage = error is null ? null : "Duplicate entry 'a@b'",
    });
}
