// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.Sql;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>Counts while the trace runs and writes the tables, and what is in flight, at its end.</summary>
internal sealed class ReportSink : ITraceSink
{
    private readonly OutputTarget _output;
    private readonly TraceSettings _settings;
    private readonly Aggregator _aggregator;

    private ReportSink(OutputTarget output, TraceSettings settings)
    {
        _output = output;
        _settings = settings;
        _aggregator = new Aggregator(new ExchangeLabel(new DigestCache(), settings.NewRouteTable()));
    }

    /// <summary>The one for the target's format.</summary>
    public static ITraceSink Create(OutputTarget output, TraceSettings settings) => new ReportSink(output, settings);

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now) => _aggregator.OnExchange(exchange);

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
        // The summary has them all.
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // There is nothing before the end, and then it is written at once.
    }

    /// <inheritdoc/>
    public void End(TraceOutcome outcome)
    {
        if (_output.Format == OutputFormat.None)
        {
            return;
        }

        var report = _aggregator.Build(outcome.Summary.End, outcome.InFlight);
        if (_output.Format == OutputFormat.JsonLines)
        {
            WriteJson(report, outcome.Summary);
            return;
        }

        var text = new StringWriter();
        if (report.Statements.Count + report.Routes.Count + report.WebSockets.Count + report.InFlight.Count == 0)
        {
            text.Write("nothing was seen\n");
        }
        else if (_settings.IsHttpOnly)
        {
            RouteReportText.Write(text, report.Routes, _output.Width);
            ReportText.Write(text, report with { Routes = [] }, _settings.Redaction, _output.Width);
        }
        else if (_output.IsTerminal && _output.Format == OutputFormat.Table)
        {
            ReportTables.Write(text, report, _settings.Redaction, _output);
        }
        else
        {
            ReportText.Write(text, report, _settings.Redaction, _output.Width);
        }

        _output.Stream.Write(Encoding.UTF8.GetBytes(text.ToString()));
        _output.Stream.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void WriteJson(Report report, TraceSummary summary)
    {
        using var lines = new JsonLinesWriter(_output.Stream, _settings.Redaction, routes: _settings.NewRouteTable(), now: () => report.Time);
        foreach (var group in report.Statements.Concat(report.Routes).Concat(report.WebSockets))
        {
            lines.WriteGroup(group);
        }

        foreach (var exchange in report.InFlight)
        {
            lines.Write(exchange);
        }

        lines.WriteSummary(summary);
        lines.Flush();
    }
}
