// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Probe.Doctor;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace doctor</c>: can this machine do it, check by check, with evidence and fix.</summary>
internal static class DoctorCommand
{
    private enum Format
    {
        Text,
        JsonLines,
        Json,
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment)
    {
        var output = new Option<Format>("--output", "-o")
        {
            Description = "auto, plain, jsonl (one object per check) or json (one object)",
            HelpName = "FORMAT",
            CustomParser = static result => OptionParsers.Choice(result, ("auto", Format.Text), ("table", Format.Text),
                ("plain", Format.Text), ("jsonl", Format.JsonLines), ("json", Format.Json)),
        };
        var color = TraceOptions.Color();
        var command = new Command("doctor", "Check whether this machine and user can trace, with evidence and fix.")
        {
            output,
            color,
        };
        command.SetAction(parsed =>
            Run(environment, parsed.GetValue(output), parsed.GetValue(color)));
        return command;
    }

    private static int Run(CliEnvironment environment, Format format, ColorChoice choice)
    {
        var checks = environment.RunDoctor();
        var canRun = DoctorChecks.CanRun(checks);
        var bytes = format switch
        {
            Format.JsonLines => DoctorView.ToJsonLines(checks, canRun),
            Format.Json => DoctorView.ToJson(checks, canRun),
            _ => Encoding.UTF8.GetBytes(DoctorView.ToText(checks, canRun,
                ColorDecision.UseColor(choice, environment.OutputIsTerminal, environment.Variable))),
        };
        using var stream = environment.OpenOutput();
        try
        {
            stream.Write(bytes);
            stream.Flush();
        }
        catch (IOException exception) when (BrokenPipe.Is(exception))
        {
            // Whoever closed the pipe has seen enough; the exit code says the rest.
        }

        return canRun ? ExitCode.Done : ExitCode.Preflight;
    }
}
