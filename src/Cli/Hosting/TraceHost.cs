// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Options;
using L7Trace.Export;
using L7Trace.Parsers.Model;
using L7Trace.Probe;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Runs one trace: the source on the calling thread (the hot one), everything behind the queue on another.
/// <code>
/// source -> engine -> ExchangeQueue | ExchangeConsumer: merge ends -> filter -> sink
///        (hot thread)               | (consumer thread)
/// </code>
/// </summary>
internal sealed class TraceHost : IDisposable
{
    private const long LossInterval = 1_000_000_000;
    private const long ReaderInterval = 100_000_000;
    private static readonly TimeSpan _patience = TimeSpan.FromMilliseconds(50);

    private readonly IExchangeSource _source;
    private readonly TraceSettings _settings;
    private readonly HostOptions _options;
    private readonly ExchangeQueue _queue;
    private readonly ExchangeConsumer _consumer;
    private readonly RunningWatch? _running;
    private readonly MemoryGuard? _memory;
    private readonly IdleCollector _idle = IdleCollector.OfThisProcess();
    private readonly TraceMarks _marks = new();
    private readonly CancellationTokenSource _stop = new();
    private long _started;
    private long _nextLossRead;
    private long _nextReaderCheck;

    /// <summary>Makes one. The sink is used on the consumer thread only; neither it nor the source is disposed here.</summary>
    public TraceHost(IExchangeSource source, ITraceSink sink, TraceSettings settings, HostOptions options)
    {
        _source = source;
        _settings = settings;
        _options = options;
        _queue = new ExchangeQueue(options.QueueCapacity, options.LosesNothing ? _stop.Token : null);
        if (settings.MaxMemory is { } most)
        {
            _memory = MemoryGuard.OfThisProcess(most, source.GiveUp, shut => _queue.IsShut = shut);
        }

        _consumer = new ExchangeConsumer(_queue, sink, source.Connections, settings, options.SlowOnly, Stop, _marks);
        if (options.SlowOnly && settings.MinLatency is { } threshold)
        {
            _running = new RunningWatch(
                threshold, _consumer.SelectInFlight, _queue.OnExchange, repeats: settings.Where?.DependsOnTime == true);
        }
    }

    /// <summary>Asks the trace to end: what was captured so far is still handed over. From any thread, any number of times.</summary>
    public void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The trace was over already.
        }
    }

    /// <summary>
    /// Any thread: asks the sink to be told when all that happened by now has been written. What runs now is waited for,
    /// <paramref name="patience"/> at most. False when too many such marks are on their way.
    /// </summary>
    public bool TryMark(string id, TimeSpan patience)
    {
        var now = _source.Now;
        return _marks.TryAsk(new TraceMark(id, now, _source.ToMonotonic(now), now + (patience.Ticks * TimeSpan.NanosecondsPerTick)));
    }

    /// <summary>Runs it to its end; returns what it came to. Throws what the source throws.</summary>
    public TraceOutcome Run()
    {
        using var preferred = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            ThreadPreference.Raise(); // a queue that is full costs exchanges, as a full ring costs calls
            preferred.Set();
            _consumer.Run();
        })
        { Name = "l7trace sinks", IsBackground = true };
        thread.Start();
        preferred.Wait(); // preference takes a right, and the source gives up those that it can do without
        _source.WhenSealed(Sealed);
        try
        {
            _source.Run(_queue, Tick, _stop.Token);
            _consumer.Finish(CollectInFlight(), LossesOfAll(), _source.ConnectionsSeen, _source.ConnectionsOpen);
        }
        finally
        {
            _queue.Complete();
            while (_options.LosesNothing && !_stop.IsCancellationRequested && !thread.Join(_patience))
            {
                // The reader takes its time.
            }

            if (!thread.Join(_options.DrainTime))
            {
                _consumer.Abandon();
            }
        }

        return _consumer.Outcome(LossesOfAll());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
    }

    private void Tick(long now)
    {
        if (_started == 0)
        {
            _started = now;
            _nextLossRead = now + LossInterval;
        }

        _memory?.Tick(now);
        _idle.Tick(now, _queue.Position);
        _queue.Flush();
        _consumer.PublishTime(now);
        _running?.Tick(now, _source);
        if (now >= _nextLossRead)
        {
            _nextLossRead = now + LossInterval;
            _consumer.PublishLosses(LossesOfAll());
        }

        if (now >= _nextReaderCheck)
        {
            _nextReaderCheck = now + ReaderInterval;
            if (_options.OutputIsUnread())
            {
                Stop();
            }
        }

        if (_settings.For is { } span && now - _started >= span)
        {
            Stop();
        }
    }

    private void Sealed(long time)
    {
        _queue.Flush();
        if (_marks.Advance(time, _source, LossesOfAll, () => _queue.Position))
        {
            _queue.Wake();
        }
    }

    private List<Exchange> CollectInFlight()
    {
        var all = new List<Exchange>();
        _source.VisitInFlight(all.Add);
        return all;
    }

    private LossCounts LossesOfAll()
    {
        var losses = _source.ReadLosses();
        losses[LossCause.QueueFull] = (ulong)_queue.Dropped;
        return losses;
    }
}
