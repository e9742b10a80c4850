// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests.Support;

/// <summary>One client's conversation with one server, traced at both ends.</summary>
/// <param name="Server">The server.</param>
/// <param name="Client">The client.</param>
/// <param name="Version">Of HTTP.</param>
/// <param name="HasTls">https instead of http.</param>
internal sealed record Cell(ServerKind Server, ClientKind Client, string Version, bool HasTls = false)
{
    private const int PatienceInSeconds = 10;

    /// <summary>Runs it untraced: what both journals say, once they agree on how much there was.</summary>
    public async Task<(IReadOnlyList<JournalEntry> Client, IReadOnlyList<JournalEntry>? Server)> RunUntracedAsync()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<Step> steps = Conversation.Of(Client, Server, Version, HasTls);
        Certificate? certificate = HasTls ? new Certificate(folder) : null;
        await using IHttpServer server = await Server.StartAsync(Version, steps, certificate);
        (ChildProcess process, ClientCommand command) = await StartClientAsync(server, steps, folder, certificate);
        await using ChildProcess client = process;
        await client.WriteLineAsync("go");
        await WaitForEndAsync(client, command, steps);
        await WaitForJournalAsync(server, steps);
        return (command.Journal(client), server.Journal);
    }

    /// <summary>Fails unless the trace of each end equals both journals.</summary>
    public async Task CompareAsync()
    {
        using var folder = new TemporaryFolder();
        IReadOnlyList<Step> steps = Conversation.Of(Client, Server, Version, HasTls);
        Certificate? certificate = HasTls ? new Certificate(folder) : null;
        await using IHttpServer server = await Server.StartAsync(Version, steps, certificate);
        (ChildProcess process, ClientCommand command) = await StartClientAsync(server, steps, folder, certificate);
        await using ChildProcess client = process;
        string port = server.Port.ToString(CultureInfo.InvariantCulture);

        // One trace of each end: what it shows live, and what it records, for headers and trailers.
        string[] options = ["--port", port, "--capture-limit", "256KiB"];
        // A trace ends soon after the last process in scope. A connection that a client gave up as the last thing may be half closed
        // then, until the server has noticed, and its exchange under way; so another process is in scope.
        await using ChildProcess other = ChildProcess.Start("sleep", "600");
        Task<Recorder> starting = Recorder.StartAsync([.. server.ProcessIds], options);
        await using Recorder atClient = await Recorder.StartAsync([client.Id, other.Id], options);
        await using Recorder atServer = await starting;
        await client.WriteLineAsync("go");
        await WaitForEndAsync(client, command, steps);
        await WaitForJournalAsync(server, steps);
        await WaitForAsync(() => atClient.Shown.Count >= steps.Count && atServer.Shown.Count >= steps.Count);
        var compared = new Comparison(this, steps, server.Port, command.Journal(client), server.Journal);
        foreach ((string role, Recorder recorder) in new[] { ("client", atClient), ("server", atServer) })
        {
            TraceRecord[] records = [.. (await recorder.StopAsync()).Select(TraceRecord.Parse)];
            Assert.Empty(Recorder.Lost(recorder.Errors));
            string har = folder.File(role + ".har");
            await ChildProcess.RunAsync(Repository.Binary, "export", "-q", "-r", recorder.File, "--to", "har", "--show-secrets", "-w", har);
            compared.Add(role, records, HarEntry.Read(har));
        }

        compared.AssertEqual();
        TraceAssert.Note($"{steps.Count} requests are equal at both ends");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Client.Name} to {Server.Name}, {(HasTls ? "https" : "http")} {Version}";

    private async Task<(ChildProcess Process, ClientCommand Command)> StartClientAsync(
        IHttpServer server, IReadOnlyList<Step> steps, TemporaryFolder folder, Certificate? certificate)
    {
        string url = string.Create(CultureInfo.InvariantCulture, $"{(HasTls ? "https" : "http")}://127.0.0.1:{server.Port}");
        ClientCommand command = await Client.PrepareAsync(new ClientTask(Version, url, steps, folder, certificate));
        (string program, string[] arguments) = (command.Command[0], command.Command[1..]);
        return (Client.Waits ? ChildProcess.Start(program, arguments) : ChildProcess.StartGated(program, arguments), command);
    }

    // curl 7.88 calls it an error now and then (92) when a stream that it still sends on is answered and ended, and ends with the code of that.
    private static async Task WaitForEndAsync(ChildProcess client, ClientCommand command, IReadOnlyList<Step> steps)
    {
        await client.WaitAsync();
        string code = string.Create(CultureInfo.InvariantCulture, $"exit code {client.ExitCode}");
        if (client.ExitCode == 0 || !command.Journal(client).Any(x => x.Error == code && steps.Single(y => y.N == x.N).Case == "early"))
        {
            await client.WaitForSuccessAsync();
        }
    }

    // A server may notice the end of a request later than its client.
    private static Task WaitForJournalAsync(IHttpServer server, IReadOnlyList<Step> steps) =>
        WaitForAsync(() => server.Journal is not { } journal || journal.Count >= steps.Count);

    // What does not come in time is missing in the comparison.
    private static async Task WaitForAsync(Func<bool> isThere)
    {
        for (int i = 0; i < PatienceInSeconds * 20 && !isThere(); i++)
        {
            await Task.Delay(50);
        }
    }
}
