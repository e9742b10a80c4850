// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;

namespace L7Trace.Export;

/// <summary>
/// Gives each exchange to every sink. A sink that throws harms no other one and is counted; one whose reader went away
/// (EPIPE) is closed quietly, since that is how a pipe into "head" ends.
/// </summary>
public sealed class SinkFanout : IExchangeHandler
{
    private const int BrokenPipe = 32; // EPIPE, on Linux

    private readonly List<IExchangeSink> _open;

    /// <summary>Makes one of these sinks.</summary>
    public SinkFanout(params IEnumerable<IExchangeSink> sinks) => _open = [.. sinks];

    /// <summary>Calls into sinks that threw.</summary>
    public long Failures { get; private set; }

    /// <summary>What the last failing sink said; null when none failed.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>True when every sink's reader has gone: there is nothing left to trace for.</summary>
    public bool IsClosed => _open.Count == 0;

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange) => Each(exchange, static (sink, item) => sink.Write(item!));

    /// <summary>Flushes every sink.</summary>
    public void Flush() => Each(null, static (sink, _) => sink.Flush());

    /// <summary>True for the error of writing into a pipe or socket that nobody reads any more.</summary>
    public static bool IsBrokenPipe(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        // .NET puts the bare errno into the HResult of an IOException on Linux.
        return exception is IOException && (exception.HResult & 0xffff) == BrokenPipe;
    }

    private void Each(Exchange? exchange, Action<IExchangeSink, Exchange?> call)
    {
        for (var i = 0; i < _open.Count; i++)
        {
            try
            {
                call(_open[i], exchange);
            }
            catch (Exception exception) when (IsBrokenPipe(exception))
            {
                _open.RemoveAt(i--);
            }
#pragma warning disable CA1031 // a sink is foreign ground: whatever it throws must not end the trace
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Failures++;
                LastFailure = $"{_open[i].GetType().Name}: {exception.Message}";
            }
        }
    }
}
