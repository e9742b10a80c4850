// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>
/// `report mysql` against numbers that are computed another way: by this test from the exchanges of the same recording, by the
/// server's general log, and by pt-query-digest from the slow log that `export` made of it.
/// </summary>
public sealed partial class SlowSqlReportTests(SharedMariaDb mariaDb)
{
    private const int SysbenchEvents = 60;

    [Fact]
    public async Task Every_figure_equals_what_the_exchanges_the_log_and_another_program_say()
    {
        Requirement.Need("bpf", "mariadb", "sysbench", "pt-query-digest");
        MariaDbServer server = await mariaDb.GetAsync();
        await using ChildProcess sysbench = await Sysbench.StartAsync(server, prepared: true, unix: false, SysbenchEvents);
        string log = await server.StartGeneralLogAsync();
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId, Environment.ProcessId, sysbench.Id]);
        await sysbench.WriteLineAsync("go");
        await OddStatementsAsync(server);
        await sysbench.WaitForSuccessAsync();
        await server.WaitForQuietAsync();
        await recorder.StopAsync();
        IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(log);

        ReportTruth truth = ReportTruth.Of(await ReadAsync("watch", recorder.File, "-o", "jsonl", "--show-secrets"));
        IReadOnlyList<JsonElement> records = await ReadAsync("report", recorder.File, "mysql", "-o", "jsonl");
        JsonElement report = records.Single(x => TypeOf(x) == "mysql_report");
        JsonElement[] groups = [.. records.Where(x => TypeOf(x) == "mysql_group")];

        truth.AssertEqual(report, groups);
        AssertLikeLog(report, truth, entries);
        await AssertLikePtQueryDigestAsync(recorder, groups);

        // What was written as JSON lines gives the same report again.
        string lines = Path.Combine(recorder.Folder, "lines.jsonl");
        await ChildProcess.RunAsync(Repository.Binary, "watch", "-q", "-o", "jsonl", "-w", lines, "-r", recorder.File);
        IReadOnlyList<JsonElement> again = await ReadAsync("report", lines, "mysql", "-o", "jsonl");
        truth.AssertEqual(again.Single(x => TypeOf(x) == "mysql_report"), [.. again.Where(x => TypeOf(x) == "mysql_group")], isOfLines: true);
    }

    [Fact]
    public async Task A_live_report_has_what_ran_and_what_still_runs()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using ChildProcess tracer = ChildProcess.Start(
            Repository.Binary, ["report", "mysql", "--show-secrets", .. Tracer.Pids(server.ProcessId)]);
        await tracer.WaitForErrorAsync(x => x.StartsWith("l7trace: tracing ", StringComparison.Ordinal));
        await using MySqlConnection connection = await server.OpenAsync();
        for (int i = 0; i < 7; i++)
        {
            await ExecuteAsync(connection, $"SELECT {i} AS live_report");
        }

        await using MySqlConnection other = await server.OpenAsync();
        Task sleeping = ExecuteAsync(other, "SELECT SLEEP(3) AS still_there");
        await Task.Delay(1000);
        tracer.Signal(ChildProcess.SigInt);
        await tracer.WaitForSuccessAsync(60);
        await sleeping;

        Assert.All(
            tracer.Output.TrimEnd('\n').Split('\n'),
            line => Assert.True(line.StartsWith('#') || line.StartsWith("EXPLAIN ", StringComparison.Ordinal) || line.StartsWith("USE ", StringComparison.Ordinal), line));
        Assert.Contains("AS `live_report`", tracer.Output, StringComparison.Ordinal);
        Assert.Matches("In flight at the end: 1 command\n.*SLEEP\\(3\\) AS still_there", tracer.Output);
        string explain = tracer.Output.Split('\n').First(x => x.StartsWith("EXPLAIN SELECT", StringComparison.Ordinal) && x.Contains("live_report", StringComparison.Ordinal));
        await ExecuteAsync(connection, explain);
    }

    [Fact]
    public async Task The_text_of_a_report_can_be_fed_to_the_client()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId]);
        await using (MySqlConnection connection = await server.OpenAsync())
        {
            foreach (string statement in new[]
            {
                "CREATE TABLE IF NOT EXISTS fed (id INT PRIMARY KEY, name VARCHAR(20))", "INSERT IGNORE INTO fed VALUES (1, 'a;b')",
                "SELECT name -- what\n, 'it''s # no comment' FROM fed WHERE id = 1", "SELECT 1 /*! + 1 */", "SELECT '\n\\! touch /tmp/no'", "UPDATE fed SET name = 'x' WHERE id = 1",
                "DELETE FROM fed WHERE id = 7", "DROP TABLE fed", "CREATE TABLE fed (id INT PRIMARY KEY, name VARCHAR(20))",
            })
            {
                await ExecuteAsync(connection, statement);
            }
        }

        await recorder.StopAsync();
        string file = Path.Combine(recorder.Folder, "report.sql");
        await ChildProcess.RunAsync(
            Repository.Binary, "report", "mysql", "-q", "--show-secrets", "--limit", "100", "-w", file, "-r", recorder.File);

        string said = await ChildProcess.RunAsync(
            "mariadb", "--no-defaults", "--socket=" + server.Socket, "--user=root", "--batch", "--execute", "source " + file, MariaDbServer.Database);

        Assert.Contains("SIMPLE", said, StringComparison.Ordinal);
        await using MySqlConnection check = await server.OpenAsync();
        await using var count = new MySqlCommand("SELECT COUNT(*) FROM fed", check);
        Assert.Equal(0L, await count.ExecuteScalarAsync());
    }

    private static async Task OddStatementsAsync(MariaDbServer server)
    {
        await using MySqlConnection connection = await server.OpenAsync();
        foreach (string statement in new[]
        {
            "CREATE TABLE IF NOT EXISTS odd (id INT PRIMARY KEY AUTO_INCREMENT, n INT, KEY (n))", "CREATE DATABASE IF NOT EXISTS elsewhere",
            "INSERT INTO odd (n) VALUES (1), (2), (3)", "UPDATE odd SET n = n + 1", "SELECT n FROM odd WHERE n > 1",
            "SELECT a.n FROM odd a JOIN odd b ON a.n + 0 = b.n + 0", "SELECT 1; SELECT 2, 3", "SELECT SLEEP(0.02)", "SELECT SLEEP(0.12)",
        })
        {
            await ExecuteAsync(connection, statement);
        }

        for (int i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<MySqlException>(() => ExecuteAsync(connection, $"SELECT missing_column FROM odd WHERE id = {i}"));
        }

        await Assert.ThrowsAsync<MySqlException>(() => ExecuteAsync(connection, "INSERT INTO odd (id) VALUES (1)"));
        for (int i = 0; i < 4; i++)
        {
            await ExecuteAsync(connection, "START TRANSACTION");
            await ExecuteAsync(connection, $"UPDATE odd SET n = {i} WHERE id = 1");
            await Task.Delay(20); // idle in transaction
            await ExecuteAsync(connection, i % 2 == 0 ? "COMMIT" : "ROLLBACK");
        }

        await ExecuteAsync(connection, "BEGIN");
        await ExecuteAsync(connection, "DELETE FROM odd WHERE id = 2");
        await ExecuteAsync(connection, "CREATE TABLE IF NOT EXISTS odd_too (id INT)"); // commits
        var kept = new MySqlCommand("SELECT n FROM odd WHERE id = ?", connection) { Parameters = { new MySqlParameter { Value = 3 } } };
        await kept.PrepareAsync();
        for (int i = 0; i < 6; i++)
        {
            await kept.ExecuteScalarAsync();
        }

        await ExecuteAsync(connection, "USE elsewhere");
        await ExecuteAsync(connection, "SELECT SLEEP(0.01)");
        await Assert.ThrowsAsync<MySqlException>(async () =>
        {
            await using var refused = new MySqlConnection(server.ConnectionString.Replace(MariaDbServer.Password, "wrong", StringComparison.Ordinal));
            await refused.OpenAsync();
        });
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<IReadOnlyList<JsonElement>> ReadAsync(string verb, string file, params string[] options)
    {
        string output = await ChildProcess.RunAsync(Repository.Binary, [verb, .. options, "-q", "-r", file]);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(x => JsonDocument.Parse(x).RootElement)];
    }

    private static string? TypeOf(JsonElement record) => record.GetProperty("type").GetString();

    private static void AssertLikeLog(JsonElement report, ReportTruth truth, IReadOnlyList<GeneralLogEntry> entries)
    {
        // The test's administrative connection is in the trace, not in these entries.
        Assert.Equal(entries.Count(x => x.Command == "Execute"), report.GetProperty("executes").GetInt64());
        Assert.Equal(entries.Count(x => x.Command == "Prepare"), report.GetProperty("prepares").GetInt64());
        Assert.Equal(
            entries.Count(x => x.Command == "Query"),
            report.GetProperty("statements").GetInt64() - report.GetProperty("executes").GetInt64() - truth.AdministrativeStatements);
        Assert.Equal(1, report.GetProperty("logins.failed").GetInt64());
    }

    private static async Task AssertLikePtQueryDigestAsync(Recorder recorder, JsonElement[] groups)
    {
        string slow = Path.Combine(recorder.Folder, "slow.log");
        await ChildProcess.RunAsync(Repository.Binary, "export", "-q", "--to", "slowlog", "--show-secrets", "-w", slow, "-r", recorder.File);
        string output = await ChildProcess.RunAsync(
            "pt-query-digest", "--no-version-check", "--type", "slowlog", "--output", "json", "--limit", "100%", "--order-by", "Query_time:sum", slow);
        using JsonDocument document = JsonDocument.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..]);
        (long Calls, double Seconds)[] theirs = [.. document.RootElement.GetProperty("classes").EnumerateArray()
            .Select(x => (x.GetProperty("query_count").GetInt64(), Number(x.GetProperty("metrics").GetProperty("Query_time").GetProperty("sum"))))];

        // Statements alone are in a slow log. pt-query-digest groups them whatever their schema, and sbtest1 with sbtest2.
        (long Calls, double Seconds)[] ours = [.. groups
            .Where(x => !x.GetProperty("text").GetString()!.StartsWith("COM_", StringComparison.Ordinal) && x.GetProperty("text").GetString() != "Connect")
            .GroupBy(x => Digits().Replace(x.GetProperty("text").GetString()!, "?"))
            .Select(x => (x.Sum(y => TimeOf(y, "count")), x.Sum(y => TimeOf(y, "sum")) / 1e9))];

        Assert.Equal(ours.Sum(x => x.Calls), theirs.Sum(x => x.Calls));
        Assert.Equal(ours.Sum(x => x.Seconds), theirs.Sum(x => x.Seconds), 1e-6 * ours.Sum(x => x.Calls));
        (long Calls, double Seconds)[] top = [.. ours.OrderByDescending(x => x.Seconds).Take(8)];
        for (int i = 0; i < top.Length; i++)
        {
            Assert.Equal(top[i].Calls, theirs[i].Calls);
            Assert.Equal(top[i].Seconds, theirs[i].Seconds, 1e-6 * top[i].Calls);
        }
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    private static long TimeOf(JsonElement group, string field) =>
        group.TryGetProperty("time_ns", out JsonElement time) ? time.GetProperty(field).GetInt64() : 0;

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble()
        : double.Parse(value.GetString()!, CultureInfo.InvariantCulture);
}
