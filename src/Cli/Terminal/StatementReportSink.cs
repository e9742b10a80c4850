// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Analysis.Sql;
using L7Trace.Cli.Commands;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Export.SlowSql;
using L7Trace.Export.SlowSql.Html;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary><c>report mysql</c>: counts while the trace runs, and writes the report at its end.</summary>
internal sealed class StatementReportSink : ITraceSink
{
    private static readonly StatementLimit s_pageLimit = new(Count: 100);

    private readonly OutputTarget _output;
    private readonly TraceSettings _settings;
    private readonly StatementReportSettings _report;
    private readonly StatementAggregator _aggregator;

    /// <summary>Makes one that writes to the target.</summary>
    /// <param name="output">The target.</param>
    /// <param name="settings">What was asked for.</param>
    /// <param name="report">What was asked for of the report.</param>
    /// <param name="isLive">The processes are those of this host, now.</param>
    public StatementReportSink(OutputTarget output, TraceSettings settings, StatementReportSettings report, bool isLive)
    {
        _output = output;
        _settings = settings;
        _report = report;
        _aggregator = new StatementAggregator(
            new ExchangeLabel(new DigestCache(), new RouteTable()),
            report.Grouping,
            followsConnections: settings is { MinLatency: null, Where: null }, // a transaction lacks what was left out
            containerOf: isLive && settings.ContainerOf is { } containers ? pid => containers(pid)?.ToString() : null);
    }

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now) => _aggregator.OnExchange(exchange);

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
        // The report has them all.
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

        var summary = outcome.Summary;
        var limit = _report.Limit ?? _output.Format switch
        {
            OutputFormat.JsonLines => StatementLimit.None,
            OutputFormat.Html => s_pageLimit,
            _ => StatementLimit.Default,
        };
        var report = _aggregator.Build(summary.Start, summary.End, _report.Order, limit, outcome.InFlight);
        switch (_output.Format)
        {
            case OutputFormat.JsonLines:
                WriteJson(report, summary);
                break;
            case OutputFormat.Html:
                Write(StatementReportPage.Of(report, summary, _settings.Redaction, VersionAction.Text));
                break;
            default:
                var text = new StringWriter();
                StatementReportText.Write(text, report, summary, _settings.Redaction, _output.Width);
                Write(text.ToString());
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void WriteJson(StatementReport report, TraceSummary summary)
    {
        using var lines = new JsonLinesWriter(_output.Stream, _settings.Redaction, now: () => report.End);
        lines.WriteReport(report);
        lines.WriteSummary(summary);
        lines.Flush();
    }

    private void Write(string text)
    {
        _output.Stream.Write(Encoding.UTF8.GetBytes(text));
        _output.Stream.Flush();
    }
}
