// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Exchanges that were shown before their peer was proven: the newest of them, until it is. What the hot thread learns of a
/// connection stands in the <see cref="ConnectionInfo"/> that they share. Belongs to one thread.
/// </summary>
internal sealed class AmendableExchanges
{
    /// <summary>More than can be shown in the time that a proof takes; what is older stays as it was shown.</summary>
    internal const int Capacity = 4096;

    private readonly Queue<Exchange> _shown = new();

    /// <summary>It was shown just now.</summary>
    public void Add(Exchange exchange)
    {
        if (!exchange.Tls || exchange.Connection.PeerProof != PeerProof.Unknown || exchange.State == ExchangeState.Running)
        {
            return;
        }

        if (_shown.Count == Capacity)
        {
            _shown.Dequeue();
        }

        _shown.Enqueue(exchange);
    }

    /// <summary>Takes one whose peer is proven by now; false when there is none.</summary>
    public bool TryTake([NotNullWhen(true)] out Exchange? exchange)
    {
        for (var left = _shown.Count; left > 0; left--)
        {
            exchange = _shown.Dequeue();
            if (exchange.Connection.PeerProof != PeerProof.Unknown)
            {
                return true;
            }

            _shown.Enqueue(exchange);
        }

        exchange = null;
        return false;
    }
}
