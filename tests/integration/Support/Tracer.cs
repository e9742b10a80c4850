// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>The binary under test, attached, as a black box: options in, JSON lines out.</summary>
internal sealed class Tracer : IAsyncDisposable
{
    /// <summary>Option for the size of the data ring.</summary>
    public const string RingSize = "--ring-size";

    // What a test of equality must not depend on is how soon a busy machine lets the tracer run.
    private const string LargeRing = "128MiB";

    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;

    private Tracer(TemporaryFolder folder, ChildProcess process)
    {
        _folder = folder;
        _process = process;
    }

    public int ProcessId => _process.Id;

    public string Errors => _process.Errors;

    /// <summary>What it writes to.</summary>
    public string OutputFile => File;

    private string File => _folder.File("trace.jsonl");

    /// <summary>
    /// `l7trace watch` with the given scope and options; returns when it says on stderr that it is attached.
    /// Statements are wanted as sent, and what the summary counts with -v.
    /// </summary>
    public static Task<Tracer> WatchAsync(Capture capture, params string[] options) => WatchAsync([], capture, options);

    /// <summary>The same behind a launcher that becomes the program, such as setpriv(1); empty for none.</summary>
    public static async Task<Tracer> WatchAsync(string[] launcher, Capture capture, string[] options)
    {
        var folder = new TemporaryFolder();
        folder.Open();
        string[] program = [.. launcher, Repository.Binary];
        ChildProcess process = ChildProcess.Start(
            program[0],
            [
                .. program[1..], "watch", "-v", "-o", "jsonl", "-w", folder.File("trace.jsonl"), "--show-secrets", .. capture.Options,
                .. options.Contains(RingSize) ? [] : new[] { RingSize, LargeRing }, .. options,
            ]);
        var tracer = new Tracer(folder, process);
        try
        {
            await process.WaitForErrorAsync(IsReady);
            return tracer;
        }
        catch
        {
            await tracer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Scope: these processes.</summary>
    public static string[] Pids(params IEnumerable<int> pids) =>
        ["--pid", string.Join(',', pids.Select(x => x.ToString(CultureInfo.InvariantCulture)))];

    /// <summary>The most memory that the tracer has had resident so far (VmHWM), bytes.</summary>
    public long PeakMemory() =>
        1024 * long.Parse(
            System.IO.File.ReadLines($"/proc/{ProcessId}/status").Single(x => x.StartsWith("VmHWM:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1],
            CultureInfo.InvariantCulture);

    public void Signal(int signal) => _process.Signal(signal);

    public Task WaitForExitAsync() => _process.WaitAsync();

    /// <summary>The records written so far.</summary>
    public IReadOnlyList<TraceRecord> ReadSoFar() => Read(wholeOnly: false).Exchanges;

    /// <summary>Waits until a record that is wanted has been written while the trace goes on.</summary>
    public async Task WaitForAsync(Func<TraceRecord, bool> wanted)
    {
        for (int i = 0; i < 300; i++)
        {
            if (ReadSoFar().Any(wanted))
            {
                return;
            }

            Assert.False(_process.HasExited, _process.Said());
            await Task.Delay(100);
        }

        Assert.Fail("The trace did not show in 30 s what was waited for.\n" + _process.Said());
    }

    /// <summary>Ctrl-C, and everything that was written.</summary>
    public async Task<TraceResult> StopAsync()
    {
        long begin = Stopwatch.GetTimestamp();
        _process.Signal(ChildProcess.SigInt);
        await _process.WaitForSuccessAsync(60);
        TimeSpan took = Stopwatch.GetElapsedTime(begin);
        return Read(wholeOnly: true) with { StopTime = took, Errors = _process.Errors };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Signal(ChildProcess.SigCont);
        }

        await _process.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The line that says that it is attached.</summary>
    public static bool IsReady(string line) => line.StartsWith("l7trace: tracing ", StringComparison.Ordinal);

    private TraceResult Read(bool wholeOnly)
    {
        var exchanges = new List<TraceRecord>();
        JsonElement? summary = null;
        using var stream = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        string text = reader.ReadToEnd();
        int begin = 0;
        for (int end; (end = text.IndexOf('\n', begin)) >= 0; begin = end + 1)
        {
            using JsonDocument document = JsonDocument.Parse(text.AsMemory(begin, end - begin));
            switch (document.RootElement.GetProperty("type").GetString())
            {
                case "exchange":
                    exchanges.Add(new TraceRecord(document.RootElement.Clone()));
                    break;
                case "summary":
                    summary = document.RootElement.Clone();
                    break;
            }
        }

        if (wholeOnly)
        {
            Assert.True(begin == text.Length, "The last line of the trace is cut off.");
            Assert.True(summary is not null, "The trace has no summary record.\n" + _process.Said());
        }

        return new TraceResult(exchanges, summary, _process.Errors, default);
    }
}
