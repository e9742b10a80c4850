// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Commands;

/// <summary><c>report --read FILE</c>: the tables of a session that was written with <c>-o jsonl</c>, losses included.</summary>
internal sealed class RecordedReport
{
    // More than any line that l7trace writes; what is longer is no line of ours.
    private const int LongestLine = 4 * 1024 * 1024;

    private readonly ITraceSink _sink;
    private readonly ExchangeFilter _filter;
    private readonly TraceSummary _summary = new();
    private readonly LossCounts _losses = new();
    private readonly HashSet<ConnectionId> _connections = [];
    private bool _lossesAreFinal;
    private long _filteredOut;
    private long _unreadable;

    private RecordedReport(ITraceSink sink, TraceSettings settings)
    {
        _sink = sink;
        _filter = new ExchangeFilter(settings, settings.MinLatency);
    }

    /// <summary>Reads the file and writes its report; returns the exit code.</summary>
    public static int Run(
        CliEnvironment environment,
        Notes notes,
        TraceSettings settings,
        string path,
        Func<OutputTarget, TraceSettings, ITraceSink> makeSink)
    {
        notes.Configure(settings);
        OutputCheck.RefuseInput(settings, [path]);
        using var output = OutputTarget.Open(settings, environment, onError: false);
        TraceVerb.WarnOfSecrets(notes, settings);
        using var sink = makeSink(output, settings);
        var report = new RecordedReport(sink, settings);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            report.ReadLines(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Failure, $"can't read '{path}': {exception.Message}");
        }

        if (report._summary.Exchanges + report._filteredOut == 0 && report._unreadable > 0)
        {
            throw new CliException(ExitCode.Failure, $"'{path}' has no exchange in it; --read takes what -o jsonl wrote");
        }

        return report.Finish(notes);
    }

    private void ReadLines(FileStream file)
    {
        var buffer = new byte[64 * 1024];
        var filled = 0;
        var skipping = false;
        while (true)
        {
            var count = file.Read(buffer, filled, buffer.Length - filled);
            var end = filled + count;
            var begin = 0;
            for (int length; (length = buffer.AsSpan(begin, end - begin).IndexOf((byte)'\n')) >= 0; begin += length + 1)
            {
                Take(buffer.AsMemory(begin, length), skipping);
                skipping = false;
            }

            filled = end - begin;
            buffer.AsSpan(begin, filled).CopyTo(buffer);
            if (count == 0)
            {
                Take(buffer.AsMemory(0, filled), skipping);
                return;
            }

            if (filled == buffer.Length)
            {
                skipping |= buffer.Length >= LongestLine;
                filled = skipping ? 0 : filled;
                Array.Resize(ref buffer, Math.Min(LongestLine, buffer.Length * 2));
            }
        }
    }

    private void Take(ReadOnlyMemory<byte> line, bool isRest)
    {
        if (line.Span.Trim(" \t\r"u8).IsEmpty && !isRest)
        {
            return;
        }

        if (isRest || JsonLinesReader.Read(line) is not { } record)
        {
            _unreadable++;
        }
        else if (record.Exchange is { } exchange)
        {
            Take(exchange);
        }
        else if (record.Losses is { } losses && (record.IsSummary || !_lossesAreFinal))
        {
            foreach (var (cause, count) in losses.NonZero)
            {
                _losses[cause] = record.IsSummary ? count : _losses[cause] + count;
            }

            _lossesAreFinal |= record.IsSummary;
        }
    }

    private void Take(Exchange exchange)
    {
        // What was still running when its line was written has another line when it finished.
        if (exchange.State == ExchangeState.Running)
        {
            return;
        }

        if (!_filter.Shows(exchange, exchange.Start))
        {
            _filteredOut++;
            return;
        }

        _summary.Start = _summary.Start == 0 ? exchange.Start : Math.Min(_summary.Start, exchange.Start);
        _summary.End = Math.Max(_summary.End, exchange.End ?? exchange.Start);
        _summary.Count(exchange);
        _connections.Add(exchange.Connection.Id);
        _sink.Write(exchange, exchange.Start);
    }

    private int Finish(Notes notes)
    {
        _summary.Losses = _losses;
        _summary.Connections = _connections.Count;
        var outcome = new TraceOutcome(_summary, [])
        {
            FilteredOut = _filteredOut,
            LeftOutByWhere = _filter.LeftOut,
            Undecided = _filter.Undecided,
        };
        _sink.End(outcome);
        _sink.Flush();
        if (_unreadable > 0)
        {
            notes.Error($"{_unreadable} lines are no records of l7trace and were left out");
        }

        SummaryText.Write(notes, outcome);
        return ExitCode.Done;
    }
}
