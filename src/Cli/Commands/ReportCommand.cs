// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Commands;

/// <summary>
/// <c>l7trace report</c>: where the time went, per statement and per route, and what is still running; with the word
/// mysql, everything about the statements.
/// </summary>
internal static class ReportCommand
{
    // All of a report is computed and written at the end of the trace; on a busy machine that takes its time.
    private static readonly HostOptions s_options = new() { DrainTime = TimeSpan.FromSeconds(10) };

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var scope = new ScopeOptions();
        var user = new UserOption();
        var trace = new TraceOptions(("html", OutputFormat.Html));
        var read = new ReadOption();
        var otlp = new OtlpOption(environment);
        var report = new StatementReportOptions();
        var routes = new RouteOptions();
        var command = new Command("report", "Count and time statements and routes until Ctrl-C or --for, then print tables.");
        report.AddTo(command);
        routes.AddTo(command);
        scope.AddTo(command);
        user.AddTo(command);
        trace.AddTo(command);
        read.AddTo(command);
        otlp.AddTo(command);
        command.SetAction(parsed =>
        {
            var settings = routes.Read(parsed, report.Narrow(parsed, otlp.Read(parsed, trace.Read(parsed))));
            var files = read.Read(parsed);
            settings = user.Read(parsed, settings, isLive: files.Count == 0);
            var makeSink = SinkFor(environment, report.Read(parsed, settings), files.Count == 0, ref settings);
            return files.Count > 0
                ? ReadFiles(environment, notes, settings, scope, parsed, files, makeSink)
                : TraceVerb.Run(
                    environment, notes, settings with { Scope = scope.Read(parsed) }, s_options, makeSink);
        });
        return command;
    }

    private static Func<OutputTarget, TraceSettings, ITraceSink> SinkFor(
        CliEnvironment environment, StatementReportSettings? report, bool isLive, ref TraceSettings settings)
    {
        if (report is null)
        {
            return settings.Output == OutputFormat.Html
                ? throw new CliException(ExitCode.Usage, "there is a page for MySQL only: l7trace report mysql -o html -w FILE")
                : ReportSink.Create;
        }

        if (settings.Output == OutputFormat.Html && settings.WriteTo is null && environment.OutputIsTerminal)
        {
            throw new CliException(ExitCode.Usage, "a page is no text for a terminal: say where it goes, -w FILE.html");
        }

        settings = settings with { Protocols = [Protocol.MySql] };
        return (output, chosen) => new StatementReportSink(output, chosen, report, isLive);
    }

    // What was written with -o jsonl is read by the same option; the first bytes tell.
    private static int ReadFiles(
        CliEnvironment environment, Notes notes, TraceSettings settings, ScopeOptions scope, ParseResult parsed,
        IReadOnlyList<string> files, Func<OutputTarget, TraceSettings, ITraceSink> makeSink)
    {
        if (files.Count == 1 && !FileVerb.IsCapture(files[0]))
        {
            return scope.IsGiven(parsed)
                ? throw new CliException(ExitCode.Usage, "--read takes the whole file; processes and ports are for live traces")
                : settings.Otlp is not null
                ? throw new CliException(ExitCode.Usage, "--otlp is for captures and recordings: JSON lines do not say which trace a request is of")
                : RecordedReport.Run(environment, notes, settings, files[0], makeSink);
        }

        return FileVerb.Run(
            environment, notes, settings with { Scope = scope.Read(parsed, mayBeEmpty: true) }, s_options, files, makeSink);
    }
}
