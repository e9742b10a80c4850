// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Spans;

namespace L7Trace.Export.Otlp.Sending;

/// <summary>Takes exchanges out of the queue and sends them in batches, one after the other.</summary>
internal sealed class SpanSender : IDisposable
{
    /// <summary>
    /// Bytes of spans after which a request is sent, whatever waits for it: a collector takes 4 MiB by gRPC unless it is told
    /// otherwise, and one span, whose statement has 64 KiB at most, stays far below the rest.
    /// </summary>
    internal const int MaxRequest = 2 * 1024 * 1024;

    private static readonly TimeSpan _longestPause = TimeSpan.FromHours(1);

    private readonly OtlpSettings _settings;
    private readonly SpanMapper _mapper;
    private readonly ProcessResource _resources;
    private readonly ISpanTransport _transport;
    private readonly TimeProvider _time;
    private readonly Action<string> _tell;
    private readonly SpanTotals _totals;
    private bool _hasTold;
    private TimeSpan? _pause;
    private volatile bool _isFailing;

    /// <summary>Makes one; the transport is its own from here on.</summary>
    public SpanSender(
        OtlpSettings settings, SpanMapper mapper, ProcessResource resources, ISpanTransport transport, TimeProvider time,
        Action<string> tell, SpanTotals totals)
    {
        _settings = settings;
        _mapper = mapper;
        _resources = resources;
        _transport = transport;
        _time = time;
        _tell = tell;
        _totals = totals;
    }

    /// <summary>The last batch was given up.</summary>
    public bool IsFailing => _isFailing;

    /// <summary>Sends until the queue is complete and empty, or the token says stop. Never throws.</summary>
    public async Task RunAsync(ChannelReader<QueuedExchange> queue, CancellationToken stop)
    {
        var items = new List<QueuedExchange>();
        try
        {
            while (await queue.WaitToReadAsync(stop).ConfigureAwait(false))
            {
                await GatherAsync(queue, items, stop).ConfigureAwait(false);
                await SendAsync(items, stop).ConfigureAwait(false);
                items.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            // What was gathered counts as waiting.
            _totals.Change(counts => counts with { Unsent = counts.Unsent + items.Sum(static item => (long)item.SpanCount) });
        }
#pragma warning disable CA1031 // a fault of ours must not end the trace; it is told, and what follows is counted as unsent
        catch (Exception exception)
        {
            _isFailing = true;
            _totals.Change(counts => counts with
            {
                Failed = counts.Failed + items.Sum(static item => (long)item.SpanCount),
                Problem = $"internal error: {exception.GetType().Name}: {exception.Message}",
            });
            _tell($"no more spans are sent: internal error: {exception.GetType().Name}: {exception.Message}");
        }
#pragma warning restore CA1031
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    // A batch goes when it is full, when its first has waited long enough, or when nothing more will come.
    private async Task GatherAsync(ChannelReader<QueuedExchange> queue, List<QueuedExchange> items, CancellationToken stop)
    {
        using var delay = new CancellationTokenSource(_settings.ScheduleDelay, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, delay.Token);
        while (true)
        {
            while (items.Count < _settings.BatchSize && queue.TryRead(out var item))
            {
                items.Add(item);
            }

            if (items.Count == _settings.BatchSize || delay.IsCancellationRequested)
            {
                return;
            }

            try
            {
                if (!await queue.WaitToReadAsync(either.Token).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // One last look at the queue.
            }
        }
    }

    private async Task SendAsync(List<QueuedExchange> items, CancellationToken stop)
    {
        while (items.Count > 0)
        {
            var batch = new SpanBatch(_resources);
            var (taken, notSampled) = (0, 0);
            for (; taken < items.Count && batch.Size < MaxRequest; taken++)
            {
                notSampled += _mapper.Map(items[taken], batch);
            }

            _totals.Change(counts => counts with { NotSampled = counts.NotSampled + notSampled });
            items.RemoveRange(0, taken); // from here on the batch counts
            if (batch.Count == 0)
            {
                continue;
            }

            try
            {
                await TryAsync(batch, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                _totals.Change(counts => counts with { Unsent = counts.Unsent + batch.Count });
                throw;
            }
        }
    }

    private async Task TryAsync(SpanBatch batch, CancellationToken stop)
    {
        if (_pause is { } pause)
        {
            // The collector asked for more time than a batch is tried for: that one is lost, and it is left alone all the same.
            _pause = null;
            await Task.Delay(pause, _time, stop).ConfigureAwait(false);
        }

        var start = _time.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            var answer = await _transport.SendAsync(batch.Request, stop).ConfigureAwait(false);
            if (answer.Result == SendResult.Taken)
            {
                TakeNote(batch, answer);
                return;
            }

            var delay = RetrySchedule.DelayOf(failures, Random.Shared.NextDouble(), answer.After);
            if (answer.Result == SendResult.Refused || _time.GetElapsedTime(start) + delay > _settings.ExportTimeout)
            {
                _isFailing = true;
                _pause = answer.After > _longestPause ? _longestPause : answer.After;
                _totals.Change(counts => counts with { Failed = counts.Failed + batch.Count, Problem = answer.Message });
                TellOnce(answer);
                return;
            }

            _totals.Change(counts => counts with { Problem = answer.Message });
            TellOnce(answer);
            await Task.Delay(delay, _time, stop).ConfigureAwait(false);
        }
    }

    private void TakeNote(SpanBatch batch, SendAnswer answer)
    {
        var rejected = Math.Min(answer.Rejected, batch.Count);
        _isFailing = false;
        _totals.Change(counts => counts with
        {
            Sent = counts.Sent + batch.Count - rejected,
            Rejected = counts.Rejected + rejected,
            Problem = answer.Message ?? counts.Problem,
        });
        if (rejected > 0)
        {
            TellOnce(answer with { Message = "it rejects spans" + (answer.Message is null ? "" : ": " + answer.Message) });
        }
        else if (_hasTold)
        {
            _hasTold = false;
            _tell("the collector takes spans again");
        }
    }

    private void TellOnce(SendAnswer answer)
    {
        if (!_hasTold)
        {
            _hasTold = true;
            _tell($"the collector at {_settings.ShownEndpoint} does not take spans" +
                (answer.Result == SendResult.Retry ? " (they are sent again)" : "") + $": {answer.Message}");
        }
    }
}
