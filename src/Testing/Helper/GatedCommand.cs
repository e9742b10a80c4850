// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Text;

namespace L7Trace.Testing.Helper;

/// <summary>
/// A command that waits in front of its first instruction until it is let go: a shell that reads a line and then becomes the
/// command, with the same process id.
/// </summary>
internal sealed class GatedCommand : IAsyncDisposable
{
    private const int MaxOutput = 1 << 20; // characters kept of what it says

    private readonly StringBuilder _output = new();

    private GatedCommand(Process process)
    {
        Process = process;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process.</summary>
    public Process Process { get; }

    /// <summary>What it wrote to both its outputs so far, the newest part.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts it up to its gate.</summary>
    public static GatedCommand Start(ProcessStartInfo command)
    {
        var info = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = command.WorkingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["-c", "read -r _ && exec \"$@\"", "l7trace-gate", command.FileName,
            .. command.ArgumentList, .. Words(command.Arguments)])
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment.Clear();
        foreach (var (name, value) in command.Environment)
        {
            info.Environment[name] = value;
        }

        try
        {
            return new GatedCommand(Process.Start(info)!);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new L7TraceException($"can't start {command.FileName}: {exception.Message}", exception);
        }
    }

    /// <summary>Lets it go.</summary>
    public void Open()
    {
        Process.StandardInput.Write('\n');
        Process.StandardInput.Close();
    }

    /// <summary>Ends it, with what it started, if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited)
        {
            try
            {
                Process.Kill(entireProcessTree: true);
                await Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10)).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is InvalidOperationException or TimeoutException or AggregateException or System.ComponentModel.Win32Exception)
            {
                // It ended meanwhile, or can't be ended: not the trace's to insist.
            }
        }

        Process.Dispose();
    }

    private static string[] Words(string arguments) =>
        arguments.Length == 0 ? [] : throw new ArgumentException("give the command's arguments as a list (ArgumentList)");

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.Append(line.Data).Append('\n');
            if (_output.Length > MaxOutput)
            {
                _output.Remove(0, _output.Length - MaxOutput);
            }
        }
    }
}
