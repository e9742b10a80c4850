// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Running;
using L7Trace.Cli.Spans;
using L7Trace.Cli.Terminal;

namespace L7Trace.Cli.Commands;

/// <summary>
/// <c>l7trace run -- command</c>: starts a command and traces it and its children. The capture is on before the
/// command starts, so its first call is seen. It ends with the command; what that leaves running is not waited for.
/// </summary>
internal static class RunCommand
{
    /// <summary>The verb's name.</summary>
    public const string Name = "run";

    /// <summary>Makes the verb; the function gives what stood behind <c>--</c>.</summary>
    public static Command Create(CliEnvironment environment, Notes notes, Func<IReadOnlyList<string>> commandLine)
    {
        var ports = new ScopeOptions(portsOnly: true);
        var trace = new TraceOptions();
        var otlp = new OtlpOption(environment);
        var routes = new RouteOptions();
        var user = new Option<string?>("--user")
        {
            Description = "run the command (not l7trace itself) as this user; default: under sudo the calling user, else the current one",
            HelpName = "NAME",
        };
        var command = new Command(Name, "Start a command and trace it and its children.");
        trace.AddTo(command);
        ports.AddTo(command);
        routes.AddTo(command);
        otlp.AddTo(command);
        command.Add(user);
        command.SetAction(parsed => Run(environment, notes, routes.Read(parsed, otlp.Read(parsed, trace.Read(parsed))) with
        {
            Scope = ports.Read(parsed),
            User = parsed.GetValue(user),
            Command = commandLine(),
        }, LiveSinks.Create));
        return command;
    }

    /// <summary>Starts the command of the settings under a trace; returns the command's exit code.</summary>
    /// <param name="environment">The world.</param>
    /// <param name="notes">For people.</param>
    /// <param name="settings">With the command.</param>
    /// <param name="makeSink">Makes what takes the exchanges.</param>
    /// <param name="options">How the trace is run; null for one that ends when nobody reads its output any more.</param>
    /// <param name="ended">Told at the end what the trace came to, and whether it ended before the command did.</param>
    public static int Run(
        CliEnvironment environment, Notes notes, TraceSettings settings, Func<OutputTarget, TraceSettings, ITraceSink> makeSink,
        HostOptions? options = null, Action<TraceOutcome, bool>? ended = null)
    {
        notes.Configure(settings);
        if (settings.Command.Count == 0)
        {
            throw new CliException(ExitCode.RunFailure, "say what to run: l7trace run -- COMMAND [ARGUMENTS]");
        }

        var program = CommandPath.Resolve(settings.Command[0], environment.Variable("PATH"));
        var user = ChildUser.Choose(settings.User, environment.Variable);
        settings = settings with { TlsFiles = CommandFiles.Of(program, environment.Variable("PATH")), ContainerOf = new ContainerNames().Of };
        using var output = OutputTarget.Open(settings, environment, onError: true);
        TraceVerb.WarnOfSecrets(notes, settings);
        using var source = environment.StartSource(settings, notes);
        using var sink = SpanSink.Around(makeSink(output, settings), settings, notes, isLive: true);
        using var host = new TraceHost(
            source, sink, settings, SpanSink.Patient(options ?? new HostOptions { OutputIsUnread = output.IsUnread }, settings));
        using var child = ChildProcess.Start(program, settings.Command, user);
        var hasExited = false;
        child.Exited(() =>
        {
            Volatile.Write(ref hasExited, true);
            host.Stop();
        });
        var outcome = host.Run();
        var isEarly = !Volatile.Read(ref hasExited);

        // The trace may have ended first (--for, --count): the command goes on, untraced, and its code is the answer.
        source.Dispose();
        var code = child.WaitForExit();
        SummaryText.Write(notes, outcome);
        if (outcome.Failure is { } failure)
        {
            notes.Error("the trace ended early: " + failure.Message);
        }

        ended?.Invoke(outcome, isEarly);
        return code;
    }
}
