// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Reports;

public sealed class AggregatorTests
{
    private readonly Aggregator _aggregator = Make();

    [Fact]
    public void Statements_are_grouped_by_schema_and_digest()
    {
        _aggregator.OnExchange(Some.Query("SELECT a FROM t WHERE id = 1", duration: 1));
        _aggregator.OnExchange(Some.Query("select a from t where id=2", duration: 3, rows: 4));
        _aggregator.OnExchange(Some.Query("SELECT a FROM t WHERE id = ?", duration: 5, command: MySqlCommand.StatementExecute));
        _aggregator.OnExchange(Some.Query("SELECT a FROM t WHERE id = 1", schema: "other"));

        var groups = _aggregator.Build(0).Statements;

        Assert.Equal(["shop", "other"], groups.Select(group => group.Scope));
        Assert.All(groups, group => Assert.Equal("SELECT `a` FROM `t` WHERE `id` = ?", group.Text));
        var first = groups[0];
        Assert.Equal((3, 0, 6, 0), (first.Calls, first.Errors, first.Rows, first.RowsUnknown));
        Assert.Equal((9.0 * Some.Millisecond, 3.0 * Some.Millisecond), (first.Latency.Sum, first.Latency.Average));
        Assert.Equal(5 * Some.Millisecond, first.Latency.Max);
    }

    [Fact]
    public void Preparing_a_statement_is_not_counted_as_running_it()
    {
        _aggregator.OnExchange(Some.Query("SELECT ?", command: MySqlCommand.StatementPrepare));
        _aggregator.OnExchange(Some.Query("SELECT ?", command: MySqlCommand.StatementExecute));
        _aggregator.OnExchange(Some.Query(null, command: MySqlCommand.StatementExecute));
        _aggregator.OnExchange(Some.Query(null, command: MySqlCommand.Ping));

        Assert.Equal(
            ["COM_PING", "COM_STMT_EXECUTE (statement prepared before the trace)", "COM_STMT_PREPARE: SELECT ?", "SELECT ?"],
            _aggregator.Build(0).Statements.Select(group => group.Text).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Requests_are_grouped_by_host_method_and_route()
    {
        _aggregator.OnExchange(Some.Get("/orders/1", "page=2", 200));
        _aggregator.OnExchange(Some.Get("/orders/2", status: 500));
        _aggregator.OnExchange(Some.Get("/orders/2", method: "POST"));

        var groups = _aggregator.Build(0).Routes;

        Assert.Equal(["GET /orders/{id}", "POST /orders/{id}"], groups.Select(group => group.Text));
        Assert.Equal((2, 1, 2468), (groups[0].Calls, groups[0].Errors, groups[0].Bytes));
    }

    [Fact]
    public void Rows_that_are_not_known_are_marked_and_not_counted_as_none()
    {
        _aggregator.OnExchange(Some.Query("SELECT 1", rows: 7));
        _aggregator.OnExchange(Some.Query("SELECT 1", rows: null));

        var group = Assert.Single(_aggregator.Build(0).Statements);

        Assert.Equal((7, 1), (group.Rows, group.RowsUnknown));
    }

    [Fact]
    public void An_exchange_without_an_end_is_a_call_without_a_latency()
    {
        _aggregator.OnExchange(Some.Query("SELECT 1", duration: 2));
        var lost = Some.Running(Some.Query("SELECT 1"));
        lost.State = ExchangeState.Lost;
        lost.Completeness = new Completeness(CompletenessKind.Unmatched);
        _aggregator.OnExchange(lost);

        var group = Assert.Single(_aggregator.Build(0).Statements);

        Assert.Equal((2, 1, 1, 1), (group.Calls, group.WithoutLatency, group.Incomplete, group.Latency.Count));
    }

    [Fact]
    public void What_finds_no_group_is_counted_in_the_misc_row_at_the_end()
    {
        var aggregator = Make(maxGroups: 2);
        foreach (var table in (string[])["a", "b", "c", "d", "a"])
        {
            aggregator.OnExchange(Some.Query($"SELECT * FROM {table}", duration: table == "c" ? 1000 : 1));
        }

        aggregator.OnExchange(Some.Get("/x"));
        var report = aggregator.Build(0);

        Assert.Equal(["SELECT * FROM `a`", "SELECT * FROM `b`", "MISC"], report.Statements.Select(group => group.Text));
        Assert.Equal([2, 1, 2], report.Statements.Select(group => group.Calls));
        Assert.Equal((true, "MISC"), (report.Routes[0].IsOverflow, report.Routes[0].Text));
    }

    [Fact]
    public void Groups_come_by_total_time_and_what_is_in_flight_by_age()
    {
        _aggregator.OnExchange(Some.Query("SELECT a", duration: 5));
        _aggregator.OnExchange(Some.Query("SELECT b", duration: 9));
        for (var i = 0; i < 7; i++)
        {
            _aggregator.OnExchange(Some.Query("SELECT c", duration: 1));
        }

        var report = _aggregator.Build(
            Some.Epoch + (100 * Some.Millisecond),
            [Some.Running(Some.Query("SELECT 1", start: 50)), Some.Running(Some.Query("SELECT 2", start: 10))]);

        Assert.Equal(["SELECT `b`", "SELECT `c`", "SELECT `a`"], report.Statements.Select(group => group.Text));
        Assert.Equal([90, 50], report.InFlight.Select(exchange => exchange.Age(report.Time) / Some.Millisecond));
    }

    private static Aggregator Make(int maxGroups = 100) => new(new ExchangeLabel(new DigestCache(), new RouteTable()), maxGroups);
}
