// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.SlowSql;
using L7Trace.Export.Text;
using L7Trace.Parsers.Protocols.MySql;
using static L7Trace.Export.SlowSql.ReportFigures;

namespace L7Trace.Export.SlowSql;

/// <summary>The paragraph of one group: its figures, its histogram, who asked, and the slowest call.</summary>
internal sealed class GroupParagraph(TextWriter output, CommentLines lines, StatementReport report, Redaction redaction)
{
    private const int NameWidth = 13;

    public void Write(StatementGroup group, int rank)
    {
        lines.Blank();
        var title = group.Grouping == StatementGrouping.Digest ? "Query" : char.ToUpperInvariant(WordOf(group.Grouping)[0]) + WordOf(group.Grouping)[1..];
        var heading = $"{title} {Number(rank)}: "
            + (group.Time.Count > 0 ? $"{Percent(report.ShareOf(group))} of the time, " : "")
            + (report.Seconds > 0 ? $"{Rate(group.Calls / report.Seconds)} per second, concurrency {Rate(report.ConcurrencyOf(group) ?? 0)}, " : "")
            + $"id {StatementId.Of(group)}";
        lines.Line(heading + " " + new string('_', Math.Max(0, lines.Width - heading.Length - 3)));
        WriteFigures(group);
        WriteFacts(group);
        WriteHistogram(group);
        if (group.Grouping == StatementGrouping.Digest)
        {
            lines.Wrapped("", group.Text);
        }

        WriteSlowest(group);
    }

    /// <summary>What else is known of a group: a name and a text each.</summary>
    public static IEnumerable<(string Name, string Text)> FactsOf(StatementGroup group)
    {
        if (group.Errors > 0)
        {
            yield return ("Errors", $"{Number(group.Errors)} ({PercentOf(group.Errors, group.Calls)}): {Errors(group.ErrorCodes)}");
        }

        if (group.Aborted + group.Incomplete > 0)
        {
            yield return ("Incomplete", $"{Number(group.Incomplete)} not seen whole, {Number(group.Aborted)} cut off by the end of their connection");
        }

        if (group.RowsUnknown > 0)
        {
            yield return ("Rows unknown", $"of {Count(group.RowsUnknown, "call")}: their answers were not seen whole");
        }

        if (Flags(group) is { Length: > 0 } flags)
        {
            yield return ("Server says", flags);
        }

        if (group.Transactions.Count > 0)
        {
            yield return ("Transactions", $"{PercentOf(group.InTransactions, group.Calls)} of the calls ran in "
                + OverallFacts.Transactions(group.Transactions));
        }

        if (group.Grouping is StatementGrouping.User or StatementGrouping.Client or StatementGrouping.Schema)
        {
            yield return ("Statements", Names(group.Statements, group.Calls, most: 3));
        }

        if (group.Grouping != StatementGrouping.User)
        {
            yield return ("Users", Names(group.Users, group.Calls));
        }

        if (group.Grouping != StatementGrouping.Schema)
        {
            yield return ("Databases", Names(group.Schemas, group.Calls));
        }

        if (group.Grouping != StatementGrouping.Client)
        {
            yield return ("Clients", Names(group.Clients, group.Calls));
        }

        yield return ("Seen", Span(group.FirstSeen, group.LastSeen));
    }

    /// <summary>"no index used 12%, slow 3%"; empty when the server's flags say nothing of the kind.</summary>
    public static string Flags(StatementGroup group)
    {
        var parts = new List<string>();
        foreach (var (calls, what) in (ReadOnlySpan<(long, string)>)
            [
                (group.NoIndexUsed, "no index used"), (group.NoGoodIndexUsed, "no good index used"), (group.WasSlow, "was slow"),
            ])
        {
            if (calls > 0)
            {
                parts.Add($"{what} {Number(calls)} ({PercentOf(calls, group.Calls)})");
            }
        }

        if (group.Warnings > 0)
        {
            parts.Add(Count(group.Warnings, "warning"));
        }

        return string.Join(", ", parts);
    }

    /// <summary>When, how long, on which connection, with what result the slowest call ran.</summary>
    public static string Describe(MySqlExchange slowest)
    {
        var parts = new List<string> { $"{Units.Duration(slowest.Duration ?? 0)} at {Time(slowest.Start)}" };
        if (slowest.ServerConnectionId is { } id)
        {
            parts.Add(FormattableString.Invariant($"connection {id}"));
        }

        if (slowest.ErrorCode is { } code)
        {
            parts.Add(FormattableString.Invariant($"error {code} ({slowest.SqlState ?? "?"})"));
        }
        else if (slowest.ReturnedRows is { } rows and > 0)
        {
            parts.Add(Count(rows, "row"));
        }
        else if (slowest.AffectedRows is { } affected and > 0)
        {
            parts.Add($"{Number(affected)} rows changed");
        }

        return string.Join(", ", parts);
    }

    private void WriteFigures(StatementGroup group)
    {
        var table = new TableWriter("", ">share", ">total", ">min", ">avg", ">p50", ">p95", ">p99", ">max", ">stddev");
        table.Add("Calls", PercentOf(group.Calls, report.All.Calls), Number(group.Calls), "", "", "", "", "", "", "");
        foreach (var row in Distributions(group, report.All))
        {
            string[] cells = [char.IsLower(row.Name[0]) ? "  " + row.Name : row.Name, row.Share, row.Total, .. row.Cells];
            table.Add(cells);
        }

        var text = new StringWriter();
        table.Write(text);
        foreach (var line in text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            lines.Line(line);
        }
    }

    private void WriteFacts(StatementGroup group)
    {
        foreach (var (name, text) in FactsOf(group))
        {
            if (text.Length > 0)
            {
                lines.Wrapped(name.PadRight(NameWidth), text, maxLines: 6);
            }
        }
    }

    private void WriteHistogram(StatementGroup group)
    {
        if (group.Time.Count == 0)
        {
            return;
        }

        var most = Enumerable.Range(0, LatencyDecades.Count).Max(row => group.Decades[row]);
        var room = Math.Min(60, lines.Width - 20);
        for (var row = 0; row < LatencyDecades.Count; row++)
        {
            var calls = group.Decades[row];
            var bar = calls == 0 ? 0 : Math.Max(1, (int)Math.Round(room * (double)calls / most));
            lines.Line($"{LatencyDecades.NameOf(row),6}  {new string('#', bar)}{(calls == 0 ? "" : " " + Number(calls))}");
        }
    }

    private void WriteSlowest(StatementGroup group)
    {
        if (group.Slowest is not { } slowest)
        {
            return;
        }

        lines.Wrapped("Slowest".PadRight(NameWidth), Describe(slowest));
        if (redaction.FilledStatement(slowest) is not { } text)
        {
            return;
        }

        if (!redaction.ShowsSecrets)
        {
            if (ExplainStatement.MayExplain(text))
            {
                lines.Line("EXPLAIN needs the statement's values, which are withheld: --show-secrets shows them.");
            }

            return;
        }

        if (ExplainStatement.Of(slowest, text, out var reason) is { } explain)
        {
            if (slowest.Schema is { Length: > 0 } schema && TerminalText.IsSafe(schema) && !schema.AsSpan().ContainsAny('`', '\\'))
            {
                output.Write($"USE `{schema}`;\n");
            }

            output.Write(explain + ";\n");
            return;
        }

        lines.Wrapped("", text, maxLines: 60);
        if (ExplainStatement.MayExplain(text))
        {
            lines.Line($"No ready EXPLAIN: {reason}.");
        }
    }
}
