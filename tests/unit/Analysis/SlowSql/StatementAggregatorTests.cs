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

public sealed class StatementAggregatorTests
{
    [Fact]
    public void Calls_are_grouped_by_schema_and_digest_and_ranked_by_their_time()
    {
        var report = Report(
            Some.Query("SELECT a FROM t WHERE id = 1", duration: 4, rows: 3),
            Some.Query("select a from t where id = 2", start: 10, duration: 6, rows: 5),
            Some.Query("SELECT a FROM t WHERE id = 1", duration: 7, schema: "other"));

        Assert.Equal(["shop", "other"], report.Groups.Select(group => group.Schema));
        var first = report.Groups[0];
        Assert.Equal((2, 0, 10.0 * Some.Millisecond), (first.Calls, first.Errors, first.Time.Sum));
        Assert.Equal((8.0, 3, 5), (first.RowsSent.Sum, first.RowsSent.Min, first.RowsSent.Max));
        Assert.Equal(10 / 17.0, report.ShareOf(first), 1e-12);
        Assert.Equal(6 * Some.Millisecond, first.Slowest!.Duration);
        Assert.Equal((Some.Epoch, Some.Epoch + (10 * Some.Millisecond)), (first.FirstSeen, first.LastSeen));
        Assert.Equal(1e-3 * 1 / 5, first.VarianceToMean, 1e-12); // variance 1 ms², average 5 ms
        Assert.Equal(3, report.Totals.Statements);
    }

    [Fact]
    public void The_rest_goes_to_one_row_and_nothing_is_lost_by_it()
    {
        var exchanges = Enumerable.Range(1, 30).Select(i => Some.Query($"SELECT c{i} FROM t", duration: i)).ToArray();

        var report = Report(exchanges, StatementOrder.Total, new StatementLimit(Count: 4));

        Assert.Equal(["SELECT `c30` FROM `t`", "SELECT `c29` FROM `t`", "SELECT `c28` FROM `t`", "SELECT `c27` FROM `t`"],
            report.Groups.Select(group => group.Text));
        Assert.Equal((26, 26), (report.Misc!.Calls, report.Misc.Groups));
        Assert.Equal(report.All.Time.Sum, report.Groups.Sum(group => group.Time.Sum) + report.Misc.Time.Sum);
        Assert.Equal(30 * 31 / 2 * (double)Some.Millisecond, report.All.Time.Sum);
    }

    [Theory]
    [InlineData("50%", 2)] // of 100 ms: 40 + 30
    [InlineData("70%", 2)]
    [InlineData("71%", 3)]
    [InlineData("100%", 4)]
    [InlineData("71%:2", 2)]
    [InlineData("3", 3)]
    [InlineData("9", 4)]
    public void A_limit_is_a_number_or_a_share_or_both(string text, int shown)
    {
        Assert.True(StatementLimit.TryParse(text, out var limit));
        var exchanges = Enumerable.Range(1, 4).Select(i => Some.Query($"SELECT c{i} FROM t", duration: i * 10));

        Assert.Equal(shown, Report([.. exchanges], StatementOrder.Total, limit).Groups.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("%")]
    [InlineData("101%")]
    [InlineData("0%")]
    [InlineData("95%:")]
    [InlineData("95%20")]
    [InlineData("many")]
    [InlineData("99999999999")]
    public void Anything_else_is_no_limit(string text) => Assert.False(StatementLimit.TryParse(text, out _));

    [Theory]
    [InlineData(StatementOrder.Total, "`costly`")]
    [InlineData(StatementOrder.Calls, "`often`")]
    [InlineData(StatementOrder.Max, "`peak`")]
    [InlineData(StatementOrder.Average, "`costly`")]
    [InlineData(StatementOrder.VarianceToMean, "`peak`")]
    [InlineData(StatementOrder.Rows, "`wide`")]
    [InlineData(StatementOrder.Errors, "`wrong`")]
    public void Groups_come_in_the_order_that_is_asked_for(StatementOrder order, string table)
    {
        Exchange[] exchanges =
        [
            .. Enumerable.Range(0, 2).Select(_ => Some.Query("SELECT 1 FROM costly", duration: 100)),
            .. Enumerable.Range(0, 50).Select(_ => Some.Query("SELECT 1 FROM often", duration: 1)),
            Some.Query("SELECT 1 FROM peak", duration: 110), Some.Query("SELECT 1 FROM peak", duration: 1),
            Some.Query("SELECT 1 FROM wide", rows: 1000), Failed("SELECT 1 FROM wrong", 1146, "42S02"),
        ];

        Assert.Equal($"SELECT ? FROM {table}", Report(exchanges, order).Groups[0].Text);
    }

    [Theory]
    [InlineData(StatementGrouping.User, "(unknown)")]
    [InlineData(StatementGrouping.Client, "shop @ 127.0.0.1")]
    [InlineData(StatementGrouping.Schema, "shop")]
    public void Groups_can_be_of_users_clients_and_schemas(StatementGrouping grouping, string text)
    {
        var aggregator = new StatementAggregator(Label(), grouping);
        aggregator.OnExchange(Some.Query("SELECT 1"));
        aggregator.OnExchange(Some.Query("SELECT a FROM t"));

        var group = Assert.Single(aggregator.Build(0, 1).Groups);

        Assert.Equal((text, 2), (group.Text, group.Calls));
        Assert.Equal(["SELECT ?", "SELECT `a` FROM `t`"], group.Statements.Sorted().Select(entry => entry.Name));
    }

    [Fact]
    public void The_same_client_is_named_alike_from_either_end()
    {
        var merged = Some.Query("SELECT 1", connection: Some.ServerConnection());
        merged.OtherEnd = Some.Query("SELECT 1", connection: Some.ClientConnection());

        var clients = Report(Some.Query("SELECT 1"), merged).Groups[0].Clients;

        Assert.Equal([("shop @ 127.0.0.1", 2)], clients.Sorted());
        var alone = Report(Some.Query("SELECT 1", connection: Some.ServerConnection())).Groups[0].Clients;
        Assert.Equal([("127.0.0.1", 1)], alone.Sorted());
    }

    [Fact]
    public void Errors_are_counted_by_number_and_sqlstate()
    {
        var group = Report(
            Failed("SELECT x FROM t", 1054, "42S22"), Failed("SELECT x FROM t", 1054, "42S22"),
            Failed("SELECT x FROM t", 1205, "HY000"), Some.Query("SELECT x FROM t")).Groups[0];

        Assert.Equal((4, 3), (group.Calls, group.Errors));
        Assert.Equal([(1054, "42S22", 2), (1205, "HY000", 1)], group.ErrorCodes.Sorted().Select(e => ((int)e.Code, e.SqlState, (int)e.Count)));
    }

    [Fact]
    public void Time_outside_of_the_server_is_the_difference_of_both_ends()
    {
        var client = Some.Query("SELECT 1", duration: 5);
        client.OtherEnd = Some.Query("SELECT 1", start: 1, duration: 3, connection: Some.ServerConnection());

        var group = Report(client, Some.Query("SELECT 1", duration: 9)).Groups[0];

        Assert.Equal((2, 1, 1), (group.Time.Count, group.ServerTime.Count, group.NetworkTime.Count));
        Assert.Equal((3 * Some.Millisecond, 2 * Some.Millisecond), (group.ServerTime.Max, group.NetworkTime.Max));
    }

    [Fact]
    public void The_servers_flags_are_counted()
    {
        var group = Report(
            Some.Query("SELECT 1", status: 0x22), Some.Query("SELECT 1", status: 0x812), Some.Query("SELECT 1", status: null)).Groups[0];

        Assert.Equal((2, 1, 1, 1), (group.WithStatus, group.NoIndexUsed, group.NoGoodIndexUsed, group.WasSlow));
    }

    [Fact]
    public void Logins_and_prepared_statements_are_counted_over_all()
    {
        var one = Some.ClientConnection(id: 1);
        var two = Some.ClientConnection(id: 2);
        MySqlExchange[] exchanges =
        [
            Command(MySqlCommand.Connect, one), Failed(null, 1045, "28000", MySqlCommand.Connect, two),
            Prepare(one, 1), Prepare(one, 2), Prepare(one, 3),
            Some.Query("SELECT ?", connection: one, command: MySqlCommand.StatementExecute),
            Some.Query("SELECT ?", connection: one, command: MySqlCommand.StatementExecute),
            OneWay(MySqlCommand.StatementClose, one, 2), OneWay(MySqlCommand.StatementClose, one, 99), OneWay(MySqlCommand.Quit, one, null),
            Prepare(two, 1),
        ];

        var totals = Report(exchanges).Totals;

        Assert.Equal((1, 1, 4, 2, 2), (totals.Logins, totals.FailedLogins, totals.Prepares, totals.Executes, totals.Closes));
        Assert.Equal((2, 1), (totals.NeverClosed, totals.OpenStatements));
    }

    [Fact]
    public void More_groups_names_and_error_numbers_than_there_is_room_for_are_counted_together()
    {
        var aggregator = new StatementAggregator(Label(), maxGroups: 3);
        for (var i = 0; i < 200; i++)
        {
            aggregator.OnExchange(Some.Query($"SELECT c{i % 5} FROM t", schema: "s"));
            aggregator.OnExchange(Failed("SELECT c0 FROM t", (ushort)(1000 + i), "HY000", schema: "s"));
        }

        for (var i = 0; i < 100; i++)
        {
            aggregator.OnExchange(new MySqlExchange
            {
                Connection = Some.ClientConnection(),
                Command = MySqlCommand.Query,
                StatementText = "SELECT c0 FROM t",
                Schema = "s",
                User = $"u{i}",
            });
        }

        var report = aggregator.Build(0, 1);

        Assert.Equal(3, report.Groups.Count);
        Assert.True(report.Misc!.HasOverflow);
        Assert.Equal(500, report.All.Calls);
        var group = report.Groups.Single(g => g.Text.Contains("c0", StringComparison.Ordinal));
        Assert.Equal(200, group.Errors);
        Assert.Equal(200, group.ErrorCodes.Sorted().Sum(e => e.Count) + group.ErrorCodes.Others);
        Assert.InRange(group.ErrorCodes.Sorted().Count, 1, 64);
        Assert.Equal(340, group.Users.Sorted().Sum(e => e.Count) + group.Users.Others);
        Assert.InRange(group.Users.Distinct, 1, 64);
    }

    [Fact]
    public void A_call_of_a_known_group_allocates_nothing()
    {
        var aggregator = new StatementAggregator(Label());
        var exchange = Some.Query("SELECT a FROM t WHERE b = ?", command: MySqlCommand.StatementExecute);
        for (var i = 0; i < 100; i++)
        {
            aggregator.OnExchange(exchange);
        }

        Assert.Equal(0, Allocated.AtLeastBy(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                aggregator.OnExchange(exchange);
            }
        }));
    }

    [Fact]
    public void Http_is_left_out()
    {
        var report = Report(Some.Get("/x"), Some.Query("SELECT 1"));

        Assert.Equal(1, report.All.Calls);
    }

    private static StatementReport Report(params Exchange[] exchanges) => Report(exchanges, StatementOrder.Total);

    private static StatementReport Report(Exchange[] exchanges, StatementOrder order, StatementLimit limit = default)
    {
        var aggregator = new StatementAggregator(Label());
        foreach (var exchange in exchanges)
        {
            aggregator.OnExchange(exchange);
        }

        return aggregator.Build(Some.Epoch, Some.Epoch + (1000 * Some.Millisecond), order, limit);
    }

    private static ExchangeLabel Label() => new(new DigestCache(), new RouteTable());

    private static MySqlExchange Failed(
        string? text, ushort code, string state, MySqlCommand command = MySqlCommand.Query, ConnectionInfo? connection = null,
        string schema = "shop") => Some.Timed(
        new MySqlExchange
        {
            Connection = connection ?? Some.ClientConnection(),
            Command = command,
            StatementText = text,
            Schema = schema,
            ErrorCode = code,
            SqlState = state,
        },
        0, 1);

    private static MySqlExchange Command(MySqlCommand command, ConnectionInfo connection) =>
        Some.Query(null, connection: connection, command: command, rows: null);

    private static MySqlExchange Prepare(ConnectionInfo connection, uint id) => Some.Timed(
        new MySqlExchange { Connection = connection, Command = MySqlCommand.StatementPrepare, StatementText = "SELECT ?", StatementId = id }, 0, 1);

    private static MySqlExchange OneWay(MySqlCommand command, ConnectionInfo connection, uint? id)
    {
        var exchange = Some.Timed(new MySqlExchange { Connection = connection, Command = command, StatementId = id }, 0, 0);
        exchange.State = ExchangeState.OneWay;
        exchange.Response = default;
        return exchange;
    }
}
