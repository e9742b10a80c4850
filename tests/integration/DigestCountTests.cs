// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Sql;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>How often each digest came, against what the server counted by schema and digest, and against its log.</summary>
public sealed class DigestCountTests(SharedMySql mySql)
{
    private const string Prepared = "SELECT b FROM counted WHERE a = ? AND b < ?";

    [Fact]
    public async Task MariaDB_counts_text_statements_by_digest_as_the_trace_does_and_logs_each_execution()
    {
        Requirement.Need("bpf", "mariadb");
        await using MariaDbServer server = await MariaDbServer.StartAsync("--performance-schema=ON");
        await using MySqlConnection admin = await server.OpenAsync();
        await StartCountingAsync(admin);
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(server.ProcessId));
        uint id = await RunAsync(() => server.OpenAsync());
        Dictionary<string, int> theirs = await CountsAsync(admin);
        TraceResult trace = await tracer.StopAsync();
        IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(log);

        trace.AssertNothingLost();
        TraceRecord[] ours = [.. trace.MySql.Where(x => x.ServerConnectionId == id && x.Digest is not null)];
        Assert.Equal(Ordered(theirs.ToDictionary(x => x.Key.TrimEnd(' '), x => x.Value)), Ordered(Count(ours.Where(x => x.Command == "query"))));
        Assert.Equal(
            Ordered(entries.Where(x => x.ConnectionId == id && x.Command == "Execute")
                .CountBy(x => StatementDigest.Of(x.Argument, dialect: SqlDialect.MariaDb).ToString())),
            Ordered(Count(ours.Where(x => x.Command == "execute"))));
    }

    [Fact]
    [Trait("Server", "MySql9")]
    public async Task MySQL_counts_text_statements_by_digest_and_executions_behind_the_word_EXECUTE()
    {
        Requirement.Need("bpf", "mysql9");
        MySqlServer server = await mySql.GetAsync();
        await using MySqlConnection admin = await server.OpenAsync();
        await StartCountingAsync(admin);
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(server.ProcessId));
        uint id = await RunAsync(() => server.OpenAsync());
        Dictionary<string, int> theirs = await CountsAsync(admin);
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        TraceRecord[] ours = [.. trace.MySql.Where(x => x.ServerConnectionId == id && x.Digest is not null)];
        Assert.Equal(Ordered(theirs.Where(x => !IsOfPrepared(x.Key))), Ordered(Count(ours.Where(x => x.Command == "query"))));
        Assert.Equal(
            Ordered(theirs.Where(x => x.Key.StartsWith("EXECUTE ", StringComparison.Ordinal))),
            Ordered(Count(ours.Where(x => x.Command == "execute")).Select(x => KeyValuePair.Create("EXECUTE " + x.Key, x.Value))));
    }

    private static bool IsOfPrepared(string digest) =>
        digest.Split(' ')[0] is "PREPARE" or "EXECUTE" or "DEALLOCATE";

    private static IEnumerable<KeyValuePair<string, int>> Count(IEnumerable<TraceRecord> records) => records.CountBy(x => x.Digest!);

    private static IEnumerable<string> Ordered(IEnumerable<KeyValuePair<string, int>> counts) =>
        counts.Select(x => string.Create(CultureInfo.InvariantCulture, $"{x.Value} {x.Key}")).Order(StringComparer.Ordinal);

    private static async Task StartCountingAsync(MySqlConnection admin)
    {
        await ExecuteAsync(admin, "CREATE TABLE counted (a INT, b INT)");
        await ExecuteAsync(admin, "CREATE PROCEDURE twice() BEGIN INSERT INTO counted VALUES (1, 2); SELECT 1; END");
        // What came before, in this schema, is no part of the count; the administrator's own statements leave it.
        await ExecuteAsync(admin, "USE performance_schema");
        await ExecuteAsync(admin, "TRUNCATE TABLE performance_schema.events_statements_summary_by_digest");
    }

    /// <summary>Statements of several digests, each a number of times, on one connection; gives its id.</summary>
    private static async Task<uint> RunAsync(Func<Task<MySqlConnection>> open)
    {
        await using MySqlConnection connection = await open();
        for (int i = 0; i < 20; i++)
        {
            await ExecuteAsync(connection, $"INSERT INTO counted VALUES ({i}, {-i})");
            await ExecuteAsync(connection, $"select b from counted where a = {i}");
            await ExecuteAsync(connection, $"SELECT b FROM counted WHERE a IN ({string.Join(',', Enumerable.Range(0, 1 + i))})");
            await ExecuteAsync(connection, "SELECT 2");
        }

        for (int i = 0; i < 3; i++)
        {
            await ExecuteAsync(connection, "CALL twice()");
            await Assert.ThrowsAsync<MySqlException>(() => ExecuteAsync(connection, "SELECT * FROM nowhere WHERE a = 1"));
        }

        await using var prepared = new MySqlCommand(Prepared, connection);
        prepared.Parameters.Add(new MySqlParameter { Value = 1 });
        prepared.Parameters.Add(new MySqlParameter { Value = 2 });
        await prepared.PrepareAsync();
        for (int i = 0; i < 15; i++)
        {
            prepared.Parameters[0].Value = i;
            await prepared.ExecuteScalarAsync();
        }

        return (uint)connection.ServerThread;
    }

    private static async Task<Dictionary<string, int>> CountsAsync(MySqlConnection admin)
    {
        await Task.Delay(200); // the last statement's event is written after its answer
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var command = new MySqlCommand(
            $"SELECT DIGEST_TEXT, COUNT_STAR FROM performance_schema.events_statements_summary_by_digest WHERE SCHEMA_NAME = '{MySqlServer.Database}'", admin);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            counts.Add(reader.GetString(0), Convert.ToInt32(reader.GetValue(1), CultureInfo.InvariantCulture));
        }

        return counts;
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }
}
