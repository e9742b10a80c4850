// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Running;
using L7Trace.Cli.Terminal;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace watch</c>: exchanges of running processes as they finish.</summary>
internal static class WatchCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var scope = new ScopeOptions();
        var user = new UserOption();
        var trace = new TraceOptions();
        var read = new ReadOption();
        var otlp = new OtlpOption(environment);
        var routes = new RouteOptions();
        var control = new Option<bool>("--control")
        {
            Description = "for programs: \"mark ID [MS]\" on standard input asks for a mark record in the output (docs/json.md); " +
                "the end of the input ends the trace",
        };
        var tlsFiles = new Option<string[]>("--tls-file")
        {
            Description = "look into these programs for a TLS library before they run, as `run` does for its command",
            HelpName = "FILE[,FILE]",
            CustomParser = OptionParsers.Texts,
            Arity = ArgumentArity.OneOrMore,
        };
        var command = new Command("watch", "Show exchanges of running processes, or of capture files, as they finish.");
        scope.AddTo(command);
        user.AddTo(command);
        trace.AddTo(command);
        read.AddTo(command);
        otlp.AddTo(command);
        routes.AddTo(command);
        command.Add(tlsFiles);
        command.Add(control);
        command.SetAction(parsed => read.Read(parsed) is { Count: > 0 } files
            ? FileVerb.Run(
                environment,
                notes,
                Uncontrolled(parsed.GetValue(control), user.Read(parsed, routes.Read(parsed, otlp.Read(parsed, trace.Read(parsed))), isLive: false) with { Scope = scope.Read(parsed, mayBeEmpty: true) }),
                new HostOptions(),
                files,
                LiveSinks.Create)
            : TraceVerb.Run(
                environment,
                notes,
                Controlled(user.Read(parsed, routes.Read(parsed, otlp.Read(parsed, trace.Read(parsed)))) with { Scope = scope.Read(parsed), Control = parsed.GetValue(control), TlsFiles = TlsFiles(environment, parsed.GetValue(tlsFiles)) }),
                new HostOptions(),
                LiveSinks.Create));
        return command;
    }

    // What is not there yet, or is no program, is none to look into.
    private static IReadOnlyList<string> TlsFiles(CliEnvironment environment, string[]? programs)
    {
        var path = environment.Variable("PATH");
        return [.. (programs ?? []).SelectMany(program => CommandFiles.Of(CommandPath.Resolve(program, path), path))];
    }

    // A program reads records, whatever its output is connected with; other formats have no marks, and it would wait for ever.
    private static TraceSettings Controlled(TraceSettings settings) => (settings.Control, settings.Output) switch
    {
        (false, _) or (true, OutputFormat.JsonLines) => settings,
        (true, OutputFormat.Auto) => settings with { Output = OutputFormat.JsonLines },
        _ => throw new CliException(ExitCode.Usage, "--control is answered in JSON lines only", "drop --output, or: -o jsonl"),
    };

    private static TraceSettings Uncontrolled(bool isControlled, TraceSettings settings) => isControlled
        ? throw new CliException(ExitCode.Usage, "--control is for live traces: files have no moment to mark")
        : settings;
}
