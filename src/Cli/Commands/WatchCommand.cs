// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace watch</c>: exchanges of running processes as they finish.</summary>
internal static class WatchCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var scope = new ScopeOptions();
        var trace = new TraceOptions();
        var read = new ReadOption();
        var otlp = new OtlpOption(environment);
        var routes = new RouteOptions();
        var command = new Command("watch", "Show exchanges of running processes, or of capture files, as they finish.");
        scope.AddTo(command);
        trace.AddTo(command);
        read.AddTo(command);
        otlp.AddTo(command);
        routes.AddTo(command);
        command.SetAction(parsed => read.Read(parsed) is { Count: > 0 } files
            ? FileVerb.Run(
                environment,
                notes,
                routes.Read(parsed, otlp.Read(parsed, trace.Read(parsed))) with { Scope = scope.Read(parsed, mayBeEmpty: true) },
                new HostOptions(),
                files,
                LiveSinks.Create)
            : TraceVerb.Run(
                environment,
                notes,
                routes.Read(parsed, otlp.Read(parsed, trace.Read(parsed))) with { Scope = scope.Read(parsed) },
                new HostOptions(),
                LiveSinks.Create));
        return command;
    }
}
