// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>
/// Durations against what the servers measured themselves, which is within ours: lower bounds and containment only,
/// so that a slow machine can't fail them.
/// </summary>
public sealed class LatencyTests(SharedMariaDb mariaDb)
{
    // Nanoseconds. Copying one answer of these tests (at most 64 KiB) and waking its reader is far below.
    private const long MaxOvertaking = 1_000_000;

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task A_statement_takes_at_least_the_slow_logs_query_time_and_has_its_rows(Capture capture)
    {
        Requirement.Need("bpf", "mariadb");
        const int Count = 3000;
        MariaDbServer server = await mariaDb.GetAsync();
        string log = await server.StartSlowLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessId));
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 8))
        {
            await client.RunAsync(1, Count);
        }

        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        IReadOnlyList<SlowLogEntry> entries = await server.StopSlowLogAsync(log);

        trace.AssertNothingLost();
        var ours = trace.MySql.Where(x => x.Command is "query" or "execute" && SqlNumbers.Of(x.Statement) is not null)
            .GroupBy(x => SqlNumbers.Of(x.Statement)!.Value).ToDictionary(x => x.Key, x => x.ToArray());
        var theirs = entries.Where(x => SqlNumbers.Of(x.Statement) is not null)
            .GroupBy(x => SqlNumbers.Of(x.Statement)!.Value).ToDictionary(x => x.Key, x => x.ToArray());
        Assert.Equal(Count, theirs.Count);
        var tooShort = new List<string>();
        foreach ((long n, SlowLogEntry[] logged) in theirs)
        {
            Assert.Equal(logged.Length, ours[n].Length);
            foreach ((SlowLogEntry entry, TraceRecord record) in logged.Zip(ours[n]))
            {
                Assert.Equal(entry.ConnectionId, record.ServerConnectionId);
                if (record.DatabaseError is null)
                {
                    Assert.Equal(entry.RowsSent, record.Rows.GetValueOrDefault());
                    Assert.Equal(entry.RowsAffected, record.Affected.GetValueOrDefault());
                }

                if (!(record.Duration >= entry.QueryNanoseconds - 10_000))
                {
                    tooShort.Add($"Query_time {entry.QueryNanoseconds}: {record}");
                }
            }
        }

        Assert.True(tooShort.Count == 0, $"{tooShort.Count} are too short:\n" + string.Join('\n', tooShort.Take(10)));
    }

    [Fact]
    public async Task A_sleep_takes_at_least_as_long_as_it_sleeps()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.ProcessId, Environment.ProcessId), "--side", "both"]);
        int[] milliseconds = [0, 1, 5, 20, 70, 250];
        await Task.WhenAll(Enumerable.Range(0, 3).Select(async worker =>
        {
            await using MySqlConnection connection = await server.OpenAsync();
            foreach (int ms in milliseconds)
            {
                await using var command = new MySqlCommand(Sleep(ms), connection);
                await command.ExecuteScalarAsync();
            }
        }));
        TraceResult trace = await tracer.StopAsync();
        foreach (int ms in milliseconds)
        {
            TraceRecord[] records = [.. trace.MySql.Where(x => x.Statement == Sleep(ms))];
            Assert.Equal(6, records.Length);
            Assert.All(records, x => Assert.True(x.Duration >= ms * 1_000_000L, x.ToString()));
        }

        static string Sleep(int ms) => string.Create(CultureInfo.InvariantCulture, $"SELECT SLEEP({ms / 1000.0})");
    }

    [Fact]
    public async Task The_clients_interval_contains_the_servers()
    {
        Requirement.Need("bpf", "mariadb");
        const int Count = 2000;
        MariaDbServer server = await mariaDb.GetAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.ProcessId, Environment.ProcessId), "--side", "both"]);
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 8))
        {
            await client.RunAsync(1, Count);
        }

        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        AssertContained(
            trace.MySql.Where(x => SqlNumbers.Of(x.Statement) is not null && x.Command is "query" or "execute"),
            x => $"{x.ServerConnectionId} {x.Command} {x.Statement}");
    }

    [Fact]
    public async Task The_http_clients_interval_contains_the_servers()
    {
        Requirement.Need("bpf", "cc");
        const int Count = 4000;
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync();
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, 8, gated: true);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.ProcessId, client.ProcessId), "--side", "both"]);
        await client.OpenAsync();
        await client.RunAsync(1, Count, depth: 1);
        IReadOnlyList<HttpJournalEntry> journal = await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        AssertContained(trace.Http, x => x.Path!);

        // And the client's own clock, read before its first call and after its last one, contains both.
        var byNumber = journal.ToDictionary(x => x.Number);
        Assert.All(trace.Http.Where(x => x.Role == "client"), x =>
        {
            HttpJournalEntry entry = byNumber[HttpNumbers.Of(x)];
            Assert.True(entry.End - entry.Begin >= x.Duration, $"{entry} {x}");
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_request_takes_at_least_what_nginx_measured(bool sendfile)
    {
        Requirement.Need("bpf", "nginx");
        await using NginxServer server = await NginxServer.StartAsync(sendfile);
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(server.ProcessIds));
        using (var handler = new SocketsHttpHandler { MaxConnectionsPerServer = 1, AllowAutoRedirect = false })
        using (var client = new HttpClient(handler))
        {
            for (int i = 0; i < 60; i++)
            {
                string path = (i % 3) switch { 0 => "f/1000", 1 => "slow/20000", _ => "slow/100000" };
                await client.GetByteArrayAsync(string.Create(
                    CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}/{path}?n={i}"));
            }
        }

        IReadOnlyList<NginxLogEntry> log = await server.StopAsync();
        TraceResult trace = await tracer.StopAsync();
        var ours = trace.Http.ToDictionary(x => x.Uri!);
        Assert.Equal(60, log.Count);
        Assert.All(log, x => Assert.True(ours[x.Uri].Duration >= x.Nanoseconds - 1_000_000, $"{x} {ours[x.Uri]}"));
        TraceAssert.Note($"longest $request_time: {log.Max(x => x.Nanoseconds) / 1e6} ms");
    }

    /// <summary>
    /// The server's interval begins after the client's and ends before it. One exception is in the definition and not
    /// in the measurement: the server's last send wakes the client, which may have received everything and be back
    /// before that send returns to the server. So a few may end later, by the rest of that one call.
    /// </summary>
    private static void AssertContained(IEnumerable<TraceRecord> records, Func<TraceRecord, string> key)
    {
        var outside = new List<string>();
        int pairs = 0;
        int overtaken = 0;
        foreach (IGrouping<string, TraceRecord> both in records.GroupBy(key))
        {
            TraceRecord[] clients = [.. both.Where(x => x.Role == "client")];
            TraceRecord[] servers = [.. both.Where(x => x.Role == "server")];
            Assert.Equal(clients.Length, servers.Length);
            foreach ((TraceRecord client, TraceRecord server) in clients.Zip(servers))
            {
                pairs++;
                long after = server.Start - client.Start;
                long? before = client.Duration - server.Duration - after;
                overtaken += before < 0 ? 1 : 0;
                if (after < 0 || before is null or < -MaxOvertaking)
                {
                    outside.Add($"begins {after} ns after, ends {before} ns before: {both.Key}");
                }
            }
        }

        TraceAssert.Note($"{pairs} pairs, {outside.Count} outside, {overtaken} whose last send returned after the client had everything");
        Assert.True(overtaken <= pairs / 20, $"in {overtaken} of {pairs} the server ends after the client");
        Assert.True(pairs > 0 && outside.Count == 0, $"{outside.Count} of {pairs} are not contained:\n" + string.Join('\n', outside.Take(10)));
    }
}
