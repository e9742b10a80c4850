// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Analysis.SlowSql;

/// <summary>Each step is a statement of 1 ms; between the steps lie 2 ms, so a step begins every 3 ms.</summary>
public sealed class TransactionTests
{
    private const ushort Outside = 0x2;
    private const ushort Inside = 0x3;

    private readonly List<MySqlExchange> _exchanges = [];
    private ulong _offset = 1000;

    [Fact]
    public void A_transaction_lasts_from_begin_to_commit_and_is_idle_in_between()
    {
        var report = Play([("SELECT 0", Outside), ("BEGIN", Inside), ("UPDATE t SET a = 1", Inside), ("COMMIT", Outside), ("SELECT 0", Outside)]);

        var figures = report.Totals.Transactions;
        Assert.Equal((1, 7, 3, 4), (figures.Count, Milliseconds(figures.Duration.Max), figures.Statements.Max, Milliseconds(figures.Idle.Max)));
        Assert.Equal(new TransactionEnds { Committed = 1 }, report.Totals.TransactionEnds);
        Assert.Equal(
            [("BEGIN", 1, 1), ("COMMIT", 1, 1), ("SELECT ?", 0, 0), ("UPDATE `t` SET `a` = ?", 1, 1)],
            report.Groups.Select(g => (g.Text, (int)g.InTransactions, (int)g.Transactions.Count)).Order());
    }

    [Fact]
    public void Without_autocommit_the_first_statement_begins_it()
    {
        var report = Play([("SET autocommit = 0", 0), ("INSERT INTO t VALUES (1)", 1), ("ROLLBACK", 0)]);

        Assert.Equal((1, 4, 2), (report.Totals.Transactions.Count, Milliseconds(report.Totals.Transactions.Duration.Max), report.Totals.Transactions.Statements.Max));
        Assert.Equal(new TransactionEnds { RolledBack = 1 }, report.Totals.TransactionEnds);
    }

    [Fact]
    public void Another_begin_ends_the_one_before()
    {
        var report = Play([("SELECT 0", Outside), ("BEGIN", Inside), ("DELETE FROM t", Inside), ("START TRANSACTION", Inside), ("COMMIT", Outside)]);

        Assert.Equal(2, report.Totals.Transactions.Count);
        Assert.Equal((2, 2), (report.Totals.Transactions.Statements.Min, report.Totals.Transactions.Statements.Max));
        Assert.Equal(new TransactionEnds { Committed = 1, Implicit = 1 }, report.Totals.TransactionEnds);
    }

    [Theory]
    [InlineData("COMMIT AND CHAIN")]
    [InlineData("commit work and chain")]
    [InlineData("/* x */ COMMIT AND CHAIN NO RELEASE")]
    public void A_chain_is_two(string chain)
    {
        var report = Play([("SELECT 0", Outside), ("BEGIN", Inside), (chain, Inside), ("SELECT 1", Inside), ("COMMIT", Outside)]);

        Assert.Equal((2, 2), (report.Totals.Transactions.Count, report.Totals.TransactionEnds.Committed));
        Assert.Equal(4, report.Totals.Transactions.Statements.Sum);
    }

    [Fact]
    public void A_statement_that_commits_by_itself_ends_it()
    {
        var report = Play([("SELECT 0", Outside), ("BEGIN", Inside), ("INSERT INTO t VALUES (1)", Inside), ("CREATE TABLE u (a INT)", Outside)]);

        Assert.Equal((1, 3), (report.Totals.Transactions.Count, report.Totals.Transactions.Statements.Max));
        Assert.Equal(new TransactionEnds { Implicit = 1 }, report.Totals.TransactionEnds);
    }

    [Fact]
    public void A_savepoint_ends_nothing()
    {
        var report = Play([("SELECT 0", Outside), ("BEGIN", Inside), ("SAVEPOINT a", Inside), ("ROLLBACK TO a", Inside), ("COMMIT", Outside)]);

        Assert.Equal((1, 4), (report.Totals.Transactions.Count, report.Totals.Transactions.Statements.Max));
    }

    [Fact]
    public void A_deadlock_ends_it_and_an_error_does_not()
    {
        var report = Play([
            ("SELECT 0", Outside), ("BEGIN", Inside), ("SELECT wrong", null), ("UPDATE t SET a = 1", Inside), ("UPDATE u SET a = 1", (ushort?)0xffff),
            ("SELECT 0", Outside)]);

        Assert.Equal((1, 4), (report.Totals.Transactions.Count, report.Totals.Transactions.Statements.Max));
        Assert.Equal(new TransactionEnds { RolledBack = 1 }, report.Totals.TransactionEnds);
    }

    [Fact]
    public void Where_the_server_rolled_back_at_an_error_it_ends_there()
    {
        // innodb_rollback_on_timeout: the next answer says that there is no transaction, and its statement did not end one.
        var report = Play([("SELECT 0", Outside), ("BEGIN", Inside), ("UPDATE t SET a = 1", null), ("SELECT 0", Outside)]);

        Assert.Equal((1, 4, 2), (report.Totals.Transactions.Count, Milliseconds(report.Totals.Transactions.Duration.Max), report.Totals.Transactions.Statements.Max));
        Assert.Equal(new TransactionEnds { RolledBack = 1 }, report.Totals.TransactionEnds);
    }

    [Fact]
    public void One_that_began_before_the_trace_has_no_duration()
    {
        var report = Play([("UPDATE t SET a = 1", Inside), ("COMMIT", Outside), ("BEGIN", Inside), ("COMMIT", Outside)]);

        Assert.Equal((1, 2), (report.Totals.Transactions.Count, report.Totals.Transactions.Statements.Max));
        Assert.Equal(new TransactionEnds { Committed = 1, NotFollowed = 1 }, report.Totals.TransactionEnds);
    }

    [Fact]
    public void One_that_is_open_at_the_end_is_counted_as_that()
    {
        var report = Play([("SELECT 0", Outside), ("BEGIN", Inside), ("SELECT 1", Inside)]);

        Assert.Equal((0, new TransactionEnds { Open = 1 }), (report.Totals.Transactions.Count, report.Totals.TransactionEnds));
    }

    [Fact]
    public void Nothing_is_concluded_across_a_missing_command()
    {
        Play([("SELECT 0", Outside), ("BEGIN", Inside)], build: false);
        _offset += 7; // bytes of a command that was lost
        var report = Play([("UPDATE t SET a = 1", Inside), ("COMMIT", Outside)]);

        Assert.Equal((0, new TransactionEnds { NotFollowed = 2 }), (report.Totals.Transactions.Count, report.Totals.TransactionEnds with { }));
    }

    [Fact]
    public void One_that_ends_with_its_connection_is_counted_as_that()
    {
        Play([("SELECT 0", Outside), ("BEGIN", Inside)], build: false);
        var quit = Step(null, null, MySqlCommand.Quit);
        quit.State = ExchangeState.OneWay;
        quit.Response = default;
        var report = Play([]);

        Assert.Equal((0, new TransactionEnds { WithConnection = 1 }), (report.Totals.Transactions.Count, report.Totals.TransactionEnds));
    }

    [Fact]
    public void Connections_are_followed_apart()
    {
        Play([("SELECT 0", Outside), ("BEGIN", Inside)], build: false);
        _exchanges.Add(Some.Query("SELECT 2", start: 7, connection: Some.ClientConnection(id: 9), status: Outside));
        var report = Play([("COMMIT", Outside)]);

        Assert.Equal((1, 2), (report.Totals.Transactions.Count, report.Totals.Transactions.Statements.Max));
    }

    private static long Milliseconds(long nanoseconds) => nanoseconds / Some.Millisecond;

    private StatementReport Play((string Text, ushort? Status)[] steps, bool build = true)
    {
        foreach (var (text, status) in steps)
        {
            Step(text, status);
        }

        var aggregator = new StatementAggregator(new ExchangeLabel(new DigestCache(), new RouteTable()));
        if (build)
        {
            _exchanges.ForEach(aggregator.OnExchange);
        }

        return aggregator.Build(0, 1);
    }

    // No status is an error; 0xffff is a deadlock.
    private MySqlExchange Step(string? text, ushort? status, MySqlCommand command = MySqlCommand.Query)
    {
        var exchange = Some.Timed(
            new MySqlExchange
            {
                Connection = Some.ClientConnection(),
                Command = command,
                StatementText = text,
                ServerStatus = status == 0xffff ? null : status,
                ErrorCode = status switch { 0xffff => 1213, null => 1054, _ => null },
            },
            start: 3 * _exchanges.Count, duration: 1, _offset);
        _offset = exchange.Request.EndOffset;
        _exchanges.Add(exchange);
        return exchange;
    }
}
