// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Cli.Terminal;
using L7Trace.Export;
using L7Trace.Export.Otlp;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Spans;

/// <summary>
/// Sends exchanges to a collector besides writing them. At the end it waits for the collector, at most
/// <see cref="SpanExporter.EndTime"/>, so that the summary says what became of the spans.
/// </summary>
internal sealed class SpanSink : ITraceSink
{
    private readonly ITraceSink _inner;
    private readonly SpanExporter _exporter;
    private readonly TracedProcesses _processes;
    private readonly bool _withOtherEnd;

    private readonly Notes _notes;

    private SpanSink(ITraceSink inner, SpanExporter exporter, TracedProcesses processes, bool withOtherEnd, Notes notes) =>
        (_inner, _exporter, _processes, _withOtherEnd, _notes) = (inner, exporter, processes, withOtherEnd, notes);

    /// <summary>A sink that also sends spans, or <paramref name="inner"/> itself when none are asked for.</summary>
    public static ITraceSink Around(ITraceSink inner, TraceSettings settings, Notes notes, bool isLive)
    {
        if (settings.Otlp is not { } otlp)
        {
            return inner;
        }

        if (otlp.IsDisabled)
        {
            notes.Say("no spans are sent: OTEL_SDK_DISABLED is true");
            return inner;
        }

        try
        {
            var exporter = new SpanExporter(otlp, settings.Redaction, settings.Routes, waits: !isLive, message => notes.Error(TerminalText.Sanitize(message)));
            notes.Say($"spans go to {otlp.ShownEndpoint} ({(otlp.Protocol == OtlpProtocol.Grpc ? "grpc" : "http/protobuf")})");
            // One side was asked for, or both come by themselves: then the other end of an exchange is not to be sent with it.
            return new SpanSink(inner, exporter, new TracedProcesses(isLive), settings.Side == SideChoice.Auto, notes);
        }
        catch (OtlpConfigurationException exception)
        {
            inner.Dispose();
            throw new CliException(ExitCode.Usage, exception.Message);
        }
    }

    /// <summary>Options that leave the time which the end of this sink may take.</summary>
    public static HostOptions Patient(HostOptions options, TraceSettings settings) =>
        settings.Otlp is null ? options : options with { DrainTime = options.DrainTime + SpanExporter.EndTime + TimeSpan.FromSeconds(2) };

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now)
    {
        if (exchange.State != ExchangeState.Running)
        {
            _exporter.Offer(exchange, _withOtherEnd, _processes.Of);
        }

        _inner.Write(exchange, now);
    }

    /// <inheritdoc/>
    public void Amend(Exchange exchange, long now) => _inner.Amend(exchange, now);

    /// <inheritdoc/>
    public void WriteMark(TraceMark mark, long now) => _inner.WriteMark(mark, now);

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now) => _inner.WriteLosses(losses, now);

    /// <inheritdoc/>
    public void Flush() => _inner.Flush();

    /// <inheritdoc/>
    public void End(TraceOutcome outcome)
    {
        outcome.Summary.Spans = _exporter.End(SpanExporter.EndTime);
        if (ProcessDetails.Refused > 0)
        {
            _notes.Say("missing CAP_SYS_PTRACE or CAP_DAC_READ_SEARCH: the environment of traced processes can't be read, and with it their service names");
        }

        _inner.End(outcome);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Not ended yet when nobody reads the output any more; the collector is to have what was seen all the same.
        _exporter.End(SpanExporter.EndTime);
        _exporter.Dispose();
        _inner.Dispose();
    }
}
