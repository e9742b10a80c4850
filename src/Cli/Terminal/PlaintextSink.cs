// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Export.Plaintext;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Terminal;

/// <summary>Writes plaintext as it comes, on a thread of its own; exchanges are no business of it.</summary>
internal sealed class PlaintextSink : ITraceSink
{
    private const int Patience = 50; // milliseconds without a call, after which what was written is flushed
    private const int BufferSize = 32 * 1024;

    private readonly PlaintextTap _tap;
    private readonly Notes _notes;
    private readonly Action<PlaintextCall>? _write;
    private readonly Action _flush;
    private readonly Thread _thread;
    private Exception? _failure;

    /// <summary>Makes one that begins at once.</summary>
    public PlaintextSink(PlaintextTap tap, Notes notes, OutputTarget output, TraceSettings settings, bool hex, int maxBytes)
    {
        _tap = tap;
        _notes = notes;
        switch (output.Format)
        {
            case OutputFormat.None:
                _flush = static () => { };
                break;
            case OutputFormat.JsonLines:
                var stream = new BufferedStream(output.Stream, BufferSize);
                _write = new PlaintextJsonWriter(stream, settings.Redaction, maxBytes).Write;
                _flush = stream.Flush;
                break;
            default:
                var writer = new StreamWriter(output.Stream, new UTF8Encoding(false), BufferSize, leaveOpen: true) { NewLine = "\n" };
                _write = new PlaintextTextWriter(writer, settings.Redaction, hex, maxBytes).Write;
                _flush = writer.Flush;
                break;
        }

        _thread = new Thread(Work) { IsBackground = true, Name = "l7trace plaintext" };
        _thread.Start();
    }

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
        _tap.Complete();
        _thread.Join();
        if (_tap.Dropped > 0)
        {
            _notes.Error(string.Create(
                CultureInfo.InvariantCulture, $"lost: {_tap.Dropped:#,0} calls of plaintext were not shown: the output was read too slowly"));
        }

        if (_failure is { } failure)
        {
            throw failure is IOException ? failure : new IOException(failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tap.Complete();
        _thread.Join();
    }

    private void Work()
    {
        try
        {
            while (!_tap.IsDrained)
            {
                if (!_tap.TryTake(out var call, 0) && !TryWait(out call))
                {
                    continue;
                }

                _write?.Invoke(call);
            }

            _flush();
        }
#pragma warning disable CA1031 // reported at the end, by the thread that waits for this one
        catch (Exception exception)
        {
            _failure = exception;
            Discard();
        }
#pragma warning restore CA1031
    }

    private bool TryWait([NotNullWhen(true)] out PlaintextCall? call)
    {
        _flush(); // nothing waits: what was written should be seen now
        return _tap.TryTake(out call, Patience);
    }

    private void Discard()
    {
        while (!_tap.IsDrained)
        {
            _tap.TryTake(out _, Patience);
        }
    }
}
