// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;

namespace L7Trace.Analysis.Ends;

/// <summary>
/// Views that were shown alone because the other did not come in time: should it come yet (a busy machine may let a program wait
/// for a second before it reads what was sent), it must not be shown as a second exchange. Bounded in number and in time.
/// </summary>
/// <param name="maxCount">The oldest are forgotten when there are more.</param>
/// <param name="maxAge">And what was shown longer ago, nanoseconds of event time.</param>
internal sealed class ShownViews(int maxCount, long maxAge)
{
    private readonly Dictionary<(ExchangeProof Proof, EndpointRole Role), Exchange> _views = [];
    private readonly Queue<((ExchangeProof Proof, EndpointRole Role) Key, long Time)> _order = [];

    /// <summary>True when there is none.</summary>
    internal bool IsEmpty => _order.Count == 0;

    /// <summary>A view was shown alone.</summary>
    internal void Add((ExchangeProof Proof, EndpointRole Role) key, Exchange view, long now)
    {
        _views[key] = view;
        _order.Enqueue((key, now));
        if (_order.Count > maxCount)
        {
            Drop();
        }
    }

    /// <summary>Takes out the view that was shown of this side; null when there was none.</summary>
    internal Exchange? Take((ExchangeProof Proof, EndpointRole Role) key) => _views.Remove(key, out var view) ? view : null;

    /// <summary>Time goes on.</summary>
    internal void Advance(long now)
    {
        while (_order.TryPeek(out var oldest) && now - oldest.Time > maxAge)
        {
            Drop();
        }
    }

    private void Drop() => _views.Remove(_order.Dequeue().Key);
}
