// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>The client's end and the server's end of the same connections tell the same story.</summary>
public sealed class BothSidesTests(SharedMariaDb mariaDb)
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Both_ends_of_mysql_give_the_same_exchanges(bool prepared, bool unix)
    {
        Requirement.Need("bpf", "mariadb", "sysbench");
        MariaDbServer server = await mariaDb.GetAsync();
        await using ChildProcess sysbench = await Sysbench.StartAsync(server, prepared, unix, events: 150);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.ProcessId, sysbench.Id), "--side", "both"]);
        await sysbench.WriteLineAsync("go");
        await sysbench.WaitForSuccessAsync();
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        TraceAssert.AllComplete(trace.MySql);
        CompareEnds(trace.MySql.Where(x => x.ServerConnectionId is not null), x => x.ServerConnectionId!.Value, DescribeMySql, 8);
    }

    [Fact]
    public async Task Both_ends_of_http_give_the_same_exchanges()
    {
        Requirement.Need("bpf", "cc");
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(split: true);
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, 32, gated: true);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.ProcessId, client.ProcessId), "--side", "both"]);
        await client.OpenAsync();
        await client.RunAsync(1, 6000, depth: 8);
        await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        TraceAssert.AllComplete(trace.Http);
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        Assert.Equal(12000, trace.Http.Count());
        CompareEnds(trace.Http, x => (uint)x.ClientPort!.Value, DescribeHttp, 32);
    }

    /// <summary>By default an exchange whose two ends are here shows once, with the server's duration inside the client's.</summary>
    [Theory]
    [InlineData(Transport.Tcp4)]
    [InlineData(Transport.Tcp6)]
    public async Task By_default_an_exchange_with_both_ends_here_shows_once(Transport transport)
    {
        Requirement.Need("bpf", "cc");
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(transport: transport);
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, 8, gated: true);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, Tracer.Pids(server.ProcessId, client.ProcessId));
        await client.OpenAsync();
        await client.RunAsync(1, 2000, depth: 1);
        await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        TraceAssert.AllComplete(trace.Http);
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        TraceAssert.SameMultiset(
            Enumerable.Range(1, 2000).Select(x => x.ToString(CultureInfo.InvariantCulture)),
            trace.Http.Select(x => HttpNumbers.Of(x).ToString(CultureInfo.InvariantCulture)),
            "numbers");
        string[] others = [.. trace.Http.Where(x => x.Role != "client" || x.ServerDuration is null).Select(x => x.ToString())];
        Assert.True(others.Length == 0, $"{others.Length} are not the client's view with the server's duration:\n{others.FirstOrDefault()}");
    }

    [Theory]
    [InlineData("client")]
    [InlineData("server")]
    public async Task One_side_can_be_asked_for(string side)
    {
        Requirement.Need("bpf", "cc");
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync();
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, 4, gated: true);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.ProcessId, client.ProcessId), "--side", side]);
        await client.OpenAsync();
        await client.RunAsync(1, 200, depth: 1);
        await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        Assert.Equal(200, trace.Http.Count());
        Assert.All(trace.Http, x => Assert.Equal(side, x.Role));
    }

    private static void CompareEnds(
        IEnumerable<TraceRecord> records, Func<TraceRecord, uint> key, Func<TraceRecord, string> describe, int connections)
    {
        var ends = records.GroupBy(key).ToList();
        Assert.Equal(connections, ends.Count);
        int count = 0;
        foreach (IGrouping<uint, TraceRecord> end in ends)
        {
            string[] client = [.. end.Where(x => x.Role == "client").Select(describe)];
            string[] server = [.. end.Where(x => x.Role == "server").Select(describe)];
            TraceAssert.SameSequence(client, server, (x, y) => x == y, $"connection {end.Key}");
            Assert.Equal(2, end.Select(x => x.Connection).Distinct().Count());
            count += client.Length;
        }

        TraceAssert.Note($"{count} exchanges are the same at both ends");
    }

    private static string DescribeMySql(TraceRecord x) =>
        $"{x.Command} {x.Statement} rows {x.Rows} affected {x.Affected} error {x.DatabaseError}";

    private static string DescribeHttp(TraceRecord x) =>
        $"{x.Method} {x.Uri} {x.RequestBody} -> {x.Status} {x.ResponseBody}";
}
