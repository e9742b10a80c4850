// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.CommandLine.Help;
using L7Trace.Cli.Commands;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;

namespace L7Trace.Cli;

/// <summary>The program: command line in, exit code out.</summary>
internal sealed class Application
{
    private readonly CliEnvironment _environment;
    private readonly Notes _notes;
    private readonly RootCommand _root;
    private string[] _behindDashes = [];

    /// <summary>Makes one in the given world.</summary>
    public Application(CliEnvironment environment)
    {
        _environment = environment;
        _notes = new Notes(environment.Error);
        _root = new RootCommand("Shows the MySQL and HTTP traffic of running programs, with latency, without touching them.");
        _root.Add(RunCommand.Create(environment, _notes, () => _behindDashes));
        _root.Add(CheckCommand.Create(environment, _notes, () => _behindDashes));
        _root.Add(WatchCommand.Create(environment, _notes));
        _root.Add(ReportCommand.Create(environment, _notes));
        _root.Add(SlowCommand.Create(environment, _notes));
        _root.Add(FollowCommand.Create(environment, _notes));
        _root.Add(RecordCommand.Create(environment, _notes));
        _root.Add(KeyLogCommand.Create(environment, _notes));
        _root.Add(ExportCommand.Create(environment, _notes));
        _root.Add(TlsCommand.Create(environment, _notes, () => _behindDashes));
        _root.Add(PsCommand.Create(environment, _notes));
        _root.Add(DoctorCommand.Create(environment, _notes));
        _root.Add(FieldsCommand.Create(environment));
        _root.Add(VersionCommand.Create(environment));
        foreach (var option in _root.Options)
        {
            switch (option)
            {
                case HelpOption { Action: HelpAction inner } help:
                    // Its own guess asks the console, which switches the keypad's mode.
                    inner.MaxWidth = environment is { OutputIsTerminal: true, TerminalWidth: > 0 }
                        ? environment.TerminalWidth
                        : int.MaxValue;
                    help.Action = new HelpWithExamples(inner);
                    break;
                case VersionOption version:
                    version.Action = new VersionAction(environment);
                    break;
            }
        }
    }

    /// <summary>Runs one command line; returns the exit code. Never throws.</summary>
    public int Run(IReadOnlyList<string> arguments)
    {
        var parsed = Parse(arguments);
        var verb = parsed.CommandResult.Command;
        try
        {
            if (WhereOption.AsksForHelp(parsed))
            {
                FieldsCommand.Write(_environment.Out);
                return ExitCode.Done;
            }

            // Help and version are asked for by options that clear errors; everything else needs a right command line.
            if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
            {
                return ReportUsage(parsed, verb);
            }

            if (parsed.Action is null || (ReferenceEquals(verb, _root) && arguments.Count == 0))
            {
                return ReportUsage(parsed, verb);
            }

            return parsed.Invoke(new InvocationConfiguration
            {
                Output = _environment.Out,
                Error = _environment.Error,
                EnableDefaultExceptionHandler = false,

                // The verbs handle signals themselves: the library would cut a report short.
                ProcessTerminationTimeout = null,
            });
        }
        catch (CliException exception)
        {
            _notes.Error(exception.ExitCode == ExitCode.Usage && !ReferenceEquals(verb, _root)
                ? $"{verb.Name}: {exception.Message}"
                : exception.Message, exception.Hint);

            // Of run's codes, all but its own three are the command's.
            return StartsCommand(verb) && exception.ExitCode < ExitCode.RunFailure
                ? ExitCode.RunFailure
                : exception.ExitCode;
        }
#pragma warning disable CA1031 // the last line of defence: a sentence instead of a stack trace
        catch (Exception exception)
        {
            _notes.Error($"internal error: {exception.GetType().Name}: {exception.Message}",
                "this is a bug in l7trace; please report it" +
                (_environment.Variable("L7TRACE_DEBUG") is { Length: > 0 } ? "\n" + exception : " (L7TRACE_DEBUG=1 shows where)"));
            return StartsCommand(verb) ? ExitCode.RunFailure : ExitCode.Failure;
        }
#pragma warning restore CA1031
    }

    /// <summary>Splits off what stands behind <c>--</c>, which is the user's command and none of ours to read.</summary>
    internal ParseResult Parse(IReadOnlyList<string> arguments)
    {
        var own = arguments.ToList();
        var dashes = own.IndexOf("--");
        _behindDashes = [];
        if (dashes >= 0 && own.FindIndex(static word => word is RunCommand.Name or CheckCommand.Name or TlsCommand.Name) is var verb and >= 0 && verb < dashes)
        {
            _behindDashes = [.. own.Skip(dashes + 1)];
            own.RemoveRange(dashes, own.Count - dashes);
        }

        // No response files: "@name" is a value like any other here.
        return _root.Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = true });
    }

    private int ReportUsage(ParseResult parsed, Command verb)
    {
        var prefix = ReferenceEquals(verb, _root) ? "" : verb.Name + ": ";
        var hint = ReferenceEquals(verb, _root) ? "more: l7trace --help" : $"more: l7trace {verb.Name} --help";
        foreach (var message in UsageErrors.Explain(parsed, _root))
        {
            _notes.Error(prefix + message);
        }

        _notes.Error(hint);
        return StartsCommand(verb) ? ExitCode.RunFailure : ExitCode.Usage;
    }

    private bool StartsCommand(Command verb) =>
        verb.Name is RunCommand.Name or CheckCommand.Name || (verb.Name == TlsCommand.Name && _behindDashes.Length > 0);
}
