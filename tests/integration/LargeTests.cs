// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>
/// What is large stays right, and costs the tracer no memory in proportion. `make test-large` runs these.
/// </summary>
[Trait("Load", "Large")]
public sealed class LargeTests
{
    private const string After = "SELECT 'after' AS it, seq FROM seq_1_to_3";

    private const int DefaultRing = 16 << 20;
    private const int LargeRing = 128 << 20; // so that a busy machine loses nothing

    // The program, its buffers and 2,000 connections, beside the ring, which is mapped twice. Measured: 20 to 30 MiB.
    private const long MostMemory = 128 << 20;

    /// <summary>1 GiB of rows in calls of 16 KiB, each of which is captured whole by default.</summary>
    [Theory]
    [InlineData("server")]
    [InlineData("client")]
    public async Task A_result_of_a_GiB_has_all_its_rows_and_ends_when_it_ends(string side)
    {
        (TraceRecord large, TraceRecord after) = await TraceResultAsync(side);
        Assert.True(large.IsComplete, large.ToString());
        Assert.Equal(LargeResult.Rows, large.Rows);
        Assert.Null(large.RowsAtLeast);
        Assert.Equal((true, 3L), (after.IsComplete, after.Rows));
    }

    /// <summary>Of each call the beginning and the end: rows are counted as a lower bound.</summary>
    [Theory]
    [InlineData("server")]
    [InlineData("client")]
    public async Task A_result_of_a_GiB_of_which_little_is_captured_ends_when_it_ends(string side)
    {
        (TraceRecord large, TraceRecord after) = await TraceResultAsync(side, "--capture-limit", "256");
        Assert.Equal("done", large.State);
        Assert.Contains(large.Completeness, (string[])["truncated", "resynced"]); // by whether its end was in a captured part
        Assert.Null(large.Rows);
        Assert.InRange(large.RowsAtLeast ?? -1, 0, LargeResult.Rows - 1);
        Assert.Equal(("done", 3L), (after.State, after.Rows)); // after a gap it may be "resynced"
    }

    /// <summary>Three packets of one statement; and the same bytes bound to a prepared one.</summary>
    [Theory]
    [InlineData("server")]
    [InlineData("client")]
    public async Task An_INSERT_of_40_MiB_shows_its_beginning_and_its_length(string side)
    {
        Requirement.Need("bpf", "mariadb");
        const int Size = 40 << 20;
        await using MariaDbServer server = await MariaDbServer.StartAsync("--max-allowed-packet=64M");
        await server.ExecuteAsync($"CREATE TABLE {DatabaseServer.Database}.large (id INT, v LONGTEXT)");
        await using Tracer tracer = await WatchAsync(side == "server" ? server.ProcessId : Environment.ProcessId);
        string text = $"INSERT INTO large VALUES (1, '{new string('t', Size)}')";
        const string Prepared = "INSERT INTO large VALUES (?, ?)";
        await using (MySqlConnection connection = await server.OpenAsync())
        {
            await ExecuteAsync(connection, text);
            await ExecuteAsync(connection, After);
            await using var command = new MySqlCommand(Prepared, connection);
            command.Parameters.AddWithValue("", 2);
            command.Parameters.AddWithValue("", new string('p', Size));
            await command.PrepareAsync();
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
            await ExecuteAsync(connection, After);
        }

        await server.WaitForQuietAsync();
        TraceResult trace = await StopAsync(tracer);
        trace.AssertNothingLost();
        TraceRecord inText = Assert.Single(trace.MySql, x => x.Command == "query" && x.Statement?.StartsWith("INSERT", StringComparison.Ordinal) == true);
        Assert.StartsWith("INSERT INTO large VALUES (1, 'tttttttttttttttt", inText.Statement, StringComparison.Ordinal);
        Assert.StartsWith(inText.Statement!, text, StringComparison.Ordinal);
        Assert.Equal(text.Length, Encoding.UTF8.GetByteCount(inText.Statement!) + inText.MissingText);
        TraceRecord bound = Assert.Single(trace.MySql, x => x.Command == "execute");
        Assert.Equal((Prepared, 1L), (bound.Statement, bound.CutParameters));
        Assert.Equal("2", bound.Parameters()[0]);
        Assert.Matches("^p{100,}$", bound.Parameters()[1]!);
        Assert.Equal(Size, bound.Parameters()[1]!.Length + bound.MissingOfParameters);
        Assert.All([inText, bound], x => Assert.Equal(("done", null, 1L), (x.State, x.DatabaseError, x.Affected)));
        Assert.Equal([3, 3], trace.MySql.Where(x => x.Statement == After && x.IsComplete).Select(x => x.Rows));
    }

    /// <summary>8,192 are remembered of a connection: within that every text is there, beyond it none is wrong.</summary>
    [Theory]
    [InlineData(5000, 5000)]
    [InlineData(10_000, 8192)]
    public async Task Of_thousands_of_prepared_statements_each_execution_has_its_own_text_or_none(int statements, int remembered)
    {
        Requirement.Need("bpf", "mariadb");
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        await using Tracer tracer = await WatchAsync(server.ProcessId);
        await using (MySqlConnection connection = await server.OpenAsync())
        {
            var commands = new List<MySqlCommand>();
            for (int i = 0; i < statements; i++)
            {
                var command = new MySqlCommand(Numbered(i), connection);
                command.Parameters.AddWithValue("", 0);
                await command.PrepareAsync();
                commands.Add(command);
            }

            // In another order; what was prepared first is asked for again at the end.
            for (int i = 0; i < statements; i++)
            {
                int which = (int)(i * 7919L % statements);
                commands[which].Parameters[0].Value = which;
                Assert.Equal($"{which} {which}", Convert.ToString(await commands[which].ExecuteScalarAsync(), CultureInfo.InvariantCulture));
            }
        }

        await server.WaitForQuietAsync();
        TraceResult trace = await StopAsync(tracer);
        trace.AssertNothingLost();
        TraceRecord[] executed = [.. trace.MySql.Where(x => x.Command == "execute")];
        Assert.Equal(statements, executed.Length);
        int withText = 0;
        for (int i = 0; i < statements; i++)
        {
            int which = (int)(i * 7919L % statements);
            Assert.Equal(("done", 1L), (executed[i].State, executed[i].Rows));
            Assert.True(executed[i].Statement is null || executed[i].Statement == Numbered(which), $"{which}: {executed[i]}");
            Assert.All(executed[i].Parameters(), x => Assert.Equal(which.ToString(CultureInfo.InvariantCulture), x));
            withText += executed[i].Statement is null ? 0 : 1;
        }

        TraceAssert.Note($"{withText} of {statements} executions have their text");
        Assert.Equal(remembered, withText);
    }

    [Fact]
    public async Task On_2000_connections_at_once_every_statement_has_its_own_answer()
    {
        Requirement.Need("bpf", "mariadb");
        const int Connections = 2000;
        const int Count = 12_000;
        await using MariaDbServer server = await MariaDbServer.StartAsync("--max-connections=2100", "--open-files-limit=10000", "--back-log=2000");
        await using Tracer tracer = await WatchAsync(server.ProcessId);
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, Connections))
        {
            await client.RunAsync(1, Count);
        }

        await server.WaitForQuietAsync();
        TraceResult trace = await StopAsync(tracer);
        SqlNumbersClient.AssertAll(trace, 1, Count);
        Assert.Equal(Connections, trace.MySql.Where(x => SqlNumbers.Of(x.Statement) is not null).Select(x => x.Connection).Distinct().Count());
        Assert.Equal(Connections, trace.MySql.Count(x => x.Command == "Connect" && x.IsComplete));
    }

    private static string Numbered(int i) => $"SELECT CONCAT({i}, ' ', ?) AS number";

    private static Task<Tracer> WatchAsync(int pid, int ring = DefaultRing, params string[] options) => Tracer.WatchAsync(
        Capture.Tracepoints, [.. Tracer.Pids(pid), Tracer.RingSize, ring.ToString(CultureInfo.InvariantCulture), .. options]);

    private static async Task<TraceResult> StopAsync(Tracer tracer, int ring = DefaultRing)
    {
        long peak = tracer.PeakMemory();
        TraceAssert.Note($"peak memory of the tracer: {peak >> 20} MiB");
        Assert.InRange(peak, ring, MostMemory + (2L * ring));
        return await tracer.StopAsync();
    }

    private static async Task ExecuteAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<(TraceRecord Large, TraceRecord After)> TraceResultAsync(string side, params string[] options)
    {
        Requirement.Need("bpf", "mariadb");
        await using MariaDbServer server = await MariaDbServer.StartAsync();
        await using ChildProcess client = ChildProcess.StartGated("sh", "-c", LargeResult.Reading(server, After));
        await using Tracer tracer = await WatchAsync(side == "server" ? server.ProcessId : client.Id, LargeRing, options);
        await client.WriteLineAsync("go");
        await client.WaitForOutputAsync(x => x == LargeResult.Done, seconds: 240);
        await server.WaitForQuietAsync();
        TraceResult trace = await StopAsync(tracer, LargeRing); // before the client ends, and the trace with it
        trace.AssertNothingLost();
        TraceRecord large = Assert.Single(trace.MySql, x => x.Statement == LargeResult.Statement);
        TraceRecord after = Assert.Single(trace.MySql, x => x.Statement == After);
        Assert.InRange(large.ResponseBytes ?? 0, 1L << 30, 11L << 27);
        Assert.InRange(large.Start + large.Duration ?? long.MaxValue, large.Start, after.Start);
        return (large, after);
    }
}
