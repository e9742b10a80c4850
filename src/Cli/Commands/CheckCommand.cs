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
        // Before anything runs: a file that can't be written would else be known of when the tests are done.
        using var junit = check.JUnitFile is { } path ? OpenJUnit(path) : null;
        CheckSink? sink = null;
        string? unwritten = null;

        // The verdict does not depend on someone who reads along, and what waits at the end is worth its time.
        var code = RunCommand.Run(
            environment, notes, settings, (output, read) => sink = new CheckSink(output, read, check), new HostOptions { DrainTime = TimeSpan.FromSeconds(30) },
            (outcome, isEarly) => unwritten = sink?.Finish(outcome, isEarly, junit));
        if (unwritten is not null)
        {
            notes.Error($"can't write '{check.JUnitFile}': {unwritten}");
        }

        if (code != ExitCode.Done)
        {
            notes.Error($"the command ended with exit code {code}");
            return code;
        }

        return sink is null or { Results.Count: 0 } || sink.Results.Any(static result => result.Outcome != CheckOutcome.Passed) ? ExitCode.RuleBroken
            : unwritten is not null ? ExitCode.Failure
            : ExitCode.Done;
    }

    // Readable for all, other than captures: digests have no values in them, and who reads it in CI is often another user than root.
    private static FileStream OpenJUnit(string path)
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0, // what could not be written is not tried again when it is closed
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            });
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException(ExitCode.Failure, $"--junit: can't write '{path}': {exception.Message}");
        }
    }
}
