// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;

namespace L7Trace.Cli.Commands;

/// <summary>
/// <c>l7trace slow</c>: what was slow or failed as it finishes, and what has not finished at the moment it crosses the
/// threshold. In an incident that one is the culprit, and no log has it yet.
/// </summary>
internal static class SlowCommand
{
    /// <summary>Threshold when nothing is said, nanoseconds.</summary>
    public const long DefaultThreshold = 100_000_000;

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var scope = new ScopeOptions();
        var user = new UserOption();
        var trace = new TraceOptions(("slowlog", OutputFormat.SlowLog));
        var read = new ReadOption();
        var otlp = new OtlpOption(environment);
        var routes = new RouteOptions();
        var command = new Command("slow", "Show slow or failed exchanges, the slow ones also while they still run.");
        scope.AddTo(command);
        user.AddTo(command);
        trace.AddTo(command);
        read.AddTo(command);
        otlp.AddTo(command);
        routes.AddTo(command);
        command.SetAction(parsed =>
        {
            var files = read.Read(parsed);
            var settings = routes.Read(parsed, otlp.Read(parsed, trace.Read(parsed))) with { Scope = scope.Read(parsed, mayBeEmpty: files.Count > 0) };
            settings = user.Read(parsed, settings, isLive: files.Count == 0) with { MinLatency = settings.MinLatency ?? DefaultThreshold };
            var options = new HostOptions { SlowOnly = true };
            return files.Count > 0
                ? FileVerb.Run(environment, notes, settings, options, files, LiveSinks.Create)
                : TraceVerb.Run(environment, notes, settings, options, LiveSinks.Create);
        });
        return command;
    }
}
