// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Export.Curl;
using L7Trace.Export.Har;
using L7Trace.Export.SlowLog;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Compression;

namespace L7Trace.Cli.Commands;

/// <summary><c>l7trace export</c>: a recording or capture in another program's format. It converts and does nothing else.</summary>
internal static class ExportCommand
{
    /// <summary>The verb's name.</summary>
    public const string Name = "export";

    private enum Format
    {
        JsonLines,
        Har,
        SlowLog,
        Curl,
        Pcapng,
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var read = new Option<string[]>("--read", "-r")
        {
            Description = "recordings or captures (pcap, pcapng, also gzip-compressed); - is standard input",
            HelpName = "FILE...",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        var to = new Option<Format?>("--to")
        {
            Description = "jsonl, har (HTTP archive 1.2), slowlog (a MySQL slow query log), curl (a line for each request) or pcapng (a recording, as record makes it: payloads, unredacted)",
            HelpName = "FORMAT",
            CustomParser = static result => OptionParsers.Choice<Format>(
                result, ("jsonl", Format.JsonLines), ("har", Format.Har), ("slowlog", Format.SlowLog), ("curl", Format.Curl),
                ("pcapng", Format.Pcapng)),
        };
        var scope = new ScopeOptions();
        var trace = new TraceOptions();
        var command = new Command(Name, "Convert recordings or captures: JSON lines, HTTP archive, slow query log, curl, pcapng.");
        command.Add(read);
        command.Add(to);
        scope.AddTo(command);
        trace.AddExportTo(command);
        command.SetAction(parsed => Run(
            environment,
            notes,
            trace.Read(parsed) with { Scope = scope.Read(parsed, mayBeEmpty: true) },
            parsed.GetValue(read) ?? [],
            parsed.GetValue(to)));
        return command;
    }

    private static int Run(
        CliEnvironment environment, Notes notes, TraceSettings settings, string[] files, Format? format)
    {
        if (files.Length == 0 || format is not { } wanted)
        {
            throw new CliException(
                ExitCode.Usage,
                files.Length == 0 ? "say what to read: -r FILE" : "say what to make of it: --to jsonl, har, slowlog, curl or pcapng");
        }

        return wanted == Format.Pcapng
            ? Record(environment, notes, settings, files)
            : FileVerb.Run(environment, notes, settings with { WebSocketMessages = settings.WebSocketMessages || wanted == Format.Har }, new HostOptions { ShowsMessages = true }, files, Sink);

        ITraceSink Sink(OutputTarget output, TraceSettings chosen) => wanted switch
        {
            Format.Har => new ExportSink<HarWriter>(
                new HarWriter(output.Stream, VersionAction.Text, chosen.Redaction, ProbeInflaters.All), static writer => writer.LeftOut, notes),
            Format.SlowLog => new ExportSink<SlowLogWriter>(
                new SlowLogWriter(output.Stream, VersionAction.Text, chosen.Redaction), static writer => writer.LeftOut, notes),
            Format.Curl => new ExportSink<CurlWriter>(
                new CurlWriter(output.Stream, chosen.Redaction), static writer => writer.LeftOut, notes),
            _ => new JsonSink(output, chosen),
        };
    }

    private static int Record(CliEnvironment environment, Notes notes, TraceSettings settings, string[] files)
    {
        if (settings.MinLatency is not null || settings.Count is not null || settings.Where is not null)
        {
            throw new CliException(
                ExitCode.Usage,
                "--where, --min-latency and --count choose exchanges; a recording has whole connections",
                "ports and --protocol choose those");
        }

        var path = settings.WriteTo is "-" ? null : settings.WriteTo;
        if (path is null && environment.OutputIsTerminal)
        {
            throw new CliException(
                ExitCode.Usage, "packets are nothing for a terminal; name a file with -w, or pipe them into a program");
        }

        RecordCommand.WarnOfPayloads(notes, path);
        return FileVerb.Run(
            environment,
            notes,
            settings with
            {
                WriteTo = null,
                ShowSecrets = false, // what that is about is said already
                Recording = path is null ? new OutputRecording(environment) : new RecordingFiles(path, isNumbered: false),
            },
            new HostOptions(),
            files,
            static (_, _) => new NoSink());
    }
}
