// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>The trace of nginx equals its access log.</summary>
public sealed class NginxLogTests
{
    private const int Requests = 50_000;
    private const int Later = 5000;
    private const string Marker = "/text?n=attached-from-here-on";

    public static TheoryData<Capture, bool> Combinations() => new()
    {
        { Capture.Tracepoints, false },
        { Capture.Tracepoints, true },
        { Capture.FileWalk, true },
    };

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_server_side_equals_the_access_log(Capture capture, bool sendfile)
    {
        Requirement.Need("bpf", "nginx", "wrk");
        using var folder = new TemporaryFolder();
        await using NginxServer server = await NginxServer.StartAsync(sendfile);
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessIds));
        int runs = 0;
        for (long seen = 0; seen < Requests && runs < 8; runs++)
        {
            seen += await RunWrkAsync(server, folder, "r" + runs.ToString(CultureInfo.InvariantCulture), 3);
        }

        // nginx first: the log is written at its end, and what it sends until then belongs to the trace.
        IReadOnlyList<NginxLogEntry> log = await server.StopAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        Assert.True(log.Count >= Requests, $"only {log.Count} requests");
        Compare([.. log], [.. trace.Http], Wrk.Connections * runs, attachedAt: 0);
    }

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Attached_to_open_connections_everything_from_then_on_is_there(Capture capture)
    {
        Requirement.Need("bpf", "nginx", "wrk");
        using var folder = new TemporaryFolder();
        await using NginxServer server = await NginxServer.StartAsync(sendfile: false);
        await using ChildProcess wrk = await Wrk.StartAsync(server, folder, "late", seconds: 120);
        await wrk.WriteLineAsync("go");
        await server.WaitForRequestsAsync(1000);
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessIds));
        using (var client = new HttpClient())
        {
            await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}{Marker}"));
        }

        await server.WaitForRequestsAsync(Later, Marker);
        wrk.Signal(ChildProcess.SigInt); // ends it before its time
        await wrk.WaitForSuccessAsync();
        IReadOnlyList<NginxLogEntry> log = await server.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        int marker = log.Index().First(x => x.Item.Uri == Marker).Index;
        Assert.True(log.Count >= marker + Later);
        Compare([.. log], [.. trace.Http], 2 * Wrk.Connections, marker);
    }

    private static async Task<long> RunWrkAsync(NginxServer server, TemporaryFolder folder, string name, int seconds)
    {
        await using ChildProcess wrk = await Wrk.StartAsync(server, folder, name, seconds);
        await wrk.WriteLineAsync("go");
        await wrk.WaitForSuccessAsync();
        string line = wrk.Output.Split('\n').First(x => x.Contains(" requests in ", StringComparison.Ordinal));
        return long.Parse(line.Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Per connection (the serial number of nginx, the id of ours) and in order. wrk has one request outstanding per
    /// connection: the one that it leaves behind when it stops is the connection's last. What the log has from
    /// <paramref name="attachedAt"/> on must be in the trace; when that is not its beginning, the first request of a
    /// connection may have been under way by then.
    /// </summary>
    private static void Compare(NginxLogEntry[] log, TraceRecord[] trace, int mostInFlight, int attachedAt)
    {
        Dictionary<long, (int Index, NginxLogEntry Item)[]> logged = log.Index().GroupBy(x => x.Item.Connection)
            .ToDictionary(x => x.Key, x => x.OrderBy(y => y.Item.Request).ToArray());
        Dictionary<string, long> connectionOf = log.ToDictionary(x => x.Uri, x => x.Connection, StringComparer.Ordinal);
        var inFlight = new List<string>();
        int equal = 0;
        foreach (IGrouping<string, TraceRecord> connection in trace.GroupBy(x => x.Connection))
        {
            TraceRecord[] ours = [.. connection];
            Assert.All(ours, x => Assert.Equal("server", x.Role));
            if (ours.FirstOrDefault(x => x.Uri is not null && connectionOf.ContainsKey(x.Uri)) is not { } known)
            {
                inFlight.AddRange(ours.Select(x => "not logged: " + x));
                continue;
            }

            long id = connectionOf[known.Uri!];
            Assert.True(logged.Remove(id, out (int Index, NginxLogEntry Item)[]? theirs), $"two connections of the trace are {id} of the log");
            (int i, int j) = SkipLast(ours, theirs!, inFlight);
            for (; i >= 0 && j >= 0 && Same(theirs![j].Item, ours[i]); i--, j--)
            {
                equal++;
            }

            if (i == 0 && attachedAt > 0)
            {
                inFlight.Add($"under way when attached: {ours[0]}");
                i--;
                j--;
            }

            Assert.True(i < 0, $"connection {id}, from the end:\ntraced: {ours[Math.Max(0, i)]}\nlogged: {(j < 0 ? "nothing" : theirs![j].Item)}");
            AssertBefore(attachedAt, theirs!.Take(j + 1), inFlight);
        }

        foreach ((int Index, NginxLogEntry Item)[] theirs in logged.Values)
        {
            AssertBefore(attachedAt, theirs, inFlight);
        }

        Assert.True(inFlight.Count <= mostInFlight, $"{inFlight.Count} in flight:\n" + string.Join('\n', inFlight.Take(10)));
        TraceAssert.Note($"{equal} requests are equal; {inFlight.Count} were in flight:\n" + string.Join('\n', inFlight));
    }

    /// <summary>Steps over a last request that differs or that only one of the two has.</summary>
    private static (int Ours, int Theirs) SkipLast(
        TraceRecord[] ours, (int Index, NginxLogEntry Item)[] theirs, List<string> inFlight)
    {
        int i = ours.Length - 1;
        int j = theirs.Length - 1;
        if (Same(theirs[j].Item, ours[i]))
        {
            return (i, j);
        }

        inFlight.Add($"last of its connection, logged: {theirs[j].Item}\n  traced: {ours[i]}");
        bool onlyOurs = i > 0 && Same(theirs[j].Item, ours[i - 1]);
        bool onlyTheirs = j > 0 && Same(theirs[j - 1].Item, ours[i]);
        return (onlyTheirs ? i : i - 1, onlyOurs ? j : j - 1);
    }

    /// <summary>What the trace does not have was logged before the attachment, but for one that was under way.</summary>
    private static void AssertBefore(
        int attachedAt, IEnumerable<(int Index, NginxLogEntry Item)> entries, List<string> inFlight)
    {
        NginxLogEntry[] later = [.. entries.Where(x => x.Index >= attachedAt).Select(x => x.Item)];
        Assert.True(later.Length <= 1, $"{later.Length} requests of a connection are not in the trace, such as {later.LastOrDefault()}");
        inFlight.AddRange(later.Select(x => "not traced: " + x));
    }

    private static bool Same(NginxLogEntry entry, TraceRecord record) =>
        entry.Method == record.Method && entry.Uri == record.Uri && entry.Status == record.Status
        && entry.Body == record.ResponseBody;
}
