// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace keylog</c>: the secrets of TLS connections, with which Wireshark reads a capture of them.</summary>
internal static class KeyLogCommand
{
    /// <summary>The verb's name.</summary>
    public const string Name = "keylog";

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var scope = new ScopeOptions();
        var user = new UserOption();
        var write = new Option<string?>("--write", "-w")
        {
            Description = "key log file (mode 0600; an existing one is replaced); - is standard output. Required",
            HelpName = "FILE",
        };
        var secrets = new Option<bool>("--show-secrets") { Description = "allow -w - on a terminal" };
        var duration = new Option<long?>("--for")
        {
            Description = "stop after this time: 500ms, 30s, 5m",
            HelpName = "TIME",
            CustomParser = OptionParsers.Duration,
        };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "errors only on stderr" };
        var verbose = new Option<bool>("--verbose", "-v") { Description = "more on stderr" };
        var command = new Command(Name, "Write the TLS secrets of running OpenSSL programs, for Wireshark to decrypt captures.");
        foreach (var option in (Option[])[write, secrets, duration, quiet, verbose])
        {
            command.Add(option);
        }

        scope.AddTo(command);
        user.AddTo(command);
        command.SetAction(parsed => Run(environment, notes, parsed.GetValue(write), parsed.GetValue(secrets), user.Read(parsed, new TraceSettings
        {
            Scope = scope.Read(parsed),
            For = parsed.GetValue(duration),
            Quiet = parsed.GetValue(quiet),
            Verbose = parsed.GetValue(verbose),
        })));
        return command;
    }

    private static int Run(CliEnvironment environment, Notes notes, string? path, bool showsSecrets, TraceSettings settings)
    {
        if (string.IsNullOrEmpty(path))
        {
            throw new CliException(ExitCode.Usage, "say where to: -w FILE, or -w - for standard output");
        }

        if (path == "-" && environment.OutputIsTerminal && !showsSecrets)
        {
            throw new CliException(ExitCode.Usage, "-w -: secrets are nothing for a terminal; name a file, or say --show-secrets");
        }

        var scope = settings.Scope;
        if (scope.Ports.Count + scope.LocalPorts.Count + scope.RemotePorts.Count > 0)
        {
            throw new CliException(ExitCode.Usage, "a secret tells no port: choose processes (--pid, --name, --cgroup, --all)");
        }

        notes.Error("the key log decrypts all traffic of the connections in it, recorded by whomever" +
            (path == "-" ? "" : "; the file is for its owner alone (0600)"));
        TraceVerb.BecomeUser(environment, settings);
        using var log = KeyLogFile.Begin(path == "-" ? new OutputRecording(environment) : new RecordingFiles(path, false), notes, path);
        var result = TraceVerb.Run(environment, notes, settings with { KeyLog = log }, new HostOptions(), static (_, _) => new NoSink());
        log.End();
        return result;
    }
}
