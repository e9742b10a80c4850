// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using L7Trace.Export;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// The marks of a trace, on their way: asked for on any thread, reached on the hot one when every event up to the moment has been
/// delivered and what ran then has ended (or was waited for long enough), handed out on the consumer's thread behind the
/// exchanges that were queued before.
/// </summary>
internal sealed class TraceMarks
{
    /// <summary>Marks on their way at most; whoever asks for more without reading the answers gets none.</summary>
    public const int Capacity = 1000;

    /// <summary>Time between two looks at what runs, nanoseconds: each visits every connection, on the hot thread.</summary>
    public const long LookInterval = 5_000_000;

    private readonly ConcurrentQueue<TraceMark> _asked = [];
    private readonly ConcurrentQueue<TraceMark> _reached = [];
    private readonly List<(TraceMark Mark, bool IsLookedAt)> _waiting = []; // the hot thread's
    private long _nextLook = long.MinValue;
    private int _count;

    /// <summary>Any thread: asks for one; false when there are too many on their way.</summary>
    public bool TryAsk(TraceMark mark)
    {
        if (Interlocked.Increment(ref _count) > Capacity)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        _asked.Enqueue(mark);
        return true;
    }

    /// <summary>
    /// Hot thread: every event up to <paramref name="sealedTime"/> has been delivered. Marks are reached in the order in which they
    /// were asked for, except that none waits for one with more patience.
    /// </summary>
    /// <param name="sealedTime">Nanoseconds since the Unix epoch.</param>
    /// <param name="source">What runs, and what was lost.</param>
    /// <param name="losses">What was lost since the start, of all causes.</param>
    /// <param name="position">Exchanges that were queued so far.</param>
    /// <returns>True when a mark was reached.</returns>
    public bool Advance(long sealedTime, IExchangeSource source, Func<LossCounts> losses, Func<long> position)
    {
        while (_asked.TryDequeue(out var asked))
        {
            _waiting.Add((asked, false));
        }

        if (!IsLookDue(sealedTime))
        {
            return false;
        }

        _nextLook = sealedTime + LookInterval;
        var all = Running(source);
        var any = false;
        for (var i = 0; i < _waiting.Count;)
        {
            var mark = _waiting[i].Mark;
            if (mark.Asked >= sealedTime)
            {
                i++;
                continue;
            }

            var running = all.FindAll(exchange => exchange.Start < mark.Asked);
            if (running.Count > 0 && sealedTime < mark.Until)
            {
                _waiting[i++] = (mark, true);
                continue;
            }

            _reached.Enqueue(mark with { Running = running, Losses = losses(), Position = position() });
            _waiting.RemoveAt(i);
            any = true;
        }

        return any;
    }

    /// <summary>Consumer: takes the next one whose exchanges have all been taken from the queue.</summary>
    public bool TryTake(long position, [NotNullWhen(true)] out TraceMark? mark)
    {
        if (Volatile.Read(ref _count) > 0 && _reached.TryPeek(out mark) && mark.Position <= position)
        {
            _reached.TryDequeue(out _);
            Interlocked.Decrement(ref _count);
            return true;
        }

        mark = null;
        return false;
    }

    // At once for a mark that may be reached now, or must be; now and then for one that waits for what runs.
    private bool IsLookDue(long sealedTime)
    {
        foreach (var (mark, isLookedAt) in _waiting)
        {
            if (mark.Asked < sealedTime && (!isLookedAt || sealedTime >= mark.Until || sealedTime >= _nextLook))
            {
                return true;
            }
        }

        return false;
    }

    // Oldest first.
    private static List<Exchange> Running(IExchangeSource source)
    {
        var all = new List<Exchange>();
        source.VisitInFlight(exchange =>
        {
            // A WebSocket connection has no answer that could be waited for.
            if (exchange.Protocol != Protocol.WebSocket)
            {
                all.Add(exchange);
            }
        });
        all.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return all;
    }
}
