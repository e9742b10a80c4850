// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>One JSON object per line: exchanges, losses as they grow, a summary at the end.</summary>
internal sealed class JsonSink : ITraceSink
{
    private readonly JsonLinesWriter _lines;
    private long _now;

    /// <summary>Makes one that writes to the target.</summary>
    public JsonSink(OutputTarget output, TraceSettings settings) =>
        _lines = new JsonLinesWriter(output.Stream, settings.Redaction, routes: settings.NewRouteTable(), now: () => _now, containerOf: settings.ContainerOf);

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now)
    {
        _now = now;
        _lines.Write(exchange);
    }

    /// <inheritdoc/>
    public void Amend(Exchange exchange, long now) => _lines.WriteAmendment(exchange);

    /// <inheritdoc/>
    public void WriteMark(TraceMark mark, long now)
    {
        _now = now;
        foreach (var exchange in mark.Running)
        {
            _lines.Write(exchange);
        }

        _lines.WriteMark(mark.Id, mark.Asked, mark.Monotonic, mark.Running.Count, mark.Losses);
    }

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now) => _lines.WriteLoss(now, losses);

    /// <inheritdoc/>
    public void Flush() => _lines.Flush();

    /// <inheritdoc/>
    public void End(TraceOutcome outcome) => _lines.WriteSummary(outcome.Summary);

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();
}
