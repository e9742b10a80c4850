// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>`l7trace record` that shows the exchanges too: what went into the file and what live tracing made of it.</summary>
internal sealed class Recorder : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;

    private Recorder(TemporaryFolder folder, ChildProcess process)
    {
        _folder = folder;
        _process = process;
    }

    public string File => _folder.File("r.pcapng");

    public string Folder => _folder.Path;

    public string Said => _process.Said();

    public string Errors => _process.Errors;

    public static async Task<Recorder> StartAsync(int[] pids, params string[] options)
    {
        var folder = new TemporaryFolder();
        ChildProcess process = ChildProcess.Start(
            Repository.Binary,
            [
                "record", "-w", folder.File("r.pcapng"), "-o", "jsonl", "--show-secrets", .. Tracer.Pids(pids),
                .. options.Contains(Tracer.RingSize) ? [] : new[] { Tracer.RingSize, "64MiB" }, .. options,
            ]);
        try
        {
            await process.WaitForErrorAsync(x => x.StartsWith("l7trace: tracing ", StringComparison.Ordinal));
        }
        catch
        {
            await process.DisposeAsync();
            folder.Dispose();
            throw;
        }

        return new Recorder(folder, process);
    }

    public void Signal(int signal) => _process.Signal(signal);

    /// <summary>The exchanges that it has shown so far, as lines.</summary>
    public IReadOnlyList<string> Shown => Exchanges(_process.Output[..(_process.Output.LastIndexOf('\n') + 1)]);

    /// <summary>Ends it in order; the exchanges that it showed, as lines.</summary>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        _process.Signal(ChildProcess.SigInt);
        await _process.WaitForSuccessAsync(60);
        return Exchanges(_process.Output);
    }

    /// <summary>Ends it at once.</summary>
    public async Task KillAsync()
    {
        _process.Signal(ChildProcess.SigKill);
        await _process.WaitAsync();
    }

    /// <summary>The exchanges that the files give back, as lines.</summary>
    public static async Task<IReadOnlyList<string>> ReadBackAsync(params IEnumerable<string> files) =>
        Exchanges(await ChildProcess.RunAsync(
            Repository.Binary, ["watch", "-o", "jsonl", "--show-secrets", "-q", "-r", .. files]));

    /// <summary>What reading the files says was lost.</summary>
    public static async Task<IReadOnlyList<string>> SaidLostAsync(params IEnumerable<string> files)
    {
        await using ChildProcess process = ChildProcess.Start(Repository.Binary, ["report", "-q", "-r", .. files]);
        await process.WaitForSuccessAsync(60);
        return Lost(process.Errors);
    }

    /// <summary>The lines that say what was lost. Of exchanges that the output lost nothing is missing in the recording.</summary>
    public static IReadOnlyList<string> Lost(string said) =>
        [.. said.Split('\n').Where(x => x.StartsWith("l7trace: lost: ", StringComparison.Ordinal) &&
            !x.Contains("finished exchange", StringComparison.Ordinal))];

    /// <summary>What tshark prints of the file.</summary>
    public Task<string> TsharkAsync(params IEnumerable<string> options) =>
        ChildProcess.RunAsync("tshark", ["-n", "-r", File, .. options]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static List<string> Exchanges(string output) =>
        [.. output.Split('\n').Where(x => x.Length > 0 && IsExchange(x))];

    private static bool IsExchange(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("type").GetString() == "exchange";
    }
}
