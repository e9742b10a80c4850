// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.SlowSql;
using L7Trace.Export.Text;
using static L7Trace.Export.SlowSql.ReportFigures;

namespace L7Trace.Export.SlowSql;

/// <summary>The paragraph on the whole trace: a name and a text each.</summary>
internal static class OverallFacts
{
    public static IEnumerable<(string Name, string Text)> Of(StatementReport report, TraceSummary summary)
    {
        var all = report.All;
        var totals = report.Totals;
        yield return ("Time", $"{Span(report.Start, report.End)} UTC ({Units.Duration(report.Seconds * 1e9)})");
        if (totals.ServerVersion is { } version)
        {
            yield return ("Server", version + (totals.SeveralVersions ? " (the last of several)" : ""));
        }

        yield return ("Statements", Count(totals.Statements, "statement")
            + (report.StatementsPerSecond is { } rate ? $", {Rate(rate)} per second" : "")
            + (all.Calls > totals.Statements ? $"; {Count(all.Calls - totals.Statements, "other command")}" : ""));
        if (all.Time.Count > 0)
        {
            yield return ("Time spent", Units.Duration(all.Time.Sum)
                + (report.Concurrency is { } concurrency ? $": {Rate(concurrency)} at the same time on average" : ""));
            yield return ("Latency", Durations(all.Time));
        }

        if (all.NetworkTime.Count > 0)
        {
            yield return ("Network", $"{Durations(all.NetworkTime)} outside of the server (network and queueing), {Number(all.NetworkTime.Count)} calls seen at both ends");
        }

        yield return ("Errors", all.Errors == 0 ? "none"
            : $"{Number(all.Errors)} ({PercentOf(all.Errors, all.Calls)}): {Errors(all.ErrorCodes)}");
        if (all.Aborted + all.Incomplete > 0)
        {
            yield return ("Incomplete", $"{Number(all.Incomplete)} not seen whole, {Number(all.Aborted)} cut off by the end of their connection");
        }

        yield return ("Connections", $"{Number(summary.Connections)} seen, {Number(summary.OpenConnections)} open at the end; "
            + $"{Count(totals.Logins, "login")}, {Number(totals.FailedLogins)} failed"
            + (totals.AbortedLogins > 0 ? $", {Number(totals.AbortedLogins)} broken off" : ""));
        if (totals.Prepares + totals.Executes > 0)
        {
            yield return ("Prepared", $"{Number(totals.Prepares)} PREPARE, {Number(totals.Executes)} EXECUTE"
                + (totals.Prepares > 0 ? $" ({Rate(totals.Executes / (double)totals.Prepares)} each)" : "")
                + $", {Number(totals.Closes)} CLOSE; {Number(totals.NeverClosed)} never closed"
                + (totals.OpenStatements > 0 ? $", {Number(totals.OpenStatements)} still open" : ""));
        }

        if (Transactions(report) is { Length: > 0 } transactions)
        {
            yield return ("Transactions", transactions);
        }

        if (totals.ConnectionsNotFollowed > 0)
        {
            yield return ("Not followed", $"{Count(totals.ConnectionsNotFollowed, "connection")} beyond the limit: transactions and prepared statements on them are not counted");
        }

        if (summary.Losses.IsEmpty)
        {
            yield return ("Lost", "nothing");
        }
    }

    /// <summary>The transactions of a report or group: "23, avg ..., 4.2 statements each, idle 12%".</summary>
    public static string Transactions(TransactionFigures figures) =>
        $"{Number(figures.Count)}: {Durations(figures.Duration)}; {Rate(figures.Statements.Average)} statements each "
        + $"(max {Number(figures.Statements.Max)}), idle in transaction {PercentOf(figures.Idle.Sum, figures.Duration.Sum)} "
        + $"(max {Units.Duration(figures.Idle.Max)})";

    private static string Transactions(StatementReport report)
    {
        var figures = report.Totals.Transactions;
        var ends = report.Totals.TransactionEnds;
        var text = figures.Count > 0 ? Transactions(figures) : "";
        string[] parts =
        [
            .. Part(ends.Committed, "committed"), .. Part(ends.RolledBack, "rolled back"), .. Part(ends.Implicit, "ended by another statement"),
            .. Part(ends.WithConnection, "ended with their connection"), .. Part(ends.Open, "open at the end"),
            .. Part(ends.NotFollowed, "not followed"),
        ];
        return parts.Length == 0 ? text : text + (text.Length > 0 ? "; " : "") + string.Join(", ", parts);
    }

    private static IEnumerable<string> Part(long count, string what) => count > 0 ? [$"{Number(count)} {what}"] : [];
}
