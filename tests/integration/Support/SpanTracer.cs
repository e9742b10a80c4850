// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>`l7trace watch --otlp`, as a user runs it: secrets are withheld, variables say the rest.</summary>
internal sealed class SpanTracer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;

    private SpanTracer(TemporaryFolder folder, ChildProcess process) => (_folder, _process) = (folder, process);

    public string Errors => _process.Errors;

    /// <summary>Starts one; returns when it is attached.</summary>
    /// <param name="address">Of the collector.</param>
    /// <param name="variables">NAME=value, with blanks between.</param>
    /// <param name="options">The scope, and what else is wanted.</param>
    public static async Task<SpanTracer> WatchAsync(string address, string variables, params string[] options)
    {
        var folder = new TemporaryFolder();
        ChildProcess process = ChildProcess.Start("env",
        [
            .. variables.Split(' ', StringSplitOptions.RemoveEmptyEntries), Repository.Binary, "watch", "-o", "jsonl", "-w", folder.File("trace.jsonl"),
            "--ring-size", "64MiB", "--otlp=" + address, .. options,
        ]);
        var tracer = new SpanTracer(folder, process);
        try
        {
            await process.WaitForErrorAsync(Tracer.IsReady);
            return tracer;
        }
        catch
        {
            await tracer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for what it says of itself.</summary>
    public Task WaitForErrorAsync(Func<string, bool> wanted) => _process.WaitForErrorAsync(wanted);

    /// <summary>Ctrl-C; the exchanges that were written, and what the summary counts of spans, without zeros.</summary>
    public async Task<(IReadOnlyList<TraceRecord> Exchanges, Dictionary<string, long> Counts)> StopAsync()
    {
        _process.Signal(ChildProcess.SigInt);
        await _process.WaitForSuccessAsync(60);
        JsonElement[] lines = [.. (await File.ReadAllLinesAsync(_folder.File("trace.jsonl"))).Select(x => JsonDocument.Parse(x).RootElement)];
        JsonElement summary = lines.Single(x => x.GetProperty("type").GetString() == "summary");
        string[] losses = [.. summary.EnumerateObject().Select(x => x.Name).Where(x => x.StartsWith("loss.", StringComparison.Ordinal))];
        Assert.True(losses.Length == 0, Errors);
        return (
            [.. lines.Where(x => x.GetProperty("type").GetString() == "exchange").Select(x => new TraceRecord(x))],
            summary.EnumerateObject().Where(x => x.Name.StartsWith("spans.", StringComparison.Ordinal) && x.Value.GetInt64() > 0)
                .ToDictionary(x => x.Name["spans.".Length..], x => x.Value.GetInt64()));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }
}
