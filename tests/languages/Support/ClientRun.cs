// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.LanguageTests.Support;

/// <summary>One client's conversation with one server, traced from one side.</summary>
internal static class ClientRun
{
    /// <summary>
    /// The general log says which statements ran, with which values; the client's journal says what came back. Fails unless
    /// the trace equals both; its statements and executions.
    /// </summary>
    /// <param name="server">The server.</param>
    /// <param name="client">The client.</param>
    /// <param name="side">Which of them is traced.</param>
    /// <param name="authority">For TLS: the certificate that the server has. Its peers must be proven.</param>
    public static async Task<IReadOnlyList<TraceRecord>> CompareAsync(
        DatabaseServer server, Client client, string side, string? authority = null)
    {
        IReadOnlyList<Step> steps = client.Steps;
        using var folder = new TemporaryFolder();
        await File.WriteAllLinesAsync(folder.File("conversation"), steps.Select(x => x.Line));
        await server.MakeSchemaAsync();

        await using ChildProcess program = await client.StartGatedAsync(
            "127.0.0.1", server.Port, DatabaseServer.User, DatabaseServer.Password, DatabaseServer.Database, folder.File("conversation"), authority);
        string log = await server.StartGeneralLogAsync();
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints,
            [.. Tracer.Pids(side == "client" ? program.Id : server.ProcessId), .. side == "client" && authority is null && client.HasLibrariesElsewhere ? ["--no-tls"] : Array.Empty<string>()]);
        await program.WriteLineAsync("go");
        await program.WaitForSuccessAsync();
        await server.WaitForQuietAsync();
        TraceResult trace = await tracer.StopAsync();
        IReadOnlyList<GeneralLogEntry> entries = await server.StopGeneralLogAsync(log);

        trace.AssertNothingLost();
        TraceRecord[] ours = [.. trace.MySql.Where(x => x.Command is "query" or "prepare" or "execute" && !server.IsAdministrative(x.Statement))];
        TraceAssert.AllComplete(ours.Where(x => x.MissingText is null && x.CutParameters is null)); // of which the steps tell
        Assert.All(ours, x => Assert.Equal(side, x.Role));
        Assert.All(ours, x => Assert.Equal(server.Port, x.ServerPort));
        if (authority is not null)
        {
            Assert.All(ours, x => Assert.Contains(x.PeerProof, new[] { "nested_call", "ciphertext_match" }));
            Assert.All(ours, x => Assert.NotNull(x.ClientPort));
        }

        if (side == "server")
        {
            // The process's name, whatever the thread's is.
            string name = (await File.ReadAllTextAsync($"/proc/{server.ProcessId}/comm")).Trim();
            Assert.All(ours, x => Assert.Equal(name, x.ProcessCommand));
        }

        var expected = new ExpectedTrace(client, steps);
        ExpectedTrace.EqualsLog(entries, ours);
        expected.EqualsJournal(JournalEntry.Parse(program.Output), ours);
        TraceAssert.Note($"{ours.Length} statements and executions are equal, and {expected.ComparedValues} values");
        return ours;
    }
}
