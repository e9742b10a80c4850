// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Commands;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.SlowLog;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>
/// <c>slow -o slowlog</c>: a slow query log that can be followed while it grows. What failed fast is no slow query and is
/// left out; what still runs is written when it ends.
/// </summary>
internal sealed class SlowLogSink : ITraceSink
{
    private readonly SlowLogWriter _log;
    private readonly long _threshold;

    /// <summary>Makes one that writes to the target.</summary>
    public SlowLogSink(OutputTarget output, TraceSettings settings)
    {
        _log = new SlowLogWriter(output.Stream, VersionAction.Text, settings.Redaction);
        _threshold = settings.MinLatency ?? 0;
        _log.Flush();
    }

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now)
    {
        if (exchange.Duration >= _threshold)
        {
            _log.Write(exchange);
            _log.Flush(); // an entry that is there is whole, for who reads along
        }
    }

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
        // The format has no place for them; the summary on stderr has.
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // Nothing waits.
    }

    /// <inheritdoc/>
    public void End(TraceOutcome outcome)
    {
    }

    /// <summary>Leaves unflushed what could not be written before: trying again would only fail again.</summary>
    public void Dispose()
    {
    }
}
