// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>A ring of 64 KiB that overflows: losses are counted and shown, and nothing is paired across them.</summary>
public sealed class LossTests(SharedMariaDb mariaDb)
{
    private const string SmallRing = "64k";

    // Overflows in a moment while nobody reads it, and is no hindrance to a little traffic afterwards.
    private const string ModestRing = "1MiB";

    /// <summary>
    /// A request is one or two calls and so is an answer, each of one exchange alone (depth 1, server side): n lost
    /// calls touch n exchanges at the most, the others no lost record touched.
    /// </summary>
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Under_full_load_complete_http_exchanges_stay_right_and_most_untouched_ones_complete(Capture capture)
    {
        Requirement.Need("bpf", "cc");
        const int Count = 60_000;
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            capture, [.. Tracer.Pids(server.ProcessId), Tracer.RingSize, SmallRing]);
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, 32);
        await client.RunAsync(1, Count, depth: 1);
        await client.StopAsync();
        AssertUnderLoss(await tracer.StopAsync(), Count);
    }

    [Fact]
    public async Task Under_full_load_complete_mysql_exchanges_stay_right_and_most_untouched_ones_complete()
    {
        Requirement.Need("bpf", "mariadb");
        const int Count = 6000;
        MariaDbServer server = await mariaDb.GetAsync();
        await using SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 32);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.ProcessId), Tracer.RingSize, SmallRing]);
        await client.RunAsync(1, Count);
        TraceResult trace = await tracer.StopAsync();
        TraceAssert.Agree(trace.MySql, SqlNumbers.Fault);
        int expected = SqlNumbersClient.Expected(1, Count).Count();
        int complete = trace.MySql.Count(x => x.IsComplete && SqlNumbers.Of(x.Statement) is not null);
        long lost = LostRecords(trace);
        TraceAssert.Note($"{expected} exchanges, {lost} records lost or cut, {complete} complete");

        // Where they are scattered each costs up to three: its own exchange, and those before and behind it, which can't be told from it for certain.
        Assert.True(complete >= 0.9 * (expected - (3 * lost)), $"{expected} exchanges, {lost} records lost or cut, only {complete} complete");
    }

    /// <summary>48 MiB in calls of 16 KiB, while nobody reads the ring: the beginning and the end of each fit into 16 MiB.</summary>
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Calls_of_which_little_is_captured_cost_the_ring_little(Capture capture)
    {
        Requirement.Need("bpf", "mariadb");
        const int Rows = 3000;
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection connection = await server.OpenAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            capture, [.. Tracer.Pids(server.ProcessId), "--capture-limit", "256", Tracer.RingSize, "16MiB"]);
        tracer.Signal(ChildProcess.SigStop);
        Assert.Equal(Rows, await CountAsync(connection, $"SELECT REPEAT('x', 16000) FROM seq_1_to_{Rows}"));
        tracer.Signal(ChildProcess.SigCont);
        Assert.Equal(3, await CountAsync(connection, "SELECT seq FROM seq_1_to_3"));

        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        TraceRecord large = Assert.Single(trace.MySql, x => x.Statement?.Contains("REPEAT", StringComparison.Ordinal) == true);
        Assert.Equal(("done", null), (large.State, large.Rows));
        Assert.InRange(large.RowsAtLeast ?? -1, 0, Rows - 1);
        Assert.Equal(3, Assert.Single(trace.MySql, x => x.Statement == "SELECT seq FROM seq_1_to_3").Rows);
    }

    /// <summary>
    /// 120 calls of 16 KiB while nobody reads the ring of 1 MiB, which holds 40 of them: their middles go, then their ends, and
    /// of what is said in few bytes nothing is lost.
    /// </summary>
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task A_ring_that_fills_up_gives_up_the_middles_of_long_calls_and_no_exchange(Capture capture)
    {
        Requirement.Need("bpf", "mariadb");
        const int Small = 50;
        MariaDbServer server = await mariaDb.GetAsync();
        await using MySqlConnection large = await server.OpenAsync();
        await using MySqlConnection small = await server.OpenAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            capture, [.. Tracer.Pids(server.ProcessId), Tracer.RingSize, ModestRing]);
        Assert.Equal(3, await CountAsync(small, "SELECT seq FROM seq_1_to_3"));
        await tracer.WaitForAsync(static x => x.Statement == "SELECT seq FROM seq_1_to_3");
        tracer.Signal(ChildProcess.SigStop);
        Assert.Equal(120, await CountAsync(large, "SELECT REPEAT('x', 16000) FROM seq_1_to_120"));
        for (int i = 0; i < Small; i++)
        {
            Assert.Equal(3, await CountAsync(small, $"SELECT seq, {i} FROM seq_1_to_3"));
        }

        tracer.Signal(ChildProcess.SigCont);
        TraceResult trace = await tracer.StopAsync();
        Assert.True(trace.Losses.GetValueOrDefault("ring_truncated") > 60, trace.Errors);
        Assert.Equal(0, trace.Losses.GetValueOrDefault("data_ring_full"));
        Assert.Equal(0, trace.Losses.GetValueOrDefault("control_ring_full"));
        Assert.Single(trace.MySql, static x => x.Statement?.Contains("REPEAT", StringComparison.Ordinal) == true);
        Assert.Equal(Small, trace.MySql.Count(static x => x.Statement?.StartsWith("SELECT seq, ", StringComparison.Ordinal) == true && x.IsComplete && x.Rows == 3));
    }

    private static async Task<int> CountAsync(MySqlConnection connection, string statement)
    {
        await using var command = new MySqlCommand(statement, connection);
        await using MySqlDataReader reader = await command.ExecuteReaderAsync();
        int rows = 0;
        while (await reader.ReadAsync())
        {
            rows++;
        }

        return rows;
    }

    /// <summary>
    /// The tracer is stopped (SIGSTOP) under load, so that its ring surely overflows, and goes on. What ran before
    /// and what began after it had caught up was touched by no lost record.
    /// </summary>
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task A_tracer_that_was_stopped_shows_no_wrong_http_pair_and_all_of_what_comes_after(Capture capture)
    {
        Requirement.Need("bpf", "cc");
        const int Phase = 3000;
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync();
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, 32);
        await using Tracer tracer = await Tracer.WatchAsync(
            capture, [.. Tracer.Pids(server.ProcessId), Tracer.RingSize, ModestRing]);
        await client.RunAsync(1, 300, depth: 1);
        await tracer.WaitForAsync(x => HttpNumbers.Find(x) > 280);
        tracer.Signal(ChildProcess.SigStop);
        await client.RunAsync(301, Phase, depth: 1);
        tracer.Signal(ChildProcess.SigCont);

        await using (HttpNumbersClient probe = await HttpNumbersClient.StartAsync(server, 1))
        {
            await CatchUpAsync(tracer, n => probe.RunAsync(n, 1, depth: 1), HttpNumbers.Find);
        }

        for (int first = 10_001; first <= 10_000 + Phase; first += 60)
        {
            await client.RunAsync(first, 60, depth: 1);
        }

        await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        Assert.True(LostRecords(trace) > 0, "Nothing was lost, or the loss was not counted.\n" + trace.Errors);
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        int after = trace.Http.Count(x => x.IsComplete && HttpNumbers.Of(x) is > 10_000 and <= 10_000 + Phase);
        int during = trace.Http.Count(x => x.IsComplete && HttpNumbers.Of(x) is > 300 and <= 300 + Phase);
        TraceAssert.Note($"{LostRecords(trace)} records lost; complete: {during} of {Phase} while stopped, {after} of {Phase} after");
        Assert.True(after >= 0.9 * Phase, $"only {after} of {Phase} exchanges after the loss are complete");
        Assert.True(during < Phase, "exchanges whose records were lost are shown as complete");
    }

    [Fact]
    public async Task A_tracer_that_was_stopped_shows_no_wrong_mysql_pair_and_all_of_what_comes_after()
    {
        Requirement.Need("bpf", "mariadb");
        const int Phase = 1500;
        MariaDbServer server = await mariaDb.GetAsync();
        await using SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 32);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.ProcessId), Tracer.RingSize, ModestRing]);
        await client.RunAsync(1, 200);
        await tracer.WaitForAsync(x => SqlNumbers.Of(x.Statement) > 160);
        tracer.Signal(ChildProcess.SigStop);
        await client.RunAsync(201, Phase);
        tracer.Signal(ChildProcess.SigCont);
        await using (SqlNumbersClient probe = await SqlNumbersClient.OpenAsync(server, 1))
        {
            await CatchUpAsync(tracer, n => probe.RunAsync(n, 1), x => SqlNumbers.Of(x.Statement));
        }

        for (int first = 10_001; first <= 10_000 + Phase; first += 60)
        {
            await client.RunAsync(first, 60);
        }

        TraceResult trace = await tracer.StopAsync();

        Assert.True(LostRecords(trace) > 0, "Nothing was lost, or the loss was not counted.\n" + trace.Errors);
        TraceAssert.Agree(trace.MySql, SqlNumbers.Fault);
        int expected = SqlNumbersClient.Expected(10_001, Phase).Count();
        int after = trace.MySql.Count(x => x.IsComplete && SqlNumbers.Of(x.Statement) is > 10_000 and <= 10_000 + Phase);
        TraceAssert.Note($"{LostRecords(trace)} records lost; {after} of {expected} exchanges after it are complete");
        Assert.True(after >= 0.9 * expected, $"only {after} of {expected} exchanges after the loss are complete");
    }

    /// <summary>The tracer has caught up when it shows a request that was sent since; the first ones may be lost too.</summary>
    private static async Task CatchUpAsync(Tracer tracer, Func<long, Task> request, Func<TraceRecord, long?> numberOf)
    {
        const long First = 1_000_002; // of SQL: with the step below always an ordinary SELECT
        for (long n = First; n < First + (6 * 300); n += 6)
        {
            await request(n);
            await Task.Delay(50);
            if (tracer.ReadSoFar().Any(x => numberOf(x) >= First))
            {
                return;
            }
        }

        Assert.Fail("The tracer did not catch up.\n" + tracer.Errors);
    }

    private static void AssertUnderLoss(TraceResult trace, int count)
    {
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        int complete = trace.Http.Count(x => x.IsComplete);
        long lost = LostRecords(trace);
        TraceAssert.Note($"{count} exchanges, {lost} records lost or cut, {complete} complete");
        Assert.Equal(complete, trace.Http.Where(x => x.IsComplete).Select(HttpNumbers.Of).Distinct().Count());
        Assert.True(complete <= count);
        Assert.True(complete == count || lost > 0, "exchanges are missing and no loss is reported");
        Assert.True(complete >= 0.9 * (count - lost), $"{count} exchanges, {lost} records lost or cut, only {complete} complete");
    }

    private static long LostRecords(TraceResult trace) =>
        trace.Losses.GetValueOrDefault("data_ring_full") + trace.Losses.GetValueOrDefault("ring_truncated");
}
