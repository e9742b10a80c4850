// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>The trace of nginx under h2load, a hundred streams on each connection, equals its access log.</summary>
public sealed class Http2LogTests
{
    private const int Connections = 10;

    public static TheoryData<Capture, int> Combinations() => new()
    {
        { Capture.Tracepoints, 100_000 },
        { Capture.FileWalk, 20_000 },
    };

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task A_hundred_streams_on_each_connection_equal_the_access_log(Capture capture, int requests)
    {
        Requirement.Need("bpf", "nginx", "h2load");
        using var folder = new TemporaryFolder();
        await using NginxServer server = await NginxServer.StartAsync(sendfile: false, http2: true);
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessIds));
        await RunH2LoadAsync(server, folder, requests);

        IReadOnlyList<NginxLogEntry> log = await server.StopAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        TraceRecord[] ours = [.. trace.Http];
        Assert.Equal(requests, log.Count);
        Assert.All(ours, x => Assert.True(x is { IsComplete: true, Role: "server", Version: "2" }, x.ToString()));
        Assert.Equal(Connections, ours.Select(x => x.Connection).Distinct().Count());

        // Streams of a connection end in any order: what is compared is how often each stands there.
        Assert.Empty(Difference(log.Select(Logged), ours.Select(Traced)));
        Assert.Empty(Difference(ours.Select(Traced), log.Select(Logged)));
        Assert.All(ours.GroupBy(x => x.Connection), x => Assert.Equal(x.Count(), x.Select(y => y.StreamId).Distinct().Count()));
    }

    private static string Logged(NginxLogEntry x) =>
        string.Create(CultureInfo.InvariantCulture, $"{x.Port} {x.Method} {x.Uri} {x.Status} {x.Body}");

    private static string Traced(TraceRecord x) =>
        string.Create(CultureInfo.InvariantCulture, $"{x.ClientPort} {x.Method} {x.Uri} {x.Status} {x.ResponseBody}");

    private static List<string> Difference(IEnumerable<string> some, IEnumerable<string> others)
    {
        Dictionary<string, int> counts = others.CountBy(x => x).ToDictionary();
        return [.. some.Where(x => (counts[x] = counts.GetValueOrDefault(x) - 1) < 0).Take(5)];
    }

    // Each of h2load's clients takes the URIs in turn.
    private static async Task RunH2LoadAsync(NginxServer server, TemporaryFolder folder, int requests)
    {
        string[] paths = ["/f/0", "/f/1", "/f/100", "/f/1000", "/gone", "/f/4000", "/nothing", "/f/20000", "/missing", "/text", "/moved"];
        await File.WriteAllLinesAsync(folder.File("uris"), Enumerable.Range(0, 997).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}{paths[i % paths.Length]}?n={i}")));
        await using ChildProcess h2load = ChildProcess.Start(
            "h2load", "-n", requests.ToString(CultureInfo.InvariantCulture), "-c", Connections.ToString(CultureInfo.InvariantCulture),
            "-m", "100", "-i", folder.File("uris"));
        await h2load.WaitForSuccessAsync();
        Assert.Contains($"{requests} done", h2load.Output, StringComparison.Ordinal);
    }
}
