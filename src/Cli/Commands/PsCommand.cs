// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Globalization;
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Probe;
using L7Trace.Probe.Tls;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace ps</c>: processes with their TLS libraries, what of them is read, and why the rest is not.</summary>
internal static class PsCommand
{
    private enum Format
    {
        Text,
        JsonLines,
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var scope = new ScopeOptions();
        var output = new Option<Format>("--output", "-o")
        {
            Description = "auto, plain or jsonl (one object per process)",
            HelpName = "FORMAT",
            CustomParser = static result => OptionParsers.Choice(result, ("auto", Format.Text), ("table", Format.Text),
                ("plain", Format.Text), ("jsonl", Format.JsonLines)),
        };
        var time = new Option<long?>("--for")
        {
            Description = "probe the libraries for this time (30s) and count their calls: by process, and those of processes out of scope",
            HelpName = "TIME",
            CustomParser = OptionParsers.Duration,
        };
        var command = new Command("ps", "List processes with their TLS libraries: what is read, and why the rest is not.");
        scope.AddTo(command);
        command.Add(output);
        command.Add(time);
        command.SetAction(parsed => Run(
            environment, notes, scope.IsGiven(parsed) ? scope.Read(parsed) : null, parsed.GetValue(output), parsed.GetValue(time)));
        return command;
    }

    private static int Run(CliEnvironment environment, Notes notes, ScopeSettings? scope, Format format, long? time)
    {
        IReadOnlyList<TlsProcess> processes;
        IReadOnlyList<TlsProbedFile>? files = null;
        if (time is not null && scope is { } given && given.Ports.Count + given.LocalPorts.Count + given.RemotePorts.Count > 0)
        {
            throw new CliException(ExitCode.Usage, "--for counts calls, which tell no port: choose processes (--pid, --name, --cgroup, --container, --all)");
        }

        try
        {
            if (time is { } nanoseconds)
            {
                (processes, files) = Count(environment, notes, LiveSource.Scope(scope ?? new ScopeSettings { All = true }), nanoseconds);
            }
            else
            {
                processes = environment.FindTlsProcesses(scope is null ? null : LiveSource.Scope(scope));
            }
        }
        catch (ProbeException exception)
        {
            var lines = exception.Message.Split('\n', 2);
            throw new CliException(LiveSource.ExitCodeOf(exception.Kind), lines[0], lines.Length > 1 ? lines[1].Trim() : null);
        }

        // Without a scope, what could not be looked at is no answer to "who has TLS": a count says it.
        var shown = scope is null ? processes.Where(static process => process.Stacks.Count > 0).ToList() : [.. processes];
        var bytes = format == Format.JsonLines
            ? PsView.ToJsonLines(shown, new ContainerNames(), files)
            : Encoding.UTF8.GetBytes(PsView.ToText(shown, new ContainerNames(), files, environment.OutputIsTerminal ? environment.TerminalWidth : 0));
        using (var stream = environment.OpenOutput())
        {
            try
            {
                stream.Write(bytes);
                stream.Flush();
            }
            catch (IOException exception) when (BrokenPipe.Is(exception))
            {
                // Whoever closed the pipe has seen enough.
            }
        }

        if (processes.Count > shown.Count)
        {
            var count = processes.Count - shown.Count;
            notes.Say(string.Create(CultureInfo.InvariantCulture,
                $"{count:#,0} {(count == 1 ? "process" : "processes")} could not be looked at (32-bit, or another user's: that takes CAP_SYS_PTRACE)"));
        }

        if (scope is { HasPorts: true } && !environment.CanSeeSockets())
        {
            notes.Say("missing CAP_SYS_PTRACE or CAP_DAC_READ_SEARCH: the sockets of other users' processes can't be seen, and those processes are left out");
        }

        if (shown.Count == 0)
        {
            notes.Say(scope is null ? "no running process has a TLS library that is known here" : "no process is in scope now");
        }

        return ExitCode.Done;
    }

    private static (IReadOnlyList<TlsProcess> Processes, IReadOnlyList<TlsProbedFile> Files) Count(
        CliEnvironment environment, Notes notes, ProbeScope scope, long nanoseconds)
    {
        using var signals = new StopSignals();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(Math.Clamp(nanoseconds / 1_000_000, 1, int.MaxValue)));
        signals.Connect(stop.Cancel);
        notes.Say("counting calls of TLS libraries (Ctrl-C ends it)");
        return environment.CountTlsHits(scope, stop.Token);
    }
}
