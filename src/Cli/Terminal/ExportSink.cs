// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using L7Trace.Export;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>One of the formats of <c>export</c>, at the end of a trace.</summary>
internal sealed class ExportSink<T>(T writer, Func<T, long> leftOut, Notes notes) : ITraceSink
    where T : IExchangeSink, IDisposable
{
    private long _count;

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now)
    {
        _count++;
        writer.Write(exchange);
    }

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
        // The formats have no place for them; the summary on stderr has.
    }

    /// <inheritdoc/>
    public void Flush() => writer.Flush();

    /// <inheritdoc/>
    public void End(TraceOutcome outcome) => notes.Say(
        $"{_count - leftOut(writer):#,0} exchanges written, {leftOut(writer):#,0} have no place in this format");

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();
}
