// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>The trace of a MariaDB server equals the server's general log, statement for statement.</summary>
public sealed class MySqlLogTests(SharedMariaDb mariaDb)
{
    private const int Events = 1010; // of 20 statements: at least 20,000

    public static TheoryData<Capture, bool, bool> Combinations() => new()
    {
        { Capture.Tracepoints, false, false },
        { Capture.Tracepoints, false, true },
        { Capture.Tracepoints, true, false },
        { Capture.Tracepoints, true, true },
        { Capture.FileWalk, false, false },
        { Capture.FileWalk, true, true },
    };

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_server_side_equals_the_general_log(Capture capture, bool prepared, bool unix)
    {
        Requirement.Need("bpf", "mariadb", "sysbench");
        MariaDbServer server = await mariaDb.GetAsync();
        await using ChildProcess sysbench = await Sysbench.StartAsync(server, prepared, unix, Events);
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessId));
        (IReadOnlyList<GeneralLogEntry> entries, TraceResult trace) = await RunAsync(server, sysbench, log, tracer);
        Compare(entries, trace, "server");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task The_client_side_equals_the_general_log(bool prepared, bool unix)
    {
        Requirement.Need("bpf", "mariadb", "sysbench");
        MariaDbServer server = await mariaDb.GetAsync();
        await using ChildProcess sysbench = await Sysbench.StartAsync(server, prepared, unix, Events);
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(sysbench.Id));
        (IReadOnlyList<GeneralLogEntry> entries, TraceResult trace) = await RunAsync(server, sysbench, log, tracer);
        Compare(entries, trace, "client");
    }

    /// <summary>The same as nobody, and as root that goes on as nobody: with four capabilities there is nothing less to see.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_root_the_trace_equals_the_general_log(bool isStartedByNobody)
    {
        Requirement.Need("bpf", "mariadb", "sysbench");
        MariaDbServer server = await mariaDb.GetAsync();
        await using ChildProcess sysbench = await Sysbench.StartAsync(server, prepared: true, unix: true, Events);
        string log = await server.StartGeneralLogAsync();
        string[] pids = Tracer.Pids(server.ProcessId);
        await using Tracer tracer = isStartedByNobody
            ? await Tracer.WatchAsync(Unprivileged.With(Unprivileged.Four), Capture.Tracepoints, pids)
            : await Tracer.WatchAsync([], Capture.Tracepoints, [.. pids, "--user", Unprivileged.User]);
        (IReadOnlyList<GeneralLogEntry> entries, TraceResult trace) = await RunAsync(server, sysbench, log, tracer);
        Compare(entries, trace, "server");
        Assert.DoesNotContain("missing CAP_", trace.Errors, StringComparison.Ordinal);
    }

    /// <summary>
    /// Attached while eight connections are busy. No greeting was seen, so no connection has its id; but what was
    /// traced of each must be the end of one of the log's connections, and reach back to the attachment.
    /// </summary>
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Attached_to_open_connections_everything_from_then_on_is_there(Capture capture)
    {
        Requirement.Need("bpf", "mariadb", "sysbench");
        const string Marker = "SELECT 'attached from here on'";
        MariaDbServer server = await mariaDb.GetAsync();
        await using ChildProcess sysbench = await Sysbench.StartAsync(server, prepared: false, unix: false, events: 2 * Events);
        string log = await server.StartGeneralLogAsync();
        await sysbench.WriteLineAsync("go");
        await sysbench.WaitForOutputAsync(x => x.StartsWith("Threads started", StringComparison.Ordinal));
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessId));
        await using (MySqlConnector.MySqlConnection connection = await server.OpenAsync())
        {
            await using var command = new MySqlConnector.MySqlCommand(Marker, connection);
            await command.ExecuteNonQueryAsync();
        }

        await sysbench.WaitForSuccessAsync();
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(log);

        trace.AssertNothingLost();
        int marker = entries.Index().First(x => x.Item.Argument == Marker).Index;
        uint markerConnection = entries[marker].ConnectionId;
        var after = entries.Skip(marker).Where(x => x.ConnectionId != markerConnection && x.Command == "Query")
            .GroupBy(x => x.ConnectionId).ToDictionary(x => x.Key, x => x.Count());
        var logged = entries.Where(x => x.ConnectionId != markerConnection && x.Command == "Query")
            .GroupBy(x => x.ConnectionId).ToDictionary(x => x.Key, x => x.Select(y => y.Argument).ToArray());
        var traced = trace.MySql.Where(x => x.Command == "query" && x.ServerConnectionId is null && x.IsComplete && !x.IsAdministrative)
            .GroupBy(x => x.Connection).Select(x => x.Select(y => StatementText.Trim(y.Statement!)).ToArray()).ToArray();

        Assert.Equal(8, logged.Count);
        Assert.Equal(8, traced.Length);
        int statements = 0;
        int underWay = 0;
        foreach (string[] ours in traced)
        {
            uint[] candidates = [.. logged.Where(x => x.Value.Length >= ours.Length && x.Value.AsSpan(x.Value.Length - ours.Length).SequenceEqual(ours)).Select(x => x.Key)];
            Assert.True(candidates.Length == 1, $"{ours.Length} statements from '{ours[0]}' to '{ours[^1]}' are the end of {candidates.Length} of the log's connections");
            uint id = candidates[0];
            logged.Remove(id);

            // A statement that the server had received but not yet logged when the tracer attached was under way.
            Assert.True(ours.Length >= after[id] - 1, $"connection {id}: {after[id]} statements after the marker, {ours.Length} in the trace");
            underWay += ours.Length < after[id] ? 1 : 0;
            statements += ours.Length;
        }

        Assert.Empty(logged);
        Assert.True(after.Values.Sum() > 1000, "sysbench was over before the tracer was attached");
        TraceAssert.Note($"{statements} statements traced, {after.Values.Sum()} logged after the marker, {underWay} under way at the attachment");
    }

    private static async Task<(IReadOnlyList<GeneralLogEntry> Entries, TraceResult Trace)> RunAsync(
        MariaDbServer server, ChildProcess sysbench, string log, Tracer tracer)
    {
        await sysbench.WriteLineAsync("go");
        await sysbench.WaitForSuccessAsync();
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        return (await server.StopGeneralLogAsync(log), trace);
    }

    private static void Compare(IReadOnlyList<GeneralLogEntry> entries, TraceResult trace, string role)
    {
        trace.AssertNothingLost();
        GeneralLogEntry[] statements = [.. entries.Where(x => x.Command is "Query" or "Prepare" or "Execute")];
        TraceRecord[] ours = [.. trace.MySql.Where(x => x.Command is "query" or "prepare" or "execute" && !x.IsAdministrative)];
        Assert.True(statements.Count(x => x.Command != "Prepare") >= 20_000, $"only {statements.Length} statements");
        TraceAssert.AllComplete(ours);
        Assert.All(ours, x => Assert.Equal(role, x.Role));

        var traced = ours.GroupBy(x => x.ServerConnectionId ?? 0).ToDictionary(x => x.Key, x => x.ToArray());
        var logged = statements.GroupBy(x => x.ConnectionId).ToDictionary(x => x.Key, x => x.ToArray());
        Assert.Equal(logged.Keys.Order(), traced.Keys.Order());
        Assert.Equal(8, logged.Count);
        var patterns = new Dictionary<string, System.Text.RegularExpressions.Regex>(StringComparer.Ordinal);
        foreach ((uint id, GeneralLogEntry[] log) in logged)
        {
            Assert.Single(traced[id].Select(x => x.Connection).Distinct());
            TraceAssert.SameSequence(log, traced[id], (entry, record) => Same(entry, record, patterns), $"connection {id}");
        }

        TraceAssert.Note($"{statements.Length} statements on {logged.Count} connections are equal");
    }

    private static bool Same(
        GeneralLogEntry entry, TraceRecord record, Dictionary<string, System.Text.RegularExpressions.Regex> patterns)
    {
        if (record.Statement is not { } text
            || !string.Equals(record.Command, entry.Command, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        if (entry.Command != "Execute")
        {
            return StatementText.Trim(text) == entry.Argument;
        }

        if (!patterns.TryGetValue(text, out System.Text.RegularExpressions.Regex? pattern))
        {
            patterns[text] = pattern = StatementText.FilledIn(text);
        }

        return pattern.IsMatch(entry.Argument);
    }
}
