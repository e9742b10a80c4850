// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;

namespace L7Trace.Export;

/// <summary>
/// Lets through what took at least a given time or failed, and what has run that long without an end: that one is shown
/// at the moment it crosses the threshold, once, and again with the same id when it ends. Not thread-safe.
/// </summary>
public sealed class SlowFilter : IExchangeHandler
{
    private const int MaxAnnounced = 100_000;

    private readonly IExchangeHandler _next;
    private readonly long _minLatency;
    private readonly HashSet<string> _announced = [];

    /// <summary>Makes one.</summary>
    /// <param name="next">Receives what is let through.</param>
    /// <param name="minLatency">The threshold, nanoseconds.</param>
    public SlowFilter(IExchangeHandler next, long minLatency)
    {
        ArgumentNullException.ThrowIfNull(next);
        _next = next;
        _minLatency = minLatency;
    }

    /// <summary>Finished exchanges that were fast and fine.</summary>
    public long Withheld { get; private set; }

    /// <inheritdoc/>
    public void OnExchange(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var announced = _announced.Count > 0 && _announced.Remove(IdOf(exchange));
        if (announced || exchange.IsError || exchange.State == ExchangeState.Aborted || exchange.Duration >= _minLatency)
        {
            _next.OnExchange(exchange);
        }
        else
        {
            Withheld++;
        }
    }

    /// <summary>Looks at everything that runs at this time; to be called now and then.</summary>
    /// <param name="running">Snapshots, as the engine gives them.</param>
    /// <param name="now">Nanoseconds since the Unix epoch.</param>
    public void LookAt(IEnumerable<Exchange> running, long now)
    {
        ArgumentNullException.ThrowIfNull(running);
        foreach (var exchange in running)
        {
            if (exchange.Age(now) < _minLatency)
            {
                continue;
            }

            // Those that never end (their connection was lost to the tracer) must not pile up.
            if (_announced.Count >= MaxAnnounced)
            {
                _announced.Clear();
            }

            if (_announced.Add(IdOf(exchange)))
            {
                _next.OnExchange(exchange);
            }
        }
    }

    private static string IdOf(Exchange exchange)
    {
        Span<char> buffer = stackalloc char[36];
        return ExchangeFacts.FormatId(exchange, buffer).ToString();
    }
}
