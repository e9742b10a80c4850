// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using L7Trace.Export;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>Shows no exchange: for a verb whose result is another one.</summary>
internal sealed class NoSink : ITraceSink
{
    /// <inheritdoc/>
    public void Write(Exchange exchange, long now)
    {
    }

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void End(TraceOutcome outcome)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
