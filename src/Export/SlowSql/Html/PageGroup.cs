// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.SlowSql;
using L7Trace.Export.Text;
using static L7Trace.Export.SlowSql.ReportFigures;

namespace L7Trace.Export.SlowSql.Html;

/// <summary>What the page says of one group, folded up.</summary>
internal sealed class PageGroup(HtmlPage page, StatementReport report, Redaction redaction)
{
    private const int OpenAtFirst = 3;

    public void Write(StatementGroup group, int rank)
    {
        page.Add($"<details id=\"q{rank}\"");
        page.AddOwn(rank <= OpenAtFirst ? " open=\"\"" : "");
        page.Add($"><summary><b>{Number(rank)}</b> <span class=\"dim\">{Percent(report.ShareOf(group))} of the time, {Count(group.Calls, "call")}</span> <code>{Shortened(group.Text)}</code></summary>\n<div class=\"body\">");
        page.Add($"<p class=\"dim\">{Rate(report.Seconds > 0 ? group.Calls / report.Seconds : 0)} per second, concurrency {Rate(report.ConcurrencyOf(group) ?? 0)}, id {StatementId.Of(group)}</p>");
        if (group.Grouping == StatementGrouping.Digest)
        {
            page.Add($"<pre>").AddLines(group.Text).Add($"</pre>\n");
        }

        page.Add($"<div class=\"two\"><div>");
        WriteFacts(group);
        page.Add($"</div>");
        if (group.Time.Count > 0)
        {
            page.Add($"<figure><figcaption>Calls by time</figcaption>");
            PageCharts.Histogram(page, group.Time);
            page.Add($"</figure>");
        }

        page.Add($"</div>\n");
        WriteFigures(group);
        WriteSlowest(group);
        page.Add($"</div></details>\n");
    }

    private static string Shortened(string text) => TerminalText.Fit(text, 160);

    private void WriteFacts(StatementGroup group)
    {
        page.Add($"<dl>");
        foreach (var (name, text) in GroupParagraph.FactsOf(group))
        {
            if (text.Length > 0)
            {
                page.Add($"<dt>{name}</dt><dd class=\"{(name == "Errors" ? "bad" : "")}\">{text}</dd>");
            }
        }

        page.Add($"</dl>");
    }

    private void WriteFigures(StatementGroup group)
    {
        page.Add($"<div class=\"wide\"><table><thead><tr><th class=\"t\"></th>");
        foreach (var name in (ReadOnlySpan<string>)["share", "total", "min", "avg", "p50", "p95", "p99", "max", "stddev"])
        {
            page.Add($"<th>{name}</th>");
        }

        page.Add($"</tr></thead><tbody>");
        foreach (var row in Distributions(group, report.All))
        {
            page.Add($"<tr><td class=\"t\">{row.Name}</td><td>{row.Share}</td><td>{row.Total}</td>");
            foreach (var cell in row.Cells)
            {
                page.Add($"<td>{cell}</td>");
            }

            page.Add($"</tr>");
        }

        page.Add($"</tbody></table></div>\n");
    }

    private void WriteSlowest(StatementGroup group)
    {
        if (group.Slowest is not { } slowest)
        {
            return;
        }

        page.Add($"<p>Slowest: {GroupParagraph.Describe(slowest)}</p>");
        if (redaction.FilledStatement(slowest) is not { } text)
        {
            return;
        }

        if (!redaction.ShowsSecrets)
        {
            if (ExplainStatement.MayExplain(text))
            {
                page.Add($"<p class=\"dim\">EXPLAIN needs the statement's values, which are withheld: --show-secrets shows them.</p>\n");
            }

            return;
        }

        if (ExplainStatement.Of(slowest, text, out var reason) is { } explain)
        {
            page.Add($"<pre class=\"copy\">{explain};</pre>\n");
            return;
        }

        page.Add($"<pre>").AddLines(text).Add($"</pre>");
        if (ExplainStatement.MayExplain(text))
        {
            page.Add($"<p class=\"dim\">No ready EXPLAIN: {reason}.</p>\n");
        }
    }
}
