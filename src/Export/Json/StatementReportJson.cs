// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Export.SlowSql;
using L7Trace.Parsers.Protocols.MySql;
using N = L7Trace.Export.Json.StatementReportNames;

namespace L7Trace.Export.Json;

/// <summary>The fields of the records "mysql_report" and "mysql_group".</summary>
internal sealed class StatementReportJson(Utf8JsonWriter json, ExchangeJson exchanges, Redaction redaction)
{
    private readonly JsonLine _line = new(4096);

    /// <summary>The record on the whole; the object is open.</summary>
    public void WriteReport(StatementReport report)
    {
        var totals = report.Totals;
        WriteTime(JsonNames.Start, report.Start);
        WriteTime(JsonNames.End, report.End);
        json.WriteString(N.GroupBy, WordOf(report.Grouping));
        json.WriteString(N.OrderBy, WordOf(report.Order));
        JsonText.Write(json, JsonNames.MySqlServerVersion, totals.ServerVersion);
        json.WriteNumber(N.Statements, totals.Statements);
        WriteRate(N.StatementsPerSecond, report.StatementsPerSecond);
        WriteRate(N.Concurrency, report.Concurrency);
        json.WriteNumber(N.Logins, totals.Logins);
        json.WriteNumber(N.FailedLogins, totals.FailedLogins);
        json.WriteNumber(N.AbortedLogins, totals.AbortedLogins);
        json.WriteNumber(N.Prepares, totals.Prepares);
        json.WriteNumber(N.Executes, totals.Executes);
        json.WriteNumber(N.Closes, totals.Closes);
        json.WriteNumber(N.NeverClosed, totals.NeverClosed);
        json.WriteNumber(N.OpenStatements, totals.OpenStatements);
        WriteTransactions(totals.Transactions, totals.TransactionEnds);
        WriteTraffic(report.Traffic);
        WriteFigures(report.All);
    }

    /// <summary>The record of one group; the object is open.</summary>
    /// <param name="report">What it belongs to.</param>
    /// <param name="group">The group.</param>
    /// <param name="rank">From 1; 0 for the row of the rest.</param>
    public void WriteGroup(StatementReport report, StatementGroup group, int rank)
    {
        json.WriteString(N.GroupBy, WordOf(report.Grouping));
        if (rank > 0)
        {
            json.WriteNumber(N.Rank, rank);
            json.WriteString(JsonNames.Id, StatementId.Of(group));
        }
        else
        {
            json.WriteNumber(N.Groups, group.Groups);
        }

        JsonText.Write(json, JsonNames.GroupText, group.Text);
        JsonText.Write(json, JsonNames.DbNamespace, group.Schema.Length > 0 ? group.Schema : null);
        json.WriteNumber(N.Share, Math.Round(report.ShareOf(group), 9));
        WriteRate(N.Concurrency, report.ConcurrencyOf(group));
        WriteFigures(group);
        if (group.Transactions.Count > 0)
        {
            WriteTransactions(group.Transactions, null);
        }

        WriteLoad(group.Load);
        WriteSlowest(group);
    }

    private static string WordOf(StatementGrouping grouping) => grouping switch
    {
        StatementGrouping.User => "user",
        StatementGrouping.Client => "client",
        StatementGrouping.Schema => "schema",
        _ => "digest",
    };

    private static string WordOf(StatementOrder order) => order switch
    {
        StatementOrder.Calls => "calls",
        StatementOrder.Average => "avg",
        StatementOrder.P95 => "p95",
        StatementOrder.P99 => "p99",
        StatementOrder.Max => "max",
        StatementOrder.VarianceToMean => "vm",
        StatementOrder.Rows => "rows",
        StatementOrder.Affected => "affected",
        StatementOrder.Bytes => "bytes",
        StatementOrder.Errors => "errors",
        _ => "total",
    };

    private void WriteFigures(StatementGroup group)
    {
        json.WriteNumber(JsonNames.Calls, group.Calls);
        json.WriteNumber(JsonNames.Errors, group.Errors);
        json.WriteNumber(N.Aborted, group.Aborted);
        json.WriteNumber(JsonNames.Incomplete, group.Incomplete);
        json.WriteNumber(JsonNames.WithoutLatency, group.WithoutTime);
        WriteErrors(group.ErrorCodes);
        WriteDistribution(N.Time, group.Time, buckets: true);
        if (group.Time.Count > 0)
        {
            json.WriteNumber(N.VarianceToMean, Math.Round(group.VarianceToMean, 9));
            json.WriteStartArray(N.Decades);
            for (var row = 0; row < LatencyDecades.Count; row++)
            {
                json.WriteNumberValue(group.Decades[row]);
            }

            json.WriteEndArray();
        }

        WriteDistribution(N.FirstByte, group.FirstByte);
        WriteDistribution(N.Transfer, group.Transfer);
        WriteDistribution(N.ServerTime, group.ServerTime);
        WriteDistribution(N.NetworkTime, group.NetworkTime);
        WriteDistribution(N.RowsSent, group.RowsSent);
        WriteDistribution(N.RowsChanged, group.RowsAffected);
        WriteDistribution(N.BytesSent, group.BytesSent);
        json.WriteNumber(JsonNames.RowsUnknown, group.RowsUnknown);
        json.WriteNumber(N.WithStatus, group.WithStatus);
        json.WriteNumber(N.NoIndexUsed, group.NoIndexUsed);
        json.WriteNumber(N.NoGoodIndexUsed, group.NoGoodIndexUsed);
        json.WriteNumber(N.WasSlow, group.WasSlow);
        json.WriteNumber(N.Warnings, group.Warnings);
        json.WriteNumber(N.InTransactions, group.InTransactions);
        WriteNames(N.Users, group.Users);
        WriteNames(N.Databases, group.Schemas);
        WriteNames(N.Clients, group.Clients);
        WriteNames(N.Digests, group.Statements);
        if (group.Calls > 0)
        {
            WriteTime(N.FirstSeen, group.FirstSeen);
            WriteTime(N.LastSeen, group.LastSeen);
        }
    }

    private void WriteSlowest(StatementGroup group)
    {
        if (group.Slowest is not { } slowest || group.IsMisc)
        {
            return;
        }

        _line.Clear();
        _line.WriteStartObject();
        exchanges.Write(_line, slowest, 0);
        _line.WriteEndObject();
        json.WritePropertyName(N.Slowest);
        json.WriteRawValue(_line.Written, skipInputValidation: true);
        if (redaction.ShowsSecrets && redaction.FilledStatement(slowest) is { } text)
        {
            JsonText.Write(json, N.Explain, ExplainStatement.Of(slowest, text, out _));
        }
    }

    private void WriteDistribution(JsonEncodedText name, ExponentialHistogram values, bool buckets = false)
    {
        if (values.Count == 0)
        {
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber(N.Count, values.Count);
        json.WriteNumber(N.Sum, (long)values.Sum);
        json.WriteNumber(N.Min, values.Min);
        json.WriteNumber(N.Average, Math.Round(values.Average, 3));
        json.WriteNumber(N.P50, values.Percentile(0.50));
        json.WriteNumber(N.P95, values.Percentile(0.95));
        json.WriteNumber(N.P99, values.Percentile(0.99));
        json.WriteNumber(N.Max, values.Max);
        json.WriteNumber(N.StandardDeviation, Math.Round(values.StandardDeviation, 3));
        if (buckets)
        {
            WriteBuckets(values);
        }

        json.WriteEndObject();
    }

    private void WriteBuckets(ExponentialHistogram values)
    {
        json.WriteNumber(N.Scale, ExponentialHistogram.Scale);
        json.WriteNumber(N.ZeroCount, values.ZeroCount);
        var filled = values.Buckets();
        if (filled.Count == 0)
        {
            return;
        }

        json.WriteNumber(N.Offset, filled[0].Index);
        json.WriteStartArray(N.BucketCounts);
        var next = filled[0].Index;
        foreach (var (index, count) in filled)
        {
            for (; next < index; next++)
            {
                json.WriteNumberValue(0);
            }

            json.WriteNumberValue(count);
            next++;
        }

        json.WriteEndArray();
    }

    private void WriteErrors(ErrorCounts errors)
    {
        if (errors.Sorted() is not { Count: > 0 } sorted)
        {
            return;
        }

        json.WriteStartArray(N.ErrorCodes);
        foreach (var (code, sqlState, count) in sorted)
        {
            json.WriteStartObject();
            json.WriteString(JsonNames.DbStatusCode, code.ToString(CultureInfo.InvariantCulture));
            JsonText.Write(json, JsonNames.MySqlSqlState, sqlState);
            json.WriteNumber(JsonNames.Calls, count);
            json.WriteEndObject();
        }

        WriteOthers(errors.Others);
        json.WriteEndArray();
    }

    private void WriteNames(JsonEncodedText name, NameCounts names)
    {
        if (names.Distinct == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var (text, count) in names.Sorted())
        {
            json.WriteStartObject();
            JsonText.Write(json, N.Name, text);
            json.WriteNumber(JsonNames.Calls, count);
            json.WriteEndObject();
        }

        WriteOthers(names.Others);
        json.WriteEndArray();
    }

    // An entry without a name or number: all that had no room.
    private void WriteOthers(long count)
    {
        if (count > 0)
        {
            json.WriteStartObject();
            json.WriteNumber(JsonNames.Calls, count);
            json.WriteEndObject();
        }
    }

    private void WriteTransactions(TransactionFigures figures, TransactionEnds? ends)
    {
        json.WriteStartObject(N.Transactions);
        json.WriteNumber(N.Count, figures.Count);
        WriteDistribution(N.Duration, figures.Duration);
        WriteDistribution(N.Statements, figures.Statements);
        WriteDistribution(N.Idle, figures.Idle);
        if (ends is not null)
        {
            json.WriteNumber(N.Committed, ends.Committed);
            json.WriteNumber(N.RolledBack, ends.RolledBack);
            json.WriteNumber(N.Implicit, ends.Implicit);
            json.WriteNumber(N.WithConnection, ends.WithConnection);
            json.WriteNumber(N.Open, ends.Open);
            json.WriteNumber(N.NotFollowed, ends.NotFollowed);
        }

        json.WriteEndObject();
    }

    private void WriteTraffic(TimeSeries<TrafficInterval> traffic)
    {
        if (traffic.Intervals.Count == 0)
        {
            return;
        }

        BeginSeries(N.Traffic, traffic.Start, traffic.Width);
        WriteSeries(N.Statements, traffic.Intervals, static interval => interval?.Statements ?? 0);
        WriteSeries(JsonNames.Errors, traffic.Intervals, static interval => interval?.Errors ?? 0);
        WriteSeries(N.TimeSum, traffic.Intervals, static interval => (long)(interval?.Time.Sum ?? 0));
        WriteSeries(N.P50, traffic.Intervals, static interval => interval?.Time.Percentile(0.5) ?? 0);
        WriteSeries(N.P95, traffic.Intervals, static interval => interval?.Time.Percentile(0.95) ?? 0);
        WriteSeries(N.P99, traffic.Intervals, static interval => interval?.Time.Percentile(0.99) ?? 0);
        json.WriteEndObject();
    }

    private void WriteLoad(TimeSeries<LoadInterval> load)
    {
        if (load.Intervals.Count == 0)
        {
            return;
        }

        BeginSeries(N.Load, load.Start, load.Width);
        WriteSeries(JsonNames.Calls, load.Intervals, static interval => interval?.Calls ?? 0);
        WriteSeries(N.TimeSum, load.Intervals, static interval => (long)(interval?.Time ?? 0));
        json.WriteEndObject();
    }

    private void BeginSeries(JsonEncodedText name, long start, long width)
    {
        json.WriteStartObject(name);
        WriteTime(JsonNames.Start, start);
        json.WriteNumber(N.IntervalNs, width);
    }

    private void WriteSeries<T>(JsonEncodedText name, IReadOnlyList<T?> intervals, Func<T?, long> value)
        where T : class
    {
        json.WriteStartArray(name);
        foreach (var interval in intervals)
        {
            json.WriteNumberValue(value(interval));
        }

        json.WriteEndArray();
    }

    private void WriteRate(JsonEncodedText name, double? value)
    {
        if (value is { } rate)
        {
            json.WriteNumber(name, Math.Round(rate, 6));
        }
    }

    private void WriteTime(JsonEncodedText name, long nanoseconds)
    {
        Span<char> text = stackalloc char[Timestamp.Length];
        json.WriteString(name, Timestamp.Format(nanoseconds, text));
    }
}
