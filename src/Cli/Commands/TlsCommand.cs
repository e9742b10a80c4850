// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace tls</c>: the plaintext that TLS libraries give and take, as it flows, on the connection that carries it.</summary>
internal static class TlsCommand
{
    /// <summary>The verb's name.</summary>
    public const string Name = "tls";

    private const int DefaultMaxBytes = 4096;

    /// <summary>Makes the verb; the function gives what stood behind <c>--</c>.</summary>
    public static Command Create(CliEnvironment environment, Notes notes, Func<IReadOnlyList<string>> commandLine)
    {
        var scope = new ScopeOptions();
        var trace = new TraceOptions();
        var hex = new Option<bool>("--hex") { Description = "dump every byte in hexadecimal; default: only what is no text" };
        var maxBytes = new Option<long?>("--max-bytes")
        {
            Description = "bytes shown of each call, 1 to 512KiB; default 4KiB",
            HelpName = "SIZE",
            CustomParser = static result => OptionParsers.Size(result, 1, 2 * TraceSettings.MaxCaptureLimit),
        };
        var write = new Option<string?>("--write", "-w")
        {
            Description = "also record to this pcapng file (mode 0600), as the verb record does: unredacted",
            HelpName = "FILE",
        };
        var user = new Option<string?>("--user")
        {
            Description = "with -- COMMAND: run it as this user; default: under sudo the calling user. Else: started as root, go on as this user",
            HelpName = "NAME",
        };
        var command = new Command(Name, "Show the plaintext inside of TLS as it flows, of running processes or of a command.");
        scope.AddTo(command);
        command.Add(hex);
        command.Add(maxBytes);
        command.Add(write);
        command.Add(user);
        trace.AddPlaintextTo(command);
        command.SetAction(parsed =>
        {
            var words = commandLine();
            var settings = trace.Read(parsed) with
            {
                Scope = words.Count == 0 ? scope.Read(parsed) : CommandScope(scope.Read(parsed, mayBeEmpty: true)),
                User = words.Count > 0 ? parsed.GetValue(user) : null,
                RunAs = words.Count > 0 ? null : parsed.GetValue(user),
                Command = words,
            };
            return Run(environment, notes, settings, parsed.GetValue(write), parsed.GetValue(hex), (int)(parsed.GetValue(maxBytes) ?? DefaultMaxBytes));
        });
        return command;
    }

    private static ScopeSettings CommandScope(ScopeSettings scope) => scope.IsEmpty || scope.HasPorts && (scope with { Ports = [], LocalPorts = [], RemotePorts = [] }).IsEmpty
        ? scope with { Children = true }
        : throw new CliException(ExitCode.Usage, "a command behind -- is what is traced; of the scope only ports can narrow it");

    private static int Run(
        CliEnvironment environment, Notes notes, TraceSettings settings, string? recording, bool hex, int maxBytes)
    {
        notes.Configure(settings);
        if (recording == "-")
        {
            throw new CliException(ExitCode.Usage, "-w -: standard output has the text; name a file, or use the verb record");
        }

        if (recording is { Length: > 0 })
        {
            RecordCommand.WarnOfPayloads(notes, recording);
        }

        if (!settings.ShowSecrets)
        {
            notes.Say("payload is shown as sent, but for credentials and cookies in HTTP heads and MySQL's login (--show-secrets)");
        }

        using var tap = new PlaintextTap();
        settings = settings with
        {
            Tap = tap,
            Recording = recording is { Length: > 0 } ? new RecordingFiles(recording, false) : null,
        };
        ITraceSink MakeSink(OutputTarget output, TraceSettings final) => new PlaintextSink(tap, notes, output, final, hex, maxBytes);
        return settings.Command.Count > 0
            ? RunCommand.Run(environment, notes, settings, MakeSink)
            : TraceVerb.Run(environment, notes, settings, new HostOptions(), MakeSink);
    }
}
