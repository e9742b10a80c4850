// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>One plain line per exchange.</summary>
internal sealed class PlainSink : ITraceSink
{
    private const int BufferSize = 32 * 1024;

    private readonly StreamWriter _writer;
    private readonly PlainLineWriter _lines;
    private long _now;

    /// <summary>Makes one that writes to the target.</summary>
    public PlainSink(OutputTarget output, TraceSettings settings)
    {
        _writer = new StreamWriter(output.Stream, new UTF8Encoding(false), BufferSize, leaveOpen: true) { NewLine = "\n" };
        _lines = new PlainLineWriter(_writer, settings.Redaction, now: () => _now);
    }

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now)
    {
        _now = now;
        _lines.Write(exchange);
    }

    /// <inheritdoc/>
    public void Amend(Exchange exchange, long now)
    {
        _now = now;
        _lines.Write(exchange, amends: true);
    }

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
        // Said at the end, on stderr: among the lines it would be taken for one.
    }

    /// <inheritdoc/>
    public void Flush() => _lines.Flush();

    /// <inheritdoc/>
    public void End(TraceOutcome outcome)
    {
    }

    /// <summary>Leaves unflushed what could not be written before: trying again would only fail again.</summary>
    public void Dispose()
    {
    }
}
