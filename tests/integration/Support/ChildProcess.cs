// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace L7Trace.IntegrationTests.Support;

/// <summary>A process that a test started: collects what it prints, ends it by its own pid.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const int SigStop = 19;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly string _name;

    private ChildProcess(Process process, string name)
    {
        _process = process;
        _name = name;
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Exit code; 128 + signal when a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    public string Output => Copy(_output);

    public string Errors => Copy(_errors);

    /// <summary>Starts a program found on the PATH.</summary>
    public static ChildProcess Start(string program, params IEnumerable<string> arguments)
    {
        string path = program.Contains('/', StringComparison.Ordinal) ? program : Requirement.Find(program) ?? program;
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var child = new ChildProcess(new Process { StartInfo = start }, Path.GetFileName(program));
        child._process.OutputDataReceived += (_, line) => Append(child._output, line.Data);
        child._process.ErrorDataReceived += (_, line) => Append(child._errors, line.Data);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>
    /// Starts a shell that becomes the program (same pid) when it gets a line by <see cref="WriteLineAsync"/>: so a
    /// tracer can be attached to the pid before the program's first call.
    /// </summary>
    public static ChildProcess StartGated(string program, params IEnumerable<string> arguments) =>
        Start("sh", ["-c", "read -r _ && exec \"$0\" \"$@\"", Requirement.Find(program) ?? program, .. arguments]);

    /// <summary>Runs a program to its end and returns its output; a non-zero exit fails the test.</summary>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        await using ChildProcess child = Start(program, arguments);
        await child.WaitForSuccessAsync();
        return child.Output;
    }

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until its stdout has <paramref name="count"/> lines for which <paramref name="wanted"/> is true.</summary>
    public Task WaitForOutputAsync(Func<string, bool> wanted, int count = 1, int seconds = 120) =>
        WaitForLinesAsync(() => Output, wanted, count, seconds);

    /// <summary>The same for stderr.</summary>
    public Task WaitForErrorAsync(Func<string, bool> wanted, int count = 1, int seconds = 60) =>
        WaitForLinesAsync(() => Errors, wanted, count, seconds);

    /// <summary>Waits for its end; more than the bound fails the test.</summary>
    public async Task WaitAsync(int seconds = 120)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{_name} did not end in {seconds} s.\n{Said()}");
        }
    }

    public async Task WaitForSuccessAsync(int seconds = 120)
    {
        await WaitAsync(seconds);
        Assert.True(ExitCode == 0, $"{_name} ended with {ExitCode}.\n{Said()}");
    }

    public void Signal(int signal)
    {
        const int NoSuchProcess = 3; // it has just ended by itself
        if (!_process.HasExited && kill(_process.Id, signal) != 0 && Marshal.GetLastPInvokeError() != NoSuchProcess)
        {
            throw new InvalidOperationException($"kill {_process.Id}: error {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>To a process that something else started for this test.</summary>
    public static void Signal(int processId, int signal) => Assert.Equal(0, kill(processId, signal));

    public string Said() => $"{_name} stdout:\n{Tail(Output)}\n{_name} stderr:\n{Tail(Errors)}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(SigKill);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is not null)
        {
            lock (to)
            {
                to.Append(line).Append('\n');
            }
        }
    }

    private static string Copy(StringBuilder from)
    {
        lock (from)
        {
            return from.ToString();
        }
    }

    private static string Tail(string text) => text.Length > 4000 ? "..." + text[^4000..] : text;

    private async Task WaitForLinesAsync(Func<string> text, Func<string, bool> wanted, int count, int seconds)
    {
        long end = Environment.TickCount64 + (seconds * 1000L);
        while (text().Split('\n').Count(wanted) < count)
        {
            if (_process.HasExited)
            {
                await _process.WaitForExitAsync(); // what is still in the pipe
                if (text().Split('\n').Count(wanted) >= count)
                {
                    return;
                }

                Assert.Fail($"{_name} ended with {ExitCode} before it said what was waited for.\n{Said()}");
            }

            Assert.True(Environment.TickCount64 < end, $"{_name} did not say in {seconds} s what was waited for.\n{Said()}");
            await Task.Delay(5);
        }
    }

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
#pragma warning disable SYSLIB1054 // source-generated imports need unsafe blocks, for which one call is no reason
    private static extern int kill(int pid, int signal);
#pragma warning restore SYSLIB1054
}
