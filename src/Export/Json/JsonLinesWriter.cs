// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Analysis.Sql;
using L7Trace.Export.Fields;
using L7Trace.Export.Otlp;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Json;

/// <summary>
/// Writes one JSON object per line (docs/json.md, docs/json.schema.json). Lines are gathered and go to the stream when
/// there is enough of them or <see cref="Flush"/> is called; how often that is, is the caller's choice. Not thread-safe.
/// </summary>
public sealed class JsonLinesWriter : IExchangeSink, IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly Stream _stream;
    private readonly JsonLine _lines = new(BufferSize);
    private readonly Utf8JsonWriter _json; // for the records that are few
    private readonly ExchangeJson _exchanges;
    private readonly StatementReportJson _statements;
    private readonly Func<long> _now;

    /// <summary>Makes one.</summary>
    /// <param name="stream">Where the lines go; stays open.</param>
    /// <param name="redaction">What is withheld; the default when null.</param>
    /// <param name="digests">Digests, shared with others on this thread.</param>
    /// <param name="routes">Routes, shared with others on this thread.</param>
    /// <param name="containerOf">The container of a process; null where processes are not of this machine.</param>
    /// <param name="now">The time, nanoseconds since the Unix epoch, for the age of what still runs.</param>
    public JsonLinesWriter(
        Stream stream, Redaction? redaction = null, DigestCache? digests = null, RouteTable? routes = null,
        Func<long>? now = null, Func<uint, ContainerFacts?>? containerOf = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        // Validation off: names repeat only if this class is wrong, which the schema test would see.
        _json = new Utf8JsonWriter(_lines, new JsonWriterOptions { Encoder = JsonText.Encoder, SkipValidation = true });
        _exchanges = new ExchangeJson(new FieldContext(redaction ?? Redaction.Default, digests, routes ?? new RouteTable()) { ContainerOf = containerOf });
        _statements = new StatementReportJson(_json, _exchanges, redaction ?? Redaction.Default);
        _now = now ?? (static () => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100);
    }

    /// <inheritdoc/>
    public void Write(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        _lines.WriteStartObject();
        _lines.WriteNumber(JsonNames.Version, 1);
        _lines.WriteString(JsonNames.Type, "exchange"u8);
        _exchanges.Write(_lines, exchange, exchange.State == ExchangeState.Running ? _now() : 0);
        _lines.WriteEndObject();
        EndOfLine();
    }

    /// <summary>
    /// Writes what has become known of the peer of an exchange that was written without: its id, and the facts of its
    /// connection as they are now.
    /// </summary>
    public void WriteAmendment(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        _lines.WriteStartObject();
        _lines.WriteNumber(JsonNames.Version, 1);
        _lines.WriteString(JsonNames.Type, "amendment"u8);
        _lines.WriteString(JsonNames.Id, System.Text.Encoding.ASCII.GetBytes(exchange.Id));
        _exchanges.WriteConnection(_lines, exchange);
        _lines.WriteEndObject();
        EndOfLine();
    }

    /// <summary>Writes what was lost since the last such record.</summary>
    /// <param name="time">Nanoseconds since the Unix epoch.</param>
    /// <param name="losses">The losses; nothing is written when there are none.</param>
    public void WriteLoss(long time, LossCounts losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        if (losses.IsEmpty)
        {
            return;
        }

        Begin("loss"u8);
        WriteTime(JsonNames.Time, time);
        WriteLosses(losses);
        EndLine();
    }

    /// <summary>Writes that all which happened before a moment has been written.</summary>
    /// <param name="id">What the asker calls it.</param>
    /// <param name="time">The moment, nanoseconds since the Unix epoch.</param>
    /// <param name="monotonic">The same on CLOCK_MONOTONIC, nanoseconds.</param>
    /// <param name="running">Exchanges that still run; their records come first.</param>
    /// <param name="losses">What was lost since the start of the trace.</param>
    public void WriteMark(string id, long time, long monotonic, int running, LossCounts losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        Begin("mark"u8);
        _json.WriteString(JsonNames.Id, id);
        WriteTime(JsonNames.Time, time);
        _json.WriteNumber(JsonNames.MonotonicNs, monotonic);
        _json.WriteNumber(JsonNames.Running, running);
        WriteLosses(losses);
        EndLine();
    }

    /// <summary>Writes what the whole trace came to: the last record.</summary>
    public void WriteSummary(TraceSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        Begin("summary"u8);
        WriteTime(JsonNames.Start, summary.Start);
        WriteTime(JsonNames.End, summary.End);
        _json.WriteNumber(JsonNames.Exchanges, summary.Exchanges);
        _json.WriteNumber(JsonNames.Errors, summary.Errors);
        _json.WriteNumber(JsonNames.Running, summary.Running);
        _json.WriteNumber(JsonNames.Complete, summary.CountOf(CompletenessKind.Complete));
        _json.WriteNumber(JsonNames.Truncated, summary.CountOf(CompletenessKind.Truncated));
        _json.WriteNumber(JsonNames.Resynced, summary.CountOf(CompletenessKind.Resynced));
        _json.WriteNumber(JsonNames.Unmatched, summary.CountOf(CompletenessKind.Unmatched));
        _json.WriteNumber(JsonNames.Connections, summary.Connections);
        _json.WriteNumber(JsonNames.OpenConnections, summary.OpenConnections);
        WriteSpans(summary.Spans);
        WriteLosses(summary.Losses);
        EndLine();
    }

    /// <summary>Writes one row of a report.</summary>
    public void WriteGroup(ReportGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        Begin("group"u8);
        ReportGroupJson.Write(_json, group);
        EndLine();
    }

    /// <summary>Writes the slow-SQL report: the whole, each group, the rest, and what still ran.</summary>
    public void WriteReport(StatementReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        Begin("mysql_report"u8);
        _statements.WriteReport(report);
        EndLine();
        for (var i = 0; i < report.Groups.Count; i++)
        {
            WriteGroup(report, report.Groups[i], i + 1);
        }

        if (report.Misc is { } misc)
        {
            WriteGroup(report, misc, rank: 0);
        }

        foreach (var exchange in report.InFlight)
        {
            Write(exchange);
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        Empty();
        _stream.Flush();
    }

    /// <summary>Frees the writer; what was not flushed is gone.</summary>
    public void Dispose() => _json.Dispose();

    private void WriteGroup(StatementReport report, StatementGroup group, int rank)
    {
        Begin("mysql_group"u8);
        _statements.WriteGroup(report, group, rank);
        EndLine();
    }

    private void Begin(ReadOnlySpan<byte> type)
    {
        _json.WriteStartObject();
        _json.WriteNumber(JsonNames.Version, 1);
        _json.WriteString(JsonNames.Type, type);
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        EndOfLine();
    }

    private void EndOfLine()
    {
        _lines.WriteRaw("\n"u8);
        if (_lines.Length >= BufferSize / 2)
        {
            Empty();
        }
    }

    private void Empty()
    {
        try
        {
            _stream.Write(_lines.Written);
        }
        finally
        {
            // Also when it throws: the same lines must not be tried again and grow without bound.
            _lines.Clear();
        }
    }

    private void WriteTime(JsonEncodedText name, long nanoseconds)
    {
        Span<char> text = stackalloc char[Timestamp.Length];
        _json.WriteString(name, Timestamp.Format(nanoseconds, text));
    }

    private void WriteSpans(SpanCounts? spans)
    {
        if (spans is not null)
        {
            _json.WriteNumber(JsonNames.SpansSent, spans.Sent);
            _json.WriteNumber(JsonNames.SpansRejected, spans.Rejected);
            _json.WriteNumber(JsonNames.SpansQueueFull, spans.QueueFull);
            _json.WriteNumber(JsonNames.SpansFailed, spans.Failed);
            _json.WriteNumber(JsonNames.SpansUnsent, spans.Unsent);
            _json.WriteNumber(JsonNames.SpansNotSampled, spans.NotSampled);
            _json.WriteNumber(JsonNames.SpansLeftOut, spans.LeftOut);
        }
    }

    private void WriteLosses(LossCounts losses)
    {
        foreach (var (reason, count) in losses.NonZero)
        {
            _json.WriteNumber(JsonNames.Of(reason), count);
        }
    }
}
