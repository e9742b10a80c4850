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
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var output = new Option<Format>("--output", "-o")
        {
            Description = "auto, plain, jsonl (one object per check) or json (one object)",
            HelpName = "FORMAT",
            CustomParser = static result => OptionParsers.Choice(result, ("auto", Format.Text), ("table", Format.Text),
                ("plain", Format.Text), ("jsonl", Format.JsonLines), ("json", Format.Json)),
        };
        var color = TraceOptions.Color();
        var strict = new Option<bool>("--strict") { Description = "exit with 3 for a warning too" };
        var bundle = new Option<string?>("--bundle")
        {
            Description = "also write a text for a bug report to this file, without private data (docs/doctor.md); - is standard output, instead",
            HelpName = "FILE",
        };
        var command = new Command("doctor", "Check whether this machine and user can trace, with evidence and fix.")
        {
            output,
            color,
            strict,
            bundle,
        };
        command.SetAction(parsed => Run(
            environment, notes, parsed.GetValue(output), parsed.GetValue(color), parsed.GetValue(strict), parsed.GetValue(bundle)));
        return command;
    }

    private static int Run(CliEnvironment environment, Notes notes, Format format, ColorChoice choice, bool isStrict, string? bundle)
    {
        if (bundle is "")
        {
            throw new CliException(ExitCode.Usage, "--bundle: name a file, or - for standard output");
        }

        var checks = environment.RunDoctor();
        var canRun = DoctorChecks.CanRun(checks, isStrict);
        if (bundle is null or not "-")
        {
            Write(environment, format switch
            {
                Format.JsonLines => DoctorView.ToJsonLines(checks, canRun),
                Format.Json => DoctorView.ToJson(checks, canRun),
                _ => Encoding.UTF8.GetBytes(DoctorView.ToText(checks, canRun,
                    ColorDecision.UseColor(choice, environment.OutputIsTerminal, environment.Variable))),
            });
        }

        if (bundle is not null)
        {
            var bytes = Encoding.UTF8.GetBytes(DoctorBundle.ToText(checks, canRun, environment.ReadBundleFacts()));
            if (bundle == "-")
            {
                Write(environment, bytes);
            }
            else
            {
                WriteFile(bundle, bytes);
                notes.Say($"wrote '{bundle}': {DoctorBundle.Contents}; have a look before you attach it");
            }
        }

        return canRun ? ExitCode.Done : ExitCode.Preflight;
    }

    private static void Write(CliEnvironment environment, byte[] bytes)
    {
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
    }

    // Readable for all, other than captures: nothing in it is anyone's secret, and it is to be given away.
    private static void WriteFile(string path, byte[] bytes)
    {
        try
        {
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CliException(ExitCode.Failure, $"--bundle: can't write '{path}': {exception.Message}");
        }
    }
}
