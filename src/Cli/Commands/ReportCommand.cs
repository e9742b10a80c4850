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
        var read = new Option<string?>("--read")
        {
            Description = "report on a file that was written with -o jsonl, instead of tracing; needs no root",
            HelpName = "FILE",
        };
        var command = new Command("report", "Count and time statements and routes until Ctrl-C or --for, then print tables.");
        scope.AddTo(command);
        trace.AddTo(command);
        command.Add(read);
        command.SetAction(parsed => parsed.GetValue(read) is { } file
            ? RecordedReport.Run(environment, notes, SettingsWithoutScope(scope, trace, parsed), file)
            : TraceVerb.Run(
                environment,
                notes,
                trace.Read(parsed) with { Scope = scope.Read(parsed) },
                new HostOptions(),
                ReportSink.Create));
        return command;
    }

    private static TraceSettings SettingsWithoutScope(ScopeOptions scope, TraceOptions trace, ParseResult parsed) =>
        scope.IsGiven(parsed)
            ? throw new CliException(ExitCode.Usage, "--read takes the whole file; processes and ports are for live traces")
            : trace.Read(parsed);
}
