// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>
/// Equal multisets can hide a swapped pair. So each statement carries a number n that its answer repeats, in rows,
/// affected rows or an error's number, and every exchange must agree with itself.
/// </summary>
public sealed class PairingMySqlTests(SharedMariaDb mariaDb)
{
    private const int Connections = 32;

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task At_concurrency_32_every_statement_of_the_server_has_its_own_answer(Capture capture)
    {
        Requirement.Need("bpf", "mariadb");
        const int Count = 6000;
        MariaDbServer server = await mariaDb.GetAsync();
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessId));
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, Connections))
        {
            await client.RunAsync(1, Count);
        }

        await server.WaitForQuietAsync();
        SqlNumbersClient.AssertAll(await tracer.StopAsync(), 1, Count);
    }

    [Fact]
    public async Task At_concurrency_32_every_statement_of_MySqlConnector_has_its_own_answer()
    {
        Requirement.Need("bpf", "mariadb");
        const int Count = 3000;
        MariaDbServer server = await mariaDb.GetAsync();
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(Environment.ProcessId));
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, Connections))
        {
            await client.RunAsync(1, Count);
        }

        await server.WaitForQuietAsync();
        SqlNumbersClient.AssertAll(await tracer.StopAsync(), 1, Count);
    }

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Attached_late_under_load_no_statement_gets_anothers_answer(Capture capture)
    {
        Requirement.Need("bpf", "mariadb");
        const int Batch = 1000;
        const int Later = 3000;
        MariaDbServer server = await mariaDb.GetAsync();
        await using SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, Connections);
        await client.RunAsync(1, Batch);
        Task<Tracer> attaching = Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessId));
        int early = Batch;
        bool attached;
        do
        {
            attached = attaching.IsCompleted; // under load all the while, and a little after
            await client.RunAsync(early + 1, Batch);
            early += Batch;
        }
        while (!attached);

        await using Tracer tracer = await attaching;
        await client.RunAsync(early + 1, Later);
        await client.DisposeAsync();
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();

        // What was sent after the attachment is all there and whole; of the load before it, the part that was seen is right.
        TraceRecord[] numbered = [.. trace.MySql.Where(x => SqlNumbers.Of(x.Statement) is not null)];
        TraceAssert.Agree(numbered, SqlNumbers.Fault);
        SqlNumbersClient.AssertAll(trace with { Exchanges = [.. numbered.Where(x => SqlNumbers.Of(x.Statement) > early)] }, early + 1, Later);
        TraceAssert.Note($"of the {early} numbers before, {numbered.Count(x => SqlNumbers.Of(x.Statement) <= early)} exchanges were seen");
    }

    /// <summary>The text of a statement that was prepared before the attachment is unknown; its rows are not.</summary>
    [Fact]
    public async Task A_statement_prepared_before_the_attachment_has_right_rows_and_no_invented_text()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection connection = await server.OpenAsync();
        await using var command = new MySqlCommand("SELECT seq FROM seq_1_to_100 WHERE seq <= ?", connection);
        MySqlParameter parameter = command.Parameters.AddWithValue("", 0);
        await command.PrepareAsync();
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(server.ProcessId));
        int[] rows = [.. Enumerable.Range(0, 40).Select(x => x * 31 % 41)];
        foreach (int count in rows)
        {
            parameter.Value = count;
            int seen = 0;
            await using MySqlDataReader reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                seen++;
            }

            Assert.Equal(count, seen);
        }

        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        TraceRecord[] executed = [.. trace.MySql.Where(x => x.Command == "execute")];
        Assert.Equal(rows.Select(x => (long?)x), executed.Select(x => x.Rows));
        Assert.All(executed, x => Assert.Null(x.Statement));
        TraceAssert.AllComplete(executed);
    }

    /// <summary>A connection that was open before and runs nothing but queries with rows.</summary>
    [Fact]
    public async Task Queries_with_rows_alone_are_found_on_a_connection_joined_in_the_middle()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection connection = await server.OpenAsync();
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(server.ProcessId));
        string[] statements = [.. Enumerable.Range(0, 20).Select(x => $"SELECT seq FROM seq_1_to_100 WHERE seq <= {x * 31 % 41}")];
        foreach (string statement in statements)
        {
            await using var command = new MySqlCommand(statement, connection);
            await command.ExecuteScalarAsync();
        }

        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        TraceAssert.SameSequence(
            statements, [.. trace.MySql.Where(x => x.IsComplete)],
            (x, y) => x == y.Statement && x.EndsWith($"<= {y.Rows}", StringComparison.Ordinal), "queries");
    }
}
