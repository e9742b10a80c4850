// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.SlowSql;
using L7Trace.Export.Text;
using static L7Trace.Export.SlowSql.ReportFigures;

namespace L7Trace.Export.SlowSql.Html;

/// <summary>
/// The slow-SQL report as one page of HTML that needs nothing else: no file, no network, and no script to be read. Its
/// policy lets the browser fetch nothing and run only the script that is in it.
/// </summary>
public sealed class StatementReportPage
{
    private readonly HtmlPage _page = new();
    private readonly StatementReport _report;
    private readonly TraceSummary _summary;
    private readonly Redaction _redaction;
    private readonly PageGroup _group;

    private StatementReportPage(StatementReport report, TraceSummary summary, Redaction redaction)
    {
        _report = report;
        _summary = summary;
        _redaction = redaction;
        _group = new PageGroup(_page, report, redaction);
    }

    /// <summary>Makes the page.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="summary">Connections and losses of the trace.</param>
    /// <param name="redaction">What is withheld of the slowest calls and of what still runs.</param>
    /// <param name="version">l7trace's version.</param>
    public static string Of(StatementReport report, TraceSummary summary, Redaction redaction, string version)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(redaction);
        return new StatementReportPage(report, summary, redaction).Write(version);
    }

    private string Write(string version)
    {
        _page.Add($"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
        _page.Add($"<meta http-equiv=\"Content-Security-Policy\" content=\"{PageAssets.Policy}\"/>\n");
        _page.Add($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<meta name=\"referrer\" content=\"no-referrer\"/>\n");
        _page.Add($"<title>MySQL report, {Time(_report.Start)}</title>\n<style>").AddOwn(PageAssets.Style).Add($"</style>\n</head>\n<body>\n");
        _page.Add($"<header><h1>MySQL report</h1><span class=\"dim\">{Span(_report.Start, _report.End)} UTC</span><span class=\"grow\"></span><button id=\"theme\" type=\"button\">dark / light</button></header>\n<main>\n");
        WriteCards();
        WriteCharts();
        WriteFacts();
        WriteRanking();
        WriteGroups();
        WriteInFlight();
        _page.Add($"</main>\n<footer>Made by l7trace {version} from the bytes on the wire. Times run to the last byte of the answer.</footer>\n<script>");
        _page.AddOwn(PageAssets.Script).Add($"</script>\n</body>\n</html>\n");
        return _page.ToString();
    }

    private void WriteCards()
    {
        var all = _report.All;
        _page.Add($"<div class=\"cards\">");
        Card("statements", Number(_report.Totals.Statements));
        Card("per second", _report.StatementsPerSecond is { } rate ? Rate(rate) : "-");
        Card("at the same time", _report.Concurrency is { } concurrency ? Rate(concurrency) : "-");
        Card("p50", all.Time.Count > 0 ? Units.Duration(all.Time.Percentile(0.5)) : "-");
        Card("p95", all.Time.Count > 0 ? Units.Duration(all.Time.Percentile(0.95)) : "-");
        Card("p99", all.Time.Count > 0 ? Units.Duration(all.Time.Percentile(0.99)) : "-");
        Card("max", all.Time.Count > 0 ? Units.Duration(all.Time.Max) : "-");
        Card("errors", Number(all.Errors), all.Errors > 0);
        _page.Add($"</div>\n");
    }

    private void Card(string name, string value, bool isBad = false) =>
        _page.Add($"<div class=\"card\"><span class=\"dim\">{name}</span><b class=\"{(isBad ? "bad" : "")}\">{value}</b></div>");

    private void WriteCharts()
    {
        if (_report.Traffic.Intervals.Count == 0)
        {
            return;
        }

        _page.Add($"<div class=\"charts\"><figure><figcaption>Statements per second</figcaption>");
        PageCharts.Throughput(_page, _report.Traffic);
        _page.Add($"</figure>");
        if (_report.All.Time.Count > 0)
        {
            _page.Add($"<figure><figcaption>Latency: p50, p95 and p99, from below</figcaption>");
            PageCharts.Latency(_page, _report.Traffic);
            _page.Add($"</figure>");
        }

        _page.Add($"</div>\n");
    }

    private void WriteFacts()
    {
        _page.Add($"<h2>Overall</h2>\n<dl>");
        foreach (var (name, text) in OverallFacts.Of(_report, _summary))
        {
            _page.Add($"<dt>{name}</dt><dd>{text}</dd>\n");
        }

        foreach (var (reason, count) in _summary.Losses.NonZero)
        {
            _page.Add($"<dt class=\"bad\">Lost</dt><dd>{LossText.Describe(reason, count)}</dd>\n");
        }

        _page.Add($"</dl>\n");
    }

    private void WriteRanking()
    {
        if (_report.All.Calls == 0)
        {
            _page.Add($"<p>No MySQL command was seen.</p>\n");
            return;
        }

        var byDigest = _report.Grouping == StatementGrouping.Digest;
        _page.Add($"<h2>Ranking</h2>\n<div class=\"tools\"><input id=\"filter\" type=\"search\" placeholder=\"filter rows\" aria-label=\"filter rows\"/><button id=\"all\" type=\"button\">open or close all below</button></div>\n");
        _page.Add($"<div class=\"wide\"><table id=\"ranking\"><thead><tr>");
        foreach (var name in (ReadOnlySpan<string>)["rank", "share", "time", "calls", "errors", "avg", "p50", "p95", "p99", "max", "V/M", "rows"])
        {
            _page.Add($"<th scope=\"col\"><button type=\"button\">{name}</button></th>");
        }

        _page.Add($"<th scope=\"col\">load</th>");
        if (byDigest)
        {
            _page.Add($"<th scope=\"col\" class=\"t\"><button type=\"button\">schema</button></th>");
        }

        _page.Add($"<th scope=\"col\" class=\"t\"><button type=\"button\">{WordOf(_report.Grouping)}</button></th></tr></thead>\n<tbody>\n");
        for (var i = 0; i < _report.Groups.Count; i++)
        {
            WriteRow(_report.Groups[i], i + 1, byDigest);
        }

        if (_report.Misc is { } misc)
        {
            WriteRow(misc, _report.Groups.Count + 1, byDigest);
        }

        _page.Add($"</tbody></table></div>\n");
    }

    private void WriteRow(StatementGroup group, int rank, bool byDigest)
    {
        var share = _report.ShareOf(group);
        _page.Add($"<tr><td data-v=\"{rank}\">{(group.IsMisc ? "" : Number(rank))}</td><td data-v=\"{share}\" class=\"share\">");
        PageCharts.Share(_page, share);
        _page.Add($"{Percent(share)}</td>");
        Cell(group.Time.Sum, group.Time.Count > 0 ? Units.Duration(group.Time.Sum) : "-");
        Cell(group.Calls, Number(group.Calls));
        _page.Add($"<td data-v=\"{group.Errors}\" class=\"{(group.Errors > 0 ? "bad" : "")}\">{Number(group.Errors)}</td>");
        foreach (var value in (ReadOnlySpan<double>)
            [group.Time.Average, group.Time.Percentile(0.5), group.Time.Percentile(0.95), group.Time.Percentile(0.99), group.Time.Max])
        {
            Cell(value, group.Time.Count > 0 ? Units.Duration(value) : "-");
        }

        Cell(group.VarianceToMean, group.Time.Count > 0 ? VarianceToMean(group.VarianceToMean) : "-");
        Cell(group.RowsSent.Sum, Number(group.RowsSent.Sum) + (group.RowsUnknown > 0 ? "+" : ""));
        _page.Add($"<td class=\"trend\">");
        PageCharts.Trend(_page, group, _report);
        _page.Add($"</td>");
        if (byDigest)
        {
            _page.Add($"<td class=\"t\">{(group.Schema.Length > 0 ? group.Schema : "-")}</td>");
        }

        if (group.IsMisc)
        {
            _page.Add($"<td class=\"t sql\">{ItemOf(group)}</td></tr>\n");
        }
        else
        {
            _page.Add($"<td class=\"t sql\" title=\"{group.Text}\"><a href=\"#q{rank}\">{group.Text}</a></td></tr>\n");
        }
    }

    private void Cell(double value, string text) => _page.Add($"<td data-v=\"{value}\">{text}</td>");

    private void WriteGroups()
    {
        if (_report.Groups.Count > 0)
        {
            _page.Add($"<h2>{(_report.Grouping == StatementGrouping.Digest ? "Statements" : "Groups")}</h2>\n");
        }

        for (var i = 0; i < _report.Groups.Count; i++)
        {
            _group.Write(_report.Groups[i], i + 1);
        }
    }

    private void WriteInFlight()
    {
        if (_report.InFlight.Count == 0)
        {
            return;
        }

        _page.Add($"<h2>In flight at the end</h2>\n<div class=\"wide\"><table><thead><tr><th>age</th><th class=\"t\">process</th><th class=\"t\">peer</th><th class=\"t\">statement</th></tr></thead><tbody>\n");
        foreach (var exchange in _report.InFlight)
        {
            _page.Add($"<tr><td>{Units.Duration(exchange.Age(_report.End))}</td><td class=\"t\">{PlainLineWriter.ProcessText(exchange)}</td><td class=\"t\">{PlainLineWriter.PeerText(exchange.Connection)}</td><td class=\"t sql\">{PlainLineWriter.TextOf(exchange, _redaction)}</td></tr>\n");
        }

        _page.Add($"</tbody></table></div>\n");
    }
}
