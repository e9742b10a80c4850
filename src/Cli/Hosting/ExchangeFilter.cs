// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>Which exchanges are shown. Sides are the merger's business.</summary>
internal sealed class ExchangeFilter
{
    private readonly IReadOnlyList<Protocol> _protocols;
    private readonly long? _minLatency;

    /// <summary>Makes one.</summary>
    /// <param name="protocols">Protocols shown; empty for all.</param>
    /// <param name="minLatency">What took less is left out, nanoseconds; null for none.</param>
    public ExchangeFilter(IReadOnlyList<Protocol> protocols, long? minLatency)
    {
        _protocols = protocols;
        _minLatency = minLatency;
    }

    /// <summary>True when it is to be shown. Running ones are measured by <paramref name="now"/>.</summary>
    public bool Shows(Exchange exchange, long now) =>
        (_protocols.Count == 0 || _protocols.Contains(exchange.Protocol)) &&
        (_minLatency is not { } least ||
            (exchange.State == ExchangeState.Running ? exchange.Age(now) : exchange.Duration) >= least);
}
