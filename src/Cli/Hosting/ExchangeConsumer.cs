// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Ends;
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// What happens behind the queue, on a thread of its own:
/// <code>
/// queue -> EndMerger -> filter (-> SlowFilter) -> count -> sink
/// </code>
/// </summary>
internal sealed class ExchangeConsumer
{
    private static readonly TimeSpan _idle = TimeSpan.FromMilliseconds(20);

    private readonly ExchangeQueue _queue;
    private readonly ExchangeFilter _filter;
    private readonly ExchangeFilter _inFlightFilter;
    private readonly SlowFilter? _slow;
    private readonly ITraceSink _sink;
    private readonly EndMerger _merger;
    private readonly long? _count;
    private readonly Action _stop;
    private LossCounts _losses = new();
    private LossCounts _writtenLosses = new();
    private IReadOnlyList<Exchange> _inFlight = [];
    private IReadOnlyList<Exchange> _shownInFlight = [];
    private readonly AmendableExchanges _amendable = new();
    private readonly TraceMarks _marks;
    private readonly Queue<PendingMark> _marksToWrite = [];
    private readonly TraceSummary _summary = new();
    private Exception? _failure;
    private bool _abandoned;
    private long _now;
    private long _first;
    private long _filteredOut;
    private long _written;

    /// <summary>Makes one; <paramref name="stop"/> asks the trace to end.</summary>
    public ExchangeConsumer(
        ExchangeQueue queue,
        ITraceSink sink,
        ConnectionPairs connections,
        TraceSettings settings,
        bool slowOnly,
        Action stop,
        TraceMarks? marks = null)
    {
        _queue = queue;
        _marks = marks ?? new TraceMarks();
        _inFlightFilter = new ExchangeFilter(settings, settings.MinLatency);
        if (slowOnly && settings.MinLatency is { } threshold)
        {
            _slow = new SlowFilter(new Stage(Show), threshold);
            _filter = new ExchangeFilter(settings, minLatency: null);
        }
        else
        {
            _filter = _inFlightFilter;
        }

        _sink = sink;
        _count = settings.Count;
        _stop = stop;
        _merger = new EndMerger(new Stage(Filter), connections, settings.Side switch
        {
            SideChoice.Client => SideSelection.Client,
            SideChoice.Server => SideSelection.Server,
            SideChoice.Both => SideSelection.Both,
            _ => SideSelection.Auto,
        });
    }

    /// <summary>Any thread: of exchanges that run at one moment, those whose view is wanted.</summary>
    public IReadOnlyList<Exchange> SelectInFlight(IReadOnlyList<Exchange> running) => _merger.SelectInFlight(running);

    /// <summary>Hot thread: time has come this far.</summary>
    public void PublishTime(long now)
    {
        if (_first == 0)
        {
            Volatile.Write(ref _first, now);
        }

        Volatile.Write(ref _now, now);
    }

    /// <summary>Hot thread: losses so far.</summary>
    public void PublishLosses(LossCounts losses) => Volatile.Write(ref _losses, losses);

    /// <summary>Hot thread, before the queue is completed: what is still running.</summary>
    public void Finish(IReadOnlyList<Exchange> inFlight, LossCounts losses, long connections, long open)
    {
        _summary.Connections = connections;
        _summary.OpenConnections = open;
        Volatile.Write(ref _inFlight, inFlight);
        Volatile.Write(ref _losses, losses);
    }

    /// <summary>Hot thread: the consumer has not come to its end in time and is left alone.</summary>
    public void Abandon() => Volatile.Write(ref _abandoned, true);

    /// <summary>The thread's body. Never throws.</summary>
    public void Run()
    {
        try
        {
            Consume();
        }
        catch (IOException exception) when (BrokenPipe.Is(exception))
        {
            // The reader has seen enough ("| head"): the end of the trace, and no failure.
            _stop();
            Discard();
        }
#pragma warning disable CA1031 // reported by the thread that waits for this one
        catch (Exception exception)
        {
            _failure = exception;
            _stop();
            Discard();
        }
#pragma warning restore CA1031
    }

    /// <summary>What came of it; when the consumer has ended, or was abandoned.</summary>
    public TraceOutcome Outcome(LossCounts losses)
    {
        _summary.Start = Volatile.Read(ref _first); // whenever this thread looked first
        _summary.Losses = losses;
        return new TraceOutcome(_summary, _shownInFlight)
        {
            FilteredOut = _filteredOut + (_slow?.Withheld ?? 0),
            LeftOutByWhere = _filter.LeftOut,
            Undecided = _filter.Undecided,
            Failure = _failure ?? (Volatile.Read(ref _abandoned)
                ? new IOException("the output was not read in time; what was waiting is not written")
                : null),
        };
    }

    private void Consume()
    {
        while (true)
        {
            // Read before the queue: all that was finished by then comes out of it below.
            var now = Volatile.Read(ref _now);
            var any = false;
            while (_queue.TryDequeue(out var exchange))
            {
                any = true;
                TakeMarks(_queue.Taken - 1); // those that were reached before it was queued
                Take(exchange);
            }

            _merger.Advance(now);
            Amend();
            WriteLosses();
            any |= WriteMarks(now);
            if (_queue.IsDrained)
            {
                _merger.Flush();
                Amend();
                WriteMarks(Volatile.Read(ref _now));
                break;
            }

            if (!any)
            {
                _queue.Wait(_idle);
            }
            else
            {
                _sink.Flush();
            }
        }

        var end = Volatile.Read(ref _now);
        _shownInFlight = [.. SelectInFlight(Volatile.Read(ref _inFlight))
            .Where(exchange => _inFlightFilter.Shows(exchange, end)).OrderBy(static exchange => exchange.Start)];
        _summary.End = end;
        _summary.Running = _shownInFlight.Count;
        _sink.End(Outcome(Volatile.Read(ref _losses)));
        _sink.Flush();
    }

    private void Take(Exchange exchange)
    {
        if (exchange.State != ExchangeState.Running)
        {
            _merger.OnExchange(exchange);
        }
        else if (_slow is not null && _filter.Shows(exchange, Volatile.Read(ref _now)))
        {
            // It comes again when it is done; only then can its other end be looked for.
            _slow.LookAt([exchange], Volatile.Read(ref _now));
        }
    }

    private void Filter(Exchange exchange)
    {
        if (!_filter.Shows(exchange, Volatile.Read(ref _now)))
        {
            _filteredOut++;
        }
        else if (_slow is not null)
        {
            _slow.OnExchange(exchange);
        }
        else
        {
            Show(exchange);
        }
    }

    private void Show(Exchange exchange)
    {
        if (_written >= _count)
        {
            return;
        }

        if (exchange.State != ExchangeState.Running)
        {
            _summary.Count(exchange);
        }

        _sink.Write(exchange, Volatile.Read(ref _now));
        _amendable.Add(exchange);
        foreach (var mark in _marksToWrite)
        {
            mark.Written(exchange);
        }

        _written++;
        if (_written >= _count)
        {
            _stop();
        }
    }

    private void Amend()
    {
        while (_amendable.TryTake(out var exchange))
        {
            _sink.Amend(exchange, Volatile.Read(ref _now));
        }
    }

    private void TakeMarks(long position)
    {
        while (_marks.TryTake(position, out var mark))
        {
            _marksToWrite.Enqueue(new PendingMark(mark, _merger.Taken));
        }
    }

    // What waits for its other end was finished before the mark: it goes first, alone when it has waited long enough.
    private bool WriteMarks(long now)
    {
        TakeMarks(_queue.Taken);
        var any = false;
        while (_marksToWrite.TryPeek(out var next) && !_merger.HoldsAnyOf(next.HeldBefore))
        {
            _marksToWrite.Dequeue();
            var running = SelectInFlight(next.Mark.Running).Where(exchange => next.Runs(exchange) && _inFlightFilter.Shows(exchange, now));
            _sink.WriteMark(next.Mark with { Running = [.. running] }, now);
            any = true;
        }

        return any;
    }

    private void WriteLosses()
    {
        var losses = Volatile.Read(ref _losses);
        if (!ReferenceEquals(losses, _writtenLosses))
        {
            var grown = losses.Since(_writtenLosses);
            _writtenLosses = losses;
            if (!grown.IsEmpty)
            {
                _sink.WriteLosses(grown, Volatile.Read(ref _now));
            }
        }
    }

    private void Discard()
    {
        while (!_queue.IsDrained)
        {
            if (!_queue.TryDequeue(out _))
            {
                _queue.Wait(_idle);
            }
        }
    }

    private sealed class Stage(Action<Exchange> take) : IExchangeHandler
    {
        public void OnExchange(Exchange exchange) => take(exchange);
    }
}
