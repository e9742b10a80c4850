// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.IntegrationTests.Support;

/// <summary>programs/http_client.c, running: open connections over which numbered requests go in phases.</summary>
internal sealed class HttpNumbersClient : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly TemporaryFolder _folder;
    private readonly bool _started;
    private int _runs;

    private HttpNumbersClient(ChildProcess process, TemporaryFolder folder, bool started)
    {
        _process = process;
        _folder = folder;
        _started = started;
    }

    public int ProcessId => _process.Id;

    /// <summary>Starts it. A gated one makes its connections in <see cref="OpenAsync"/> only.</summary>
    public static async Task<HttpNumbersClient> StartAsync(
        HttpNumbersServer server, int connections, bool twoWriters = false, bool gated = false)
    {
        string program = await NativePrograms.BuildAsync("http_client");
        var folder = new TemporaryFolder();
        string[] arguments =
        [
            server.Where, connections.ToString(CultureInfo.InvariantCulture), folder.File("journal"),
            .. twoWriters ? new[] { "--two-writers" } : [],
        ];
        var client = new HttpNumbersClient(
            gated ? ChildProcess.StartGated(program, arguments) : ChildProcess.Start(program, arguments), folder, !gated);
        if (!gated)
        {
            await client.OpenAsync();
        }

        return client;
    }

    /// <summary>Waits until its connections are open.</summary>
    public async Task OpenAsync()
    {
        if (!_started)
        {
            await _process.WriteLineAsync("go");
        }

        await _process.WaitForOutputAsync(x => x == "ready");
    }

    /// <summary>Sends requests first .. first+count-1, at most <paramref name="depth"/> outstanding per connection.</summary>
    public async Task RunAsync(long first, int count, int depth)
    {
        await BeginAsync(first, count, depth);
        await FinishAsync();
    }

    public Task BeginAsync(long first, int count, int depth)
    {
        _runs++;
        return _process.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"run {first} {count} {depth}"));
    }

    public Task FinishAsync() => _process.WaitForOutputAsync(x => x == "done", _runs);

    /// <summary>Closes its connections in order and returns its journal.</summary>
    public async Task<IReadOnlyList<HttpJournalEntry>> StopAsync()
    {
        await _process.WriteLineAsync("quit");
        await _process.WaitForSuccessAsync();
        return [.. File.ReadLines(_folder.File("journal")).Select(HttpJournalEntry.Parse)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
