// SPDX-License-Identifier: Apache-2.0
using System.CommandLine;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Export.Curl;
using L7Trace.Export.Har;
using L7Trace.Export.SlowLog;

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
    }

    /// <summary>Makes the verb.</summary>
    public static Command Create(CliEnvironment environment, Notes notes)
    {
        var read = new Option<string[]>("--read", "-r")
        {
            Description = "recording or capture (pcap, pcapng); the files of one recording in their order; - is standard input",
            HelpName = "FILE",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        var to = new Option<Format?>("--to")
        {
            Description = "jsonl, har (HTTP archive 1.2), slowlog (a MySQL slow query log) or curl (a line for each request)",
            HelpName = "FORMAT",
            CustomParser = static result => OptionParsers.Choice<Format>(
                result, ("jsonl", Format.JsonLines), ("har", Format.Har), ("slowlog", Format.SlowLog), ("curl", Format.Curl)),
        };
        var trace = new TraceOptions();
        var command = new Command(Name, "Convert a recording or capture: JSON lines, HTTP archive, MySQL slow query log, curl.");
        command.Add(read);
        command.Add(to);
        trace.AddExportTo(command);
        command.SetAction(parsed => Run(
            environment, notes, trace.Read(parsed), parsed.GetValue(read) ?? [], parsed.GetValue(to)));
        return command;
    }

    private static int Run(
        CliEnvironment environment, Notes notes, TraceSettings settings, string[] files, Format? format)
    {
        if (files.Length == 0 || format is not { } wanted)
        {
            throw new CliException(
                ExitCode.Usage,
                files.Length == 0 ? "say what to read: -r FILE" : "say what to make of it: --to jsonl, har, slowlog or curl");
        }

        return FileVerb.Run(environment, notes, settings, new HostOptions { ShowsBodies = true }, files, Sink);

        ITraceSink Sink(OutputTarget output, TraceSettings chosen) => wanted switch
        {
            Format.Har => new ExportSink<HarWriter>(
                new HarWriter(output.Stream, VersionAction.Text, chosen.Redaction), static writer => writer.LeftOut, notes),
            Format.SlowLog => new ExportSink<SlowLogWriter>(
                new SlowLogWriter(output.Stream, VersionAction.Text, chosen.Redaction), static writer => writer.LeftOut, notes),
            Format.Curl => new ExportSink<CurlWriter>(
                new CurlWriter(output.Stream, chosen.Redaction), static writer => writer.LeftOut, notes),
            _ => new JsonSink(output, chosen),
        };
    }
}
