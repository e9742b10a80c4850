// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Reports;
using L7Trace.Export;
using L7Trace.Export.Text;
using Spectre.Console;

namespace L7Trace.Cli.Terminal;

/// <summary>A report on a terminal: drawn tables, cut to the width of the screen.</summary>
internal static class ReportTables
{
    private const int ShortestText = 24;
    private const int ColumnPadding = 3; // a border and a blank on either side

    /// <summary>Writes the tables that have rows.</summary>
    public static void Write(TextWriter writer, Report report, Redaction redaction, OutputTarget output)
    {
        var console = SpectreConsole.Over(writer, output);
        Groups(console, "MySQL statements", report.Statements, output.Width);
        Groups(console, "HTTP routes", report.Routes, output.Width);
        Groups(console, "WebSocket connections", report.WebSockets, output.Width);
        InFlight(console, report, redaction, output.Width);
    }

    private static void Groups(IAnsiConsole console, string title, IReadOnlyList<ReportGroup> groups, int width)
    {
        if (groups.Count == 0)
        {
            return;
        }

        Write(console, title, ReportText.HeadingsOf(groups[0].Kind), rightAligned: 9, width, groups, static group =>
        {
            var errors = group.Errors > 0;
            return ReportText.CellsOf(group)
                .Select((cell, index) => (cell, index == 1 && errors ? new Style(Color.Red) : Style.Plain)).ToArray();
        });
    }

    private static void InFlight(IAnsiConsole console, Report report, Redaction redaction, int width)
    {
        if (report.InFlight.Count == 0)
        {
            return;
        }

        Write(console, "In flight", ["age", "process", "peer", "protocol", "text"], rightAligned: 1, width,
            report.InFlight, exchange =>
            [
                (ReportText.AgeText(exchange, report.Time), new Style(Color.Yellow)),
                (PlainLineWriter.ProcessText(exchange), Style.Plain),
                (PlainLineWriter.PeerText(exchange.Connection), Style.Plain),
                (PlainLineWriter.ProtocolText(exchange), Style.Plain),
                (PlainLineWriter.TextOf(exchange, redaction), Style.Plain),
            ]);
    }

    private static void Write<T>(
        IAnsiConsole console,
        string title,
        string[] headings,
        int rightAligned,
        int width,
        IReadOnlyList<T> items,
        Func<T, (string Text, Style Style)[]> cellsOf)
    {
        var rows = items.Select(item => cellsOf(item)
            .Select(static cell => (Text: TerminalText.Sanitize(cell.Text), cell.Style)).ToArray()).ToList();
        var used = ColumnPadding + 1;
        for (var i = 0; i < headings.Length - 1; i++)
        {
            used += ColumnPadding + Math.Max(headings[i].Length, rows.Max(row => TerminalText.WidthOf(row[i].Text)));
        }

        var textWidth = width == 0 ? int.MaxValue : Math.Max(ShortestText, width - used);
        var table = new Table { Border = TableBorder.Rounded, Title = new TableTitle(title, new Style(decoration: Decoration.Bold)) };
        for (var i = 0; i < headings.Length; i++)
        {
            table.AddColumn(new TableColumn(new Text(headings[i], new Style(decoration: Decoration.Dim)))
            {
                NoWrap = true,
                Alignment = i < rightAligned ? Justify.Right : Justify.Left,
            });
        }

        foreach (var row in rows)
        {
            // Text, never markup: brackets in a statement mean nothing here.
            table.AddRow(row.Select((cell, index) => new Text(
                index == headings.Length - 1 ? TerminalText.Fit(cell.Text, textWidth) : cell.Text, cell.Style)));
        }

        console.Write(table);
        console.WriteLine();
    }
}
