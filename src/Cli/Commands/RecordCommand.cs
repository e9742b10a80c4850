// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace record</c>: what running processes send and receive, as pcapng that Wireshark shows as plaintext.</summary>
internal static class RecordCommand
{
    /// <summary>The verb's name.</summary>
    public const string Name = "record";

    private const long SmallestFile = 64 * 1024;
    private const long LargestFile = 1L << 50;

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var scope = new ScopeOptions();
        var user = new UserOption();
        var trace = new TraceOptions();
        var write = new Option<string?>("--write", "-w")
        {
            Description = "pcapng file (mode 0600; an existing one is replaced); - is standard output. Required",
            HelpName = "FILE",
        };
        var rotateSize = new Option<long?>("--rotate-size")
        {
            Description = "begin a new file when one has this size, 64KiB or more",
            HelpName = "SIZE",
            CustomParser = static result => OptionParsers.Size(result, SmallestFile, LargestFile),
        };
        var rotateTime = new Option<long?>("--rotate-time")
        {
            Description = "begin a new file after this time: 30s, 5m",
            HelpName = "TIME",
            CustomParser = OptionParsers.Duration,
        };
        var withKeys = new Option<bool>("--with-keys")
        {
            Description = "of TLS connections record the ciphertext and the secrets of OpenSSL that decrypt it, for Wireshark; -r reads nothing of it",
        };
        var command = new Command(Name, "Record running processes as pcapng: plaintext for Wireshark, and for -r.");
        command.Add(write);
        command.Add(rotateSize);
        command.Add(rotateTime);
        command.Add(withKeys);
        scope.AddTo(command);
        user.AddTo(command);
        trace.AddCaptureTo(command);
        command.SetAction(parsed => Run(environment, notes, parsed.GetValue(write), user.Read(parsed, trace.Read(parsed)) with
        {
            Scope = scope.Read(parsed),
            RotateBytes = parsed.GetValue(rotateSize),
            RotateTime = parsed.GetValue(rotateTime),
            WithKeys = parsed.GetValue(withKeys),
        }));
        return command;
    }

    /// <summary>Says what a recording reveals, each time that one is made; the path is null for standard output.</summary>
    public static void WarnOfPayloads(Notes notes, string? path) =>
        notes.Error("the recording has payloads as they were sent, with the passwords and personal data in them; " +
            (path is null ? "nothing is redacted" : "nothing is redacted, and the file is for its owner alone (0600)"));

    private static int Run(CliEnvironment environment, Notes notes, string? path, TraceSettings settings)
    {
        var isRotating = settings.RotateBytes is not null || settings.RotateTime is not null;
        var showsExchanges = settings.Output != OutputFormat.Auto;
        if (string.IsNullOrEmpty(path))
        {
            throw new CliException(ExitCode.Usage, "say where to: -w FILE, or -w - for standard output");
        }

        if (path == "-" && (isRotating || showsExchanges || environment.OutputIsTerminal))
        {
            throw new CliException(
                ExitCode.Usage,
                isRotating ? "-w -: standard output can't be rotated; name a file"
                : showsExchanges ? "-w - and --output both want standard output; name a file"
                : "-w -: packets are nothing for a terminal; name a file, or pipe them into a program");
        }

        if (settings.WithKeys && (settings.TlsOnly || !settings.Tls))
        {
            throw new CliException(ExitCode.Usage, $"--with-keys says how TLS is recorded: {(settings.Tls ? "--tls-only" : "--no-tls")} says otherwise");
        }

        WarnOfPayloads(notes, path == "-" ? null : path);
        if (settings.WithKeys)
        {
            notes.Error("the recording has the secrets of TLS connections too: with them, whoever recorded the same connections elsewhere decrypts that as well");
        }

        return TraceVerb.Run(
            environment,
            notes,
            settings with { RotatesIn = isRotating ? [Path.GetDirectoryName(Path.GetFullPath(path))!] : [], Recording = path == "-" ? new OutputRecording(environment) : new RecordingFiles(path, isRotating) },
            new HostOptions(),
            showsExchanges ? LiveSinks.Create : static (_, _) => new NoSink());
    }
}
