// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Spans;
using L7Trace.Cli.Terminal;
using L7Trace.Parsers;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Cli.Commands;

/// <summary>What the verbs have in common when they read captures (<c>-r</c>) instead of tracing.</summary>
internal static class FileVerb
{
    /// <summary>Reads the files to their end; returns the exit code: 1 when one is damaged, after what was found.</summary>
    public static int Run(
        CliEnvironment environment,
        Notes notes,
        TraceSettings settings,
        HostOptions options,
        IReadOnlyList<string> paths,
        Func<OutputTarget, TraceSettings, ITraceSink> makeSink)
    {
        notes.Configure(settings);
        CheckScope(settings);
        if (settings.Output == OutputFormat.Auto && makeSink == LiveSinks.Create)
        {
            settings = settings with { Output = OutputFormat.Plain }; // a table that moves is for what goes on
        }

        OutputCheck.RefuseInput(settings, paths);
        var limits = options.ShowsMessages ? settings.LimitsOfMessages : settings.Limits;
        using var source = FileSource.Open(paths, settings, limits, notes);
        using var signals = new StopSignals();
        using var output = OutputTarget.Open(settings, environment, onError: false);
        TraceVerb.WarnOfSecrets(notes, settings);
        using var sink = SpanSink.Around(makeSink(output, settings), settings, notes, isLive: false);
        using var host = new TraceHost(source, sink, settings, SpanSink.Patient(options, settings) with { LosesNothing = true, QueueCapacity = ExchangeQueue.CapacityOfFiles });
        signals.Connect(host.Stop);
        var outcome = host.Run();
        Tell(notes, source);
        var code = TraceVerb.Report(notes, outcome);
        foreach (var (path, damage) in source.Player.Damage)
        {
            notes.Error($"'{path}' is damaged at byte {damage.Offset.ToString(CultureInfo.InvariantCulture)}: {damage.Reason}",
                "what was found in front of it is shown");
            code = ExitCode.Failure;
        }

        return code;
    }

    /// <summary>True when a file is a capture by its first bytes, not text.</summary>
    public static bool IsCapture(string path)
    {
        if (path == "-")
        {
            return true;
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            if (!file.CanSeek)
            {
                return true; // a named pipe: what is read of it is gone
            }

            Span<byte> start = stackalloc byte[4];
            return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) >= 2 &&
                (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]) ||
                 start.SequenceEqual((ReadOnlySpan<byte>)[0x0A, 0x0D, 0x0D, 0x0A]) ||
                 start.StartsWith((ReadOnlySpan<byte>)[0xA1, 0xB2]) ||
                 start.EndsWith((ReadOnlySpan<byte>)[0xB2, 0xA1]));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failure, $"can't read '{path}': {exception.Message}");
        }
    }

    private static void CheckScope(TraceSettings settings)
    {
        var scope = settings.Scope;
        if (scope.Cgroups.Count > 0 || scope.All)
        {
            throw new CliException(ExitCode.Usage,
                "--read takes the whole file: a capture does not say which process sent a packet", "ports narrow it: --port 3306");
        }

        if (settings.Side is not (SideChoice.Auto or SideChoice.Both))
        {
            throw new CliException(ExitCode.Usage, "--side is for live traces: a capture shows each exchange once");
        }
    }

    private static void Tell(Notes notes, FileSource source)
    {
        var player = source.Player;
        foreach (var (name, count) in player.Others.OrderByDescending(static other => other.Value))
        {
            notes.Detail(string.Create(CultureInfo.InvariantCulture, $"{count} packets without TCP: {name}"));
        }

        if (player.Names.LeftOut > 0)
        {
            notes.Detail(string.Create(CultureInfo.InvariantCulture,
                $"{player.Names.LeftOut} names of addresses are left out: no names of hosts, or too many"));
        }

        if (player.Tcp is { } tcp)
        {
            notes.Detail(string.Create(CultureInfo.InvariantCulture,
                $"{player.Packets} packets; {tcp.DataSegments} with data, {tcp.OutOfOrder} out of order, {tcp.Retransmitted} " +
                $"sent again, {tcp.OutOfWindow} out of window, {tcp.AfterEnd} after the end"));
            if (tcp.DifferentBytes > 0)
            {
                notes.Error(string.Create(CultureInfo.InvariantCulture,
                    $"{tcp.DifferentBytes} bytes were sent twice with different values; the first ones count"));
            }
        }

        if (player.Recording is { } recording && recording.Malformed + recording.Incomplete + recording.Foreign > 0)
        {
            notes.Error(string.Create(CultureInfo.InvariantCulture,
                $"lost: the recording was edited: {recording.Malformed} lines of facts make no sense, {recording.Incomplete} " +
                $"calls lack bytes that were recorded, {recording.Foreign} packets have no facts"));
        }

        if (player.LacksEnd && player.Damage.Count == 0)
        {
            notes.Say("the recording lacks its end: its recorder was killed, or files that follow are not read; what was " +
                "lost last is not known");
        }
    }
}
