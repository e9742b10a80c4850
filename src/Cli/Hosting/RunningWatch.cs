// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Finds requests that have been running for longer than a threshold and hands each over once
/// (or, where what becomes of it depends on its age, at every look). Lives on the hot
/// thread: it is called in ticks and looks at what the engine holds.
/// </summary>
internal sealed class RunningWatch
{
    private const long ShortestInterval = 5_000_000;
    private const long LongestInterval = 100_000_000;

    private readonly long _threshold;
    private readonly long _interval;
    private readonly bool _repeats;
    private readonly Func<IReadOnlyList<Exchange>, IReadOnlyList<Exchange>> _select;
    private readonly Action<Exchange> _crossed;
    private readonly Action<Exchange> _visitor;
    private readonly List<Exchange> _old = [];
    private HashSet<Key> _reported = [];
    private HashSet<Key> _stillThere = [];
    private long _next = long.MinValue;
    private long _now;

    /// <summary>Makes one.</summary>
    /// <param name="threshold">Nanoseconds.</param>
    /// <param name="select">Of all that are over the threshold, those to show (one of two ends).</param>
    /// <param name="crossed">Takes each the first time.</param>
    /// <param name="repeats">It takes each again and again, because what it does depends on how old they are.</param>
    public RunningWatch(
        long threshold, Func<IReadOnlyList<Exchange>, IReadOnlyList<Exchange>> select, Action<Exchange> crossed,
        bool repeats = false)
    {
        _threshold = threshold;
        _repeats = repeats;
        _interval = repeats ? LongestInterval : Math.Clamp(threshold / 10, ShortestInterval, LongestInterval);
        _select = select;
        _crossed = crossed;
        _visitor = Visit;
    }

    /// <summary>Looks, if it is time to: a tenth of the threshold, at most 100 ms, after the last look.</summary>
    public void Tick(long now, IExchangeSource source)
    {
        if (now < _next)
        {
            return;
        }

        _next = now + _interval;
        _now = now;
        source.VisitInFlight(_visitor);
        if (_old.Count > 0)
        {
            // All of them, also those reported before: a server's view is told from its client's among them.
            foreach (var exchange in _select(_old))
            {
                Report(exchange);
            }

            _old.Clear();
        }

        // What has finished is forgotten, so that the memory is bounded by what the engine itself holds.
        (_reported, _stillThere) = (_stillThere, _reported);
        _stillThere.Clear();
    }

    private void Visit(Exchange exchange)
    {
        if (exchange.Request.Seen && exchange.Age(_now) >= _threshold)
        {
            _old.Add(exchange);
        }
    }

    private void Report(Exchange exchange)
    {
        var key = new Key(exchange.Connection.Id, exchange.Request.StartOffset, exchange.Start);
        _stillThere.Add(key);
        if (_repeats || !_reported.Contains(key))
        {
            _crossed(exchange);
        }
    }

    private readonly record struct Key(ConnectionId Connection, ulong Offset, long Start);
}
