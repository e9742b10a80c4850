// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.SlowSql;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.SlowSql;

/// <summary>
/// The slow-SQL report as text: a paragraph on the whole, the ranking, a paragraph for each group. Every line is a comment
/// of SQL, but for the statements to run (EXPLAIN), so the whole can be saved as a .sql file or pasted anywhere.
/// </summary>
public sealed class StatementReportText
{
    /// <summary>Columns where nothing says how many there are.</summary>
    public const int DefaultWidth = 100;

    private readonly StatementReport _report;
    private readonly LossCounts _losses;
    private readonly TraceSummary _summary;
    private readonly CommentLines _lines;
    private readonly GroupParagraph _paragraph;
    private readonly Redaction _redaction;

    private StatementReportText(
        TextWriter output, StatementReport report, TraceSummary summary, Redaction redaction, int width)
    {
        _report = report;
        _summary = summary;
        _losses = summary.Losses;
        _redaction = redaction;
        _lines = new CommentLines(output, width > 0 ? width : DefaultWidth);
        _paragraph = new GroupParagraph(output, _lines, report, redaction);
    }

    /// <summary>Writes it.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="report">The figures.</param>
    /// <param name="summary">Connections and losses of the trace.</param>
    /// <param name="redaction">What is withheld of the slowest calls and of what still runs.</param>
    /// <param name="width">Columns of the screen; 0 where there is none.</param>
    public static void Write(
        TextWriter output, StatementReport report, TraceSummary summary, Redaction redaction, int width = 0)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(redaction);
        new StatementReportText(output, report, summary, redaction, width).Write();
    }

    private void Write()
    {
        foreach (var (name, text) in OverallFacts.Of(_report, _summary))
        {
            _lines.Wrapped(name.PadRight(13), text);
        }

        foreach (var (reason, count) in _losses.NonZero)
        {
            _lines.Wrapped("Lost".PadRight(13), LossText.Describe(reason, count));
        }

        _lines.Blank();
        if (_report.All.Calls == 0 && _report.InFlight.Count == 0)
        {
            _lines.Line("No MySQL command was seen.");
            return;
        }

        WriteProfile();
        for (var i = 0; i < _report.Groups.Count; i++)
        {
            _paragraph.Write(_report.Groups[i], i + 1);
        }

        WriteInFlight();
    }

    private void WriteProfile()
    {
        var byDigest = _report.Grouping == StatementGrouping.Digest;
        string[] headers =
        [
            ">rank", ">share", ">time", ">calls", ">errors", ">avg", ">p95", ">max", ">V/M", .. byDigest ? ["schema"] : Array.Empty<string>(),
            ReportFigures.WordOf(_report.Grouping),
        ];
        var table = new TableWriter(headers);
        var rank = 0;
        foreach (var group in _report.Groups.Concat(_report.Misc is { } misc ? [misc] : Array.Empty<StatementGroup>()))
        {
            var hasTime = group.Time.Count > 0;
            string[] cells =
            [
                group.IsMisc ? "" : ReportFigures.Number(++rank),
                hasTime ? ReportFigures.Percent(_report.ShareOf(group)) : "-",
                hasTime ? Units.Duration(group.Time.Sum) : "-",
                ReportFigures.Number(group.Calls),
                ReportFigures.Number(group.Errors),
                hasTime ? Units.Duration(group.Time.Average) : "-",
                hasTime ? Units.Duration(group.Time.Percentile(0.95)) : "-",
                hasTime ? Units.Duration(group.Time.Max) : "-",
                hasTime ? ReportFigures.VarianceToMean(group.VarianceToMean) : "-",
                .. byDigest ? [group.Schema.Length > 0 ? group.Schema : "-"] : Array.Empty<string>(),
                ReportFigures.ItemOf(group),
            ];
            table.Add(cells);
        }

        var text = new StringWriter();
        table.Write(text, _lines.Width - 2);
        foreach (var line in text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _lines.Line(line);
        }
    }

    private void WriteInFlight()
    {
        if (_report.InFlight.Count == 0)
        {
            return;
        }

        _lines.Blank();
        _lines.Line($"In flight at the end: {ReportFigures.Count(_report.InFlight.Count, "command")}");
        foreach (var exchange in _report.InFlight)
        {
            _lines.Wrapped(
                $"  {Units.Duration(exchange.Age(_report.End))} ",
                $"{PlainLineWriter.ProcessText(exchange)} {(exchange.Connection.Role == EndpointRole.Server ? "<" : ">")} " +
                $"{PlainLineWriter.PeerText(exchange.Connection)}  {PlainLineWriter.TextOf(exchange, _redaction)}",
                maxLines: 4);
        }
    }
}
