// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace report</c>: where the time went, per statement and per route, and what is still running.</summary>
internal static class ReportCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var scope = new ScopeOptions();
        var trace = new TraceOptions();
        var read = new ReadOption();
        var command = new Command("report", "Count and time statements and routes until Ctrl-C or --for, then print tables.");
        scope.AddTo(command);
        trace.AddTo(command);
        read.AddTo(command);
        command.SetAction(parsed => read.Read(parsed) is { Count: > 0 } files
            ? ReadFiles(environment, notes, trace, scope, parsed, files)
            : TraceVerb.Run(
                environment,
                notes,
                trace.Read(parsed) with { Scope = scope.Read(parsed) },
                new HostOptions(),
                ReportSink.Create));
        return command;
    }

    // What was written with -o jsonl is read by the same option; the first bytes tell.
    private static int ReadFiles(
        CliEnvironment environment, Notes notes, TraceOptions trace, ScopeOptions scope, ParseResult parsed,
        IReadOnlyList<string> files)
    {
        if (files.Count == 1 && !FileVerb.IsCapture(files[0]))
        {
            return scope.IsGiven(parsed)
                ? throw new CliException(ExitCode.Usage, "--read takes the whole file; processes and ports are for live traces")
                : RecordedReport.Run(environment, notes, trace.Read(parsed), files[0]);
        }

        return FileVerb.Run(
            environment,
            notes,
            trace.Read(parsed) with { Scope = scope.Read(parsed, mayBeEmpty: true) },
            new HostOptions(),
            files,
            ReportSink.Create);
    }
}
