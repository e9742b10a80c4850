// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>The servers' logs against what the clients did, without a tracer: the truth must be true first.</summary>
public sealed class TruthSourceTests(SharedMariaDb mariaDb)
{
    [Fact]
    public async Task The_general_log_has_what_a_client_sent_in_order_per_connection()
    {
        Requirement.Need("mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        string log = await server.StartGeneralLogAsync();
        uint id;
        await using (MySqlConnection connection = await server.OpenAsync())
        {
            id = (uint)connection.ServerThread;
            foreach (string statement in new[]
            {
                "  SELECT 1 ;; ", "SELECT 'two\nlines'", "SELECT '\u0000 and \\\\ and é'", "SELECT '\t\t    7 Query\tbait'",
                "\n\n-- note\nSELECT 3",
            })
            {
                await using var command = new MySqlCommand(statement, connection);
                await command.ExecuteNonQueryAsync();
            }
        }

        await server.WaitForQuietAsync();
        GeneralLogEntry[] entries = [.. (await server.StopGeneralLogAsync(log)).Where(x => x.ConnectionId == id)];
        Assert.Equal("Connect", entries[0].Command);
        Assert.Equal("Quit", entries[^1].Command);
        Assert.Equal(
            ["SELECT 1", "SELECT 'two\nlines'", "SELECT '\u0000 and \\\\ and é'", "SELECT '\t\t    7 Query\tbait'", "-- note\nSELECT 3"],
            entries.Where(x => x.Command == "Query" && x.Argument.Contains("SELECT", StringComparison.Ordinal)
                && !x.Argument.Contains("@@", StringComparison.Ordinal)).Select(x => x.Argument));
    }

    [Fact]
    public async Task The_logs_agree_with_a_journal_of_numbered_statements()
    {
        Requirement.Need("mariadb");
        const int Count = 600;
        MariaDbServer server = await mariaDb.GetAsync();
        string general = await server.StartGeneralLogAsync();
        string slow = await server.StartSlowLogAsync();
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 8))
        {
            await client.RunAsync(1, Count);
        }

        await server.WaitForQuietAsync();
        IReadOnlyList<SlowLogEntry> slowEntries = await server.StopSlowLogAsync(slow);
        IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(general);

        foreach (IGrouping<long?, GeneralLogEntry> number in entries
            .Where(x => SqlNumbers.Of(x.Argument) is not null).GroupBy(x => SqlNumbers.Of(x.Argument)))
        {
            long n = number.Key!.Value;
            if (SqlNumbers.Kind(n) == NumberKind.Prepared)
            {
                Assert.Equal(["Prepare", "Execute", "Execute"], number.Select(x => x.Command));
                Assert.Equal(SqlNumbers.Statement(n), number.First().Argument);
                Assert.All(number.Skip(1), x => Assert.Matches(StatementText.FilledIn(SqlNumbers.Statement(n)), x.Argument));
            }
            else
            {
                GeneralLogEntry entry = Assert.Single(number);
                Assert.Equal(("Query", SqlNumbers.Statement(n)), (entry.Command, entry.Argument));
            }
        }

        Assert.Equal(
            SqlNumbersClient.Expected(1, Count).Count(),
            entries.Count(x => SqlNumbers.Of(x.Argument) is not null));
        foreach (SlowLogEntry entry in slowEntries.Where(x => SqlNumbers.Of(x.Statement) is not null))
        {
            long n = SqlNumbers.Of(entry.Statement)!.Value;
            Assert.Equal(SqlNumbers.Kind(n) is NumberKind.Affected ? SqlNumbers.Count(n) : 0, entry.RowsAffected);
            Assert.Equal(SqlNumbers.Kind(n) is NumberKind.Affected or NumberKind.Error ? 0 : SqlNumbers.Count(n), entry.RowsSent);
        }
    }

    [Theory]
    [InlineData("SELECT c FROM t WHERE id=?", "SELECT c FROM t WHERE id=5014", true)]
    [InlineData("SELECT c FROM t WHERE id=?", "SELECT c FROM t WHERE id=5014 OR 1=1", false)]
    [InlineData("SELECT c FROM t WHERE a='?' AND b=? -- x", "SELECT c FROM t WHERE a='?' AND b='it\\'s' -- x", true)]
    [InlineData("SELECT c FROM t WHERE a='?' AND b=?", "SELECT c FROM t WHERE a='1' AND b=2", false)]
    [InlineData("INSERT INTO t VALUES (?, ?)", "INSERT INTO t VALUES (-1.5, NULL)", true)]
    [InlineData("INSERT INTO t VALUES (?, ?)", "INSERT INTO t VALUES (1)", false)]
    [InlineData("COMMIT;", "COMMIT", true)]
    public void Prepared_text_matches_the_log_of_its_execution_and_of_no_other(string prepared, string logged, bool matches) =>
        Assert.Equal(matches, StatementText.FilledIn(prepared).IsMatch(logged));

    [Fact]
    public async Task The_access_log_has_what_a_client_sent_in_order_per_connection()
    {
        Requirement.Need("nginx");
        await using NginxServer server = await NginxServer.StartAsync(sendfile: true);
        using (var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1, AllowAutoRedirect = false })
        using (var client = new HttpClient(handler))
        {
            foreach (string path in new[] { "f/100", "f/20000", "missing", "nothing", "moved", "text" })
            {
                using HttpResponseMessage answer = await client.GetAsync(
                    string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}/{path}?n=1"),
                    TestContext.Current.CancellationToken);
            }
        }

        IReadOnlyList<NginxLogEntry> entries = await server.StopAsync();
        Assert.Single(entries.Select(x => x.Connection).Distinct());
        Assert.Equal(
            [
                "1 GET /f/100?n=1 200 100", "2 GET /f/20000?n=1 200 20000", "3 GET /missing?n=1 404 153",
                "4 GET /nothing?n=1 204 0", "5 GET /moved?n=1 302 145", "6 GET /text?n=1 200 12",
            ],
            entries.Select(x => $"{x.Request} {x.Method} {x.Uri} {x.Status} {x.Body}"));
    }

    [Theory]
    [InlineData(false, Transport.Tcp4, false)]
    [InlineData(true, Transport.Tcp6, true)]
    [InlineData(true, Transport.Unix, false)]
    public async Task The_numbered_http_agrees_with_itself(bool split, Transport transport, bool twoWriters)
    {
        Requirement.Need("cc");
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(split, transport);
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, 32, twoWriters, gated: true);
        await client.OpenAsync();
        await client.RunAsync(1, 2000, depth: 16);
        await client.RunAsync(2001, 500, depth: 1);
        IReadOnlyList<HttpJournalEntry> journal = await client.StopAsync();
        Assert.Equal(Enumerable.Range(1, 2500).Select(x => (long)x), journal.Select(x => x.Number).Order());
        Assert.All(journal, x => Assert.Equal((HttpNumbers.Status(x.Number), HttpNumbers.Body(x.Number)), (x.Status, x.Body)));
        Assert.All(journal, x => Assert.True(x.Begin < x.End));
    }

    [Fact]
    public async Task Sysbench_and_wrk_run_behind_their_gate()
    {
        Requirement.Need("mariadb", "sysbench", "nginx", "wrk");
        MariaDbServer server = await mariaDb.GetAsync();
        foreach (bool prepared in new[] { false, true })
        {
            await using ChildProcess sysbench = await Sysbench.StartAsync(server, prepared, unix: prepared, events: 20);
            string log = await server.StartGeneralLogAsync();
            await sysbench.WriteLineAsync("go");
            await sysbench.WaitForSuccessAsync();
            await server.WaitForQuietAsync();
            IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(log);
            Assert.Equal(8, entries.Count(x => x.Command == "Connect"));
            Assert.True(entries.Count(x => x.Command == (prepared ? "Execute" : "Query")) >= 400, sysbench.Said());
        }

        using var folder = new TemporaryFolder();
        await using NginxServer nginx = await NginxServer.StartAsync(sendfile: false);
        await using ChildProcess wrk = await Wrk.StartAsync(nginx, folder, "a", seconds: 1);
        await wrk.WriteLineAsync("go");
        await wrk.WaitForSuccessAsync();
        IReadOnlyList<NginxLogEntry> log2 = await nginx.StopAsync();
        Assert.True(log2.Count > 1000, wrk.Said());
        Assert.Equal(log2.Count, log2.Select(x => x.Uri).Distinct().Count());
        TestContext.Current.SendDiagnosticMessage($"wrk alone: {log2.Count} requests in 1 s");
    }
}
