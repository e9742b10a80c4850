// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Ends;
using L7Trace.Cli.Hosting;
using L7Trace.Export;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Cli;

/// <summary>Plays a script on the hot thread, then waits for the stop as a live source does.</summary>
internal sealed class FakeSource(Action<FakeSource> script) : IExchangeSource
{
    /// <summary>2026-11-23T00:00:00Z.</summary>
    public const long Begin = 1_795_392_000_000_000_000;

    private IExchangeHandler? _handler;
    private Action<long>? _tick;
    private Action<long>? _sealed;
    private long _now = Begin;

    public ConnectionPairs Connections { get; } = new();

    public List<Exchange> InFlight { get; } = [];

    public Dictionary<LossCause, ulong> Losses { get; } = [];

    public long ConnectionsSeen => 1;

    public long ConnectionsOpen => 1;

    public CancellationToken Stop { get; private set; }

    public bool WasDisposed { get; private set; }

    /// <summary>Ends without being asked to, as a broken source would not: only for scripts that end the trace.</summary>
    public bool WaitsForStop { get; init; } = true;

    public void Run(IExchangeHandler handler, Action<long> tick, CancellationToken stop)
    {
        (_handler, _tick, Stop) = (handler, tick, stop);
        tick(Begin);
        script(this);
        if (WaitsForStop)
        {
            Assert.True(stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)), "nothing asked the trace to end");
        }
    }

    public void Finish(Exchange exchange)
    {
        if (exchange.Connection is { } connection)
        {
            Connections.ConnectionOpened(connection);
        }

        _handler!.OnExchange(exchange);
    }

    public long Now => Interlocked.Read(ref _now);

    public void WhenSealed(Action<long> handler) => _sealed = handler;

    /// <summary>It is so late, and all that happened before has been delivered.</summary>
    public void SealAt(long nanosecondsSinceBegin)
    {
        Interlocked.Exchange(ref _now, Begin + nanosecondsSinceBegin);
        _tick!(Now);
        _sealed!(Now);
    }

    public void TickAt(long nanosecondsSinceBegin) => _tick!(Begin + nanosecondsSinceBegin);

    /// <summary>Told of every look at what runs.</summary>
    public Action? Looked { get; init; }

    public void VisitInFlight(Action<Exchange> visitor)
    {
        Looked?.Invoke();
        InFlight.ForEach(visitor);
    }

    public LossCounts ReadLosses()
    {
        var counts = new LossCounts();
        foreach (var (cause, count) in Losses)
        {
            counts[cause] = count;
        }

        return counts;
    }

    public void Dispose() => WasDisposed = true;
}
