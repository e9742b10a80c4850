// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using L7Trace.Analysis.Http;
using L7Trace.Export.Otlp.Configuration;
using L7Trace.Export.Otlp.Sending;
using L7Trace.Export.Otlp.Spans;
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Otlp;

/// <summary>
/// Sends exchanges to a collector as spans:
/// <code>
/// Offer -> bounded queue | SpanSender: gather a batch -> make spans -> send, again if need be
/// (consumer thread)      | (thread pool)
/// </code>
/// Nothing that the collector does holds up who offers: when it is slow or gone the queue fills, and what does not fit is
/// dropped and counted. Spans are made when they are sent, so that what is learnt of an exchange meanwhile (the peer of
/// a TLS connection) is in them.
/// </summary>
public sealed class SpanExporter : IDisposable
{
    /// <summary>How long the end of a trace may wait for the collector.</summary>
    public static readonly TimeSpan EndTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _stopTime = TimeSpan.FromSeconds(1);

    private readonly Channel<QueuedExchange> _queue;
    private readonly SpanSender _sender;
    private readonly SpanTotals _totals = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;
    private readonly bool _waits;
    private volatile bool _ended;

    /// <summary>Makes one, which begins to send what it is offered.</summary>
    /// <param name="settings">Where to and how.</param>
    /// <param name="redaction">What is withheld.</param>
    /// <param name="routes">Routes that have a name.</param>
    /// <param name="waits">
    /// <see cref="Offer"/> waits for room while the collector takes what it is sent: for a source that can wait (a file).
    /// </param>
    /// <param name="tell">Takes a sentence when the collector fails, and when it is well again; any thread.</param>
    /// <exception cref="OtlpConfigurationException">The certificates can't be used.</exception>
    public SpanExporter(OtlpSettings settings, Redaction redaction, IReadOnlyList<RoutePattern> routes, bool waits, Action<string> tell)
        : this(settings, redaction, routes, waits, tell, TransportOf(settings), TimeProvider.System)
    {
    }

    internal SpanExporter(
        OtlpSettings settings, Redaction redaction, IReadOnlyList<RoutePattern> routes, bool waits, Action<string> tell,
        ISpanTransport transport, TimeProvider time)
    {
        _waits = waits;
        _queue = Channel.CreateBounded<QueuedExchange>(new BoundedChannelOptions(settings.QueueSize) { SingleReader = true, SingleWriter = true });
        _sender = new SpanSender(settings, new SpanMapper(settings, redaction, routes), new ProcessResource(settings, redaction), transport, time, tell, _totals);
        _sending = Task.Run(() => _sender.RunAsync(_queue.Reader, _stop.Token));
    }

    /// <summary>What became of them so far.</summary>
    public SpanCounts Counts => _totals.Current;

    /// <summary>Takes a finished exchange; one thread. Of others nothing is taken.</summary>
    /// <param name="exchange">The view that is shown.</param>
    /// <param name="withOtherEnd">The view of the other end becomes a span too, if it is known.</param>
    /// <param name="processOf">Tells what is known of the process of a view.</param>
    public void Offer(Exchange exchange, bool withOtherEnd, Func<Exchange, TracedProcess> processOf)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        ArgumentNullException.ThrowIfNull(processOf);
        if (!SpanView.IsSpan(exchange))
        {
            if (SpanView.IsCall(exchange))
            {
                _totals.Change(static counts => counts with { LeftOut = counts.LeftOut + 1 });
            }

            return;
        }

        var other = withOtherEnd && exchange.OtherEnd is { } view && SpanView.IsSpan(view) ? view : null;
        var item = new QueuedExchange(exchange, processOf(exchange), other, other is null ? null : processOf(other));
        while (!_queue.Writer.TryWrite(item))
        {
            if (!_waits || _sender.IsFailing || _ended)
            {
                _totals.Change(counts => counts with { QueueFull = counts.QueueFull + item.SpanCount });
                return;
            }

            Thread.Sleep(_look);
        }
    }

    /// <summary>Sends what waits, for at most <paramref name="patience"/>; what is left then is counted as unsent.</summary>
    public SpanCounts End(TimeSpan patience)
    {
        if (!_ended)
        {
            _ended = true;
            _queue.Writer.Complete();
            if (!_sending.Wait(patience))
            {
                _stop.Cancel();
                // It ends at once: all that it waits for heeds the token. What does not is left alone.
                _sending.Wait(_stopTime);
            }

            var left = 0L;
            while (_queue.Reader.TryRead(out var item))
            {
                left += item.SpanCount;
            }

            _totals.Change(counts => counts with { Unsent = counts.Unsent + left });
        }

        return _totals.Current;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End(TimeSpan.Zero);
        _sender.Dispose();
        _stop.Dispose();
    }

    private static ISpanTransport TransportOf(OtlpSettings settings)
    {
        var handler = CollectorHandler.Create(settings);
        return settings.Protocol == OtlpProtocol.Grpc
            ? new GrpcSpanTransport(settings, handler, TimeProvider.System)
            : new HttpSpanTransport(settings, handler, TimeProvider.System);
    }
}
