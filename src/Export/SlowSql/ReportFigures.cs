// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Export.Text;

namespace L7Trace.Export.SlowSql;

/// <summary>Figures of a report as people read them, the same in text and on the page.</summary>
internal static class ReportFigures
{
    /// <summary>A time of day and date, UTC: "2026-11-25 04:30:00.583".</summary>
    public static string Time(long nanoseconds) => DateTime.UnixEpoch.AddTicks(Math.Max(0, nanoseconds) / 100)
        .ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>A whole number: "1,014".</summary>
    public static string Number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A share of 0 to 1: "93.1%".</summary>
    public static string Percent(double share) => (share * 100).ToString(share is > 0 and < 0.0995 ? "0.0" : "0", CultureInfo.InvariantCulture) + "%";

    /// <summary>A part of a whole as a share, "-" when there is no whole.</summary>
    public static string PercentOf(double part, double whole) => whole > 0 ? Percent(part / whole) : "-";

    /// <summary>A rate or ratio: three significant digits.</summary>
    public static string Rate(double value) => value switch
    {
        < 9.995 => value.ToString("0.##", CultureInfo.InvariantCulture),
        < 99.95 => value.ToString("0.#", CultureInfo.InvariantCulture),
        _ => Number(value),
    };

    /// <summary>A count with its noun: "1 statement", "2 statements".</summary>
    public static string Count(long count, string noun) => $"{Number(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>Error numbers with SQLSTATE and calls: "1054 (42S22) 8, 1062 (23000) 1"; empty when there are none.</summary>
    public static string Errors(ErrorCounts errors, int most = 8)
    {
        var sorted = errors.Sorted();
        var parts = sorted.Take(most).Select(static entry =>
            $"{entry.Code.ToString(CultureInfo.InvariantCulture)} ({entry.SqlState ?? "?"}) {Number(entry.Count)}").ToList();
        var rest = sorted.Skip(most).Sum(static entry => entry.Count) + errors.Others;
        if (rest > 0)
        {
            parts.Add($"others {Number(rest)}");
        }

        return string.Join(", ", parts);
    }

    /// <summary>Names with their share of the calls: "shop 95%, admin 5%"; empty when there are none.</summary>
    public static string Names(NameCounts names, long calls, int most = 6)
    {
        var sorted = names.Sorted();
        var parts = sorted.Take(most).Select(entry => sorted.Count == 1 && names.Others == 0
            ? entry.Name
            : $"{entry.Name} {PercentOf(entry.Count, calls)}").ToList();
        var rest = sorted.Count - most;
        if (rest > 0 || names.Others > 0)
        {
            var count = sorted.Skip(most).Sum(static entry => entry.Count) + names.Others;
            parts.Add($"{(names.Others > 0 ? "more" : Number(rest) + " more")} {PercentOf(count, calls)}");
        }

        return string.Join(", ", parts);
    }

    /// <summary>"avg 2.1ms, p50 1.9ms, p95 3ms, p99 5ms, max 9ms".</summary>
    public static string Durations(ExponentialHistogram histogram) =>
        $"avg {Units.Duration(histogram.Average)}, p50 {Units.Duration(histogram.Percentile(0.5))}, " +
        $"p95 {Units.Duration(histogram.Percentile(0.95))}, p99 {Units.Duration(histogram.Percentile(0.99))}, " +
        $"max {Units.Duration(histogram.Max)}";

    /// <summary>"2026-11-25 04:30:00.583 to 04:30:10.012"; the second date only where it is another.</summary>
    public static string Span(long from, long to)
    {
        var (first, last) = (Time(from), Time(to));
        return first == last ? first : $"{first} to {(first[..10] == last[..10] ? last[11..] : last)}";
    }

    /// <summary>Variance to mean: "0.16"; "<0.01" where two digits show nothing.</summary>
    public static string VarianceToMean(double value) =>
        value is > 0 and < 0.01 ? "<0.01" : value.ToString("#,0.00", CultureInfo.InvariantCulture);

    /// <summary>The item of a group: what it is called in a list.</summary>
    public static string ItemOf(StatementGroup group) => !group.IsMisc ? group.Text
        : $"MISC ({(group.HasOverflow ? "more than " : "")}{Count(group.Groups, "other row")})";

    /// <summary>The word for what a group has in common.</summary>
    public static string WordOf(StatementGrouping grouping) => grouping switch
    {
        StatementGrouping.User => "user",
        StatementGrouping.Client => "client",
        StatementGrouping.Schema => "schema",
        _ => "statement",
    };

    /// <summary>The rows of figures of a group that have something to say: name, share of all, and the distribution.</summary>
    public static IReadOnlyList<DistributionRow> Distributions(StatementGroup group, StatementGroup all)
    {
        var rows = new List<DistributionRow>();
        Func<double, string> time = Units.Duration;
        Func<double, string> number = Rate;
        Func<double, string> bytes = Units.Bytes;
        foreach (var (name, values, whole, show) in (ReadOnlySpan<(string, ExponentialHistogram, ExponentialHistogram, Func<double, string>)>)
            [
                ("Time", group.Time, all.Time, time),
                ("first byte", group.FirstByte, all.FirstByte, time),
                ("transfer", group.Transfer, all.Transfer, time),
                ("server", group.ServerTime, all.ServerTime, time),
                ("network", group.NetworkTime, all.NetworkTime, time),
                ("Rows sent", group.RowsSent, all.RowsSent, number),
                ("Rows changed", group.RowsAffected, all.RowsAffected, number),
                ("Bytes sent", group.BytesSent, all.BytesSent, bytes),
            ])
        {
            if (values.Count > 0 && (values.Sum > 0 || name is "Time" or "Rows sent"))
            {
                rows.Add(new DistributionRow(
                    name, PercentOf(values.Sum, whole.Sum), show == number ? Number(values.Sum) : show(values.Sum), values, show));
            }
        }

        return rows;
    }
}
