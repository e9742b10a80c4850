// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Analysis.Checks;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;

namespace L7Trace.Cli.Commands;

/// <summary>
/// <c>l7trace check RULES -- command</c>: runs a command, such as a test suite, and holds the traffic against rules: of the command
/// and its children, or of the scope that is given (a database's container, say). Fails when the command does, and when a rule is
/// broken or can't be said to hold.
/// </summary>
internal static class CheckCommand
{
    /// <summary>The verb's name.</summary>
    public const string Name = "check";

    /// <summary>Makes the verb; the function gives what stood behind <c>--</c>.</summary>
    public static Command Create(CliEnvironment environment, Notes notes, Func<IReadOnlyList<string>> commandLine)
    {
        var scope = new ScopeOptions();
        var trace = new TraceOptions();
        var rules = new CheckOptions();
        var command = new Command(Name, "Run a command (a test suite) and fail when its traffic breaks a rule.");
        rules.AddTo(command);
        scope.AddTo(command);
        trace.AddCheckTo(command);
        command.SetAction(parsed => Run(environment, notes, Read(parsed, trace, scope, commandLine()), rules.Read(parsed)));
        return command;
    }

    private static TraceSettings Read(ParseResult parsed, TraceOptions trace, ScopeOptions scope, IReadOnlyList<string> command)
    {
        var given = scope.Read(parsed, mayBeEmpty: true);
        var hasProcesses = given is { ProcessIds.Count: > 0 } or { Names.Count: > 0 } or { Cgroups.Count: > 0 } or { Containers.Count: > 0 } or { All: true };
        return trace.Read(parsed) with { Scope = hasProcesses ? given : given with { Children = true }, Command = command, Output = OutputFormat.Plain };
    }

    private static int Run(CliEnvironment environment, Notes notes, TraceSettings settings, CheckSettings check)
    {
        CheckSink? sink = null;
        var code = RunCommand.Run(environment, notes, settings, (output, read) => sink = new CheckSink(output, read, check));
        if (code != ExitCode.Done)
        {
            notes.Error($"the command ended with exit code {code}");
            return code;
        }

        var results = sink?.Results ?? [];
        if (results.Count == 0)
        {
            notes.Error("the trace came to no end: no rule could be looked at");
            return ExitCode.RuleBroken;
        }

        return results.All(static result => result.Outcome == CheckOutcome.Passed) ? ExitCode.Done : ExitCode.RuleBroken;
    }
}
