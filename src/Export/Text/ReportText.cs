// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Reports;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Text;

/// <summary>A report in plain text: statements, routes, and what is still in flight.</summary>
public static class ReportText
{
    /// <summary>Writes the tables that have rows.</summary>
    /// <param name="output">Where they go.</param>
    /// <param name="report">The figures.</param>
    /// <param name="redaction">What is withheld of exchanges in flight.</param>
    /// <param name="width">Columns of the screen, 0 when there is no limit.</param>
    /// <param name="limit">Rows of a table at most, 0 for all; the rest is said in a line.</param>
    public static void Write(TextWriter output, Report report, Redaction redaction, int width = 0, int limit = 0)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(report);
        WriteGroups(output, "MySQL statements", report.Statements, width, limit);
        WriteGroups(output, "HTTP routes", report.Routes, width, limit);
        WriteGroups(output, "WebSocket connections", report.WebSockets, width, limit);
        WriteInFlight(output, report, redaction, width);
    }

    /// <summary>The cells of one row, in the order of the headers of the report.</summary>
    public static string[] CellsOf(ReportGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        var latency = group.Latency;
        var hasLatency = latency.Count > 0;
        return
        [
            Number(group.Calls),
            Number(group.Errors),
            Time(latency.Sum, hasLatency),
            Time(latency.Average, hasLatency),
            Time(latency.Percentile(0.50), hasLatency),
            Time(latency.Percentile(0.95), hasLatency),
            Time(latency.Percentile(0.99), hasLatency),
            Time(latency.Max, hasLatency),
            group.Kind switch
            {
                GroupKind.Statement => RowsText(group),
                GroupKind.WebSocket => $"{RowsText(group)} ({Units.Bytes(group.Bytes)})",
                _ => Units.Bytes(group.Bytes),
            },
            group.Scope.Length > 0 ? group.Scope : "-",
            group.Text,
        ];
    }

    /// <summary>The headings of <see cref="CellsOf"/>; numbers are those up to the ninth.</summary>
    public static string[] HeadingsOf(GroupKind kind) =>
    [
        kind == GroupKind.WebSocket ? "connections" : "calls", "errors", "total", "avg", "p50", "p95", "p99", "max",
        .. kind switch
        {
            GroupKind.Statement => (string[])["rows", "schema", "statement"],
            GroupKind.WebSocket => ["messages", "host", "route"],
            _ => ["bytes", "host", "route"],
        },
    ];

    private static string RowsText(ReportGroup group) =>
        group.RowsUnknown == 0 ? Number(group.Rows)
        : group.Rows == 0 ? "?"
        : Number(group.Rows) + "+";

    private static void WriteGroups(
        TextWriter output, string title, IReadOnlyList<ReportGroup> groups, int width, int limit)
    {
        if (groups.Count == 0)
        {
            return;
        }

        var statements = groups[0].Kind == GroupKind.Statement;
        var table = new TableWriter([.. HeadingsOf(groups[0].Kind).Select(static (heading, index) => index < 9 ? ">" + heading : heading)]);
        var shown = limit > 0 ? Math.Min(limit, groups.Count) : groups.Count;
        for (var i = 0; i < shown; i++)
        {
            table.Add(CellsOf(groups[i]));
        }

        output.Write(title + "\n");
        table.Write(output, width);
        if (shown < groups.Count)
        {
            var rest = groups.Skip(shown).Sum(static group => group.Calls);
            output.Write(string.Create(
                CultureInfo.InvariantCulture, $"... and {groups.Count - shown} more rows with {rest:#,0} calls\n"));
        }

        if (statements && groups.Any(static group => group.RowsUnknown > 0))
        {
            output.Write("rows with \"+\" or \"?\": some answers were not seen whole, their rows are not counted\n");
        }

        output.Write("\n");
    }

    private static void WriteInFlight(TextWriter output, Report report, Redaction redaction, int width)
    {
        if (report.InFlight.Count == 0)
        {
            return;
        }

        var table = new TableWriter(">age", "process", "peer", "protocol", "text");
        foreach (var exchange in report.InFlight)
        {
            table.Add(
                AgeText(exchange, report.Time),
                PlainLineWriter.ProcessText(exchange),
                PlainLineWriter.PeerText(exchange.Connection),
                PlainLineWriter.ProtocolText(exchange),
                PlainLineWriter.TextOf(exchange, redaction));
        }

        output.Write("In flight\n");
        table.Write(output, width);
        output.Write("\n");
    }

    /// <summary>How long it has been running, or a WebSocket connection open.</summary>
    public static string AgeText(Exchange exchange, long now)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange.Protocol == Protocol.WebSocket
            ? PlainLineWriter.LatencyText(exchange, () => now)
            : Units.Duration(exchange.Age(now));
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Time(double nanoseconds, bool known) => known ? Units.Duration(nanoseconds) : "-";
}
