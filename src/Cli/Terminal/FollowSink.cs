// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.Follow;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Compression;

namespace L7Trace.Cli.Terminal;

/// <summary>Each exchange as a conversation.</summary>
internal sealed class FollowSink : ITraceSink
{
    private const int BufferSize = 32 * 1024;

    private readonly StreamWriter _writer;
    private readonly FollowWriter _conversations;
    private long _now;

    /// <summary>Makes one that writes to the target.</summary>
    public FollowSink(OutputTarget output, TraceSettings settings)
    {
        _writer = new StreamWriter(output.Stream, new UTF8Encoding(false), BufferSize, leaveOpen: true) { NewLine = "\n" };
        _conversations = new FollowWriter(_writer, settings.Redaction, ProbeInflaters.All, now: () => _now, schema: settings.Schema);
    }

    /// <summary>Exchanges written.</summary>
    public long Count { get; private set; }

    /// <inheritdoc/>
    public void Write(Exchange exchange, long now)
    {
        _now = now;
        Count++;
        _conversations.Write(exchange);
    }

    /// <inheritdoc/>
    public void WriteLosses(LossCounts losses, long now)
    {
        // Said at the end, on stderr.
    }

    /// <inheritdoc/>
    public void Flush() => _conversations.Flush();

    /// <inheritdoc/>
    public void End(TraceOutcome outcome)
    {
    }

    /// <summary>Leaves unflushed what could not be written before: trying again would only fail again.</summary>
    public void Dispose()
    {
    }
}
