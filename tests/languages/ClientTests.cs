// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;
using L7Trace.LanguageTests.Support;

namespace L7Trace.LanguageTests;

/// <summary>
/// Clients in many languages against MariaDB. The general log says which statements ran, with which values; the
/// client's journal says what came back. The trace must equal both.
/// </summary>
public sealed class ClientTests(SharedMariaDb mariaDb)
{
    public static TheoryData<string, string> Combinations()
    {
        var data = new TheoryData<string, string>();
        foreach (Client client in Client.All)
        {
            data.Add(client.Name, "client");
            data.Add(client.Name, "server");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task The_trace_equals_the_log_and_the_journal(string name, string side)
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        var client = Client.Named(name);
        IReadOnlyList<Step> steps = client.Steps;
        using var folder = new TemporaryFolder();
        await File.WriteAllLinesAsync(folder.File("conversation"), steps.Select(x => x.Line));
        await server.MakeSchemaAsync();

        await using ChildProcess program = await client.StartGatedAsync(
            "127.0.0.1", server.Port, MariaDbServer.User, MariaDbServer.Password, MariaDbServer.Database, folder.File("conversation"));
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, Tracer.Pids(side == "client" ? program.Id : server.ProcessId));
        await program.WriteLineAsync("go");
        await program.WaitForSuccessAsync();
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(log);

        trace.AssertNothingLost();
        TraceRecord[] ours = [.. trace.MySql.Where(x => x.Command is "query" or "prepare" or "execute" && !x.IsAdministrative)];
        TraceAssert.AllComplete(ours.Where(x => x.MissingText is null && x.CutParameters is null)); // of which the steps tell
        Assert.All(ours, x => Assert.Equal(side, x.Role));
        var expected = new ExpectedTrace(client, steps);
        ExpectedTrace.EqualsLog(entries, ours);
        expected.EqualsJournal(JournalEntry.Parse(program.Output), ours);
        TraceAssert.Note($"{ours.Length} statements and executions are equal, and {expected.ComparedValues} values");
    }
}
