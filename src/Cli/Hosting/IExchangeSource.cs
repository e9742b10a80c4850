// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Ends;
using L7Trace.Export;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Where exchanges come from: the kernel when live, a script in tests. Capture is on from the moment one exists;
/// all of it belongs to the hot thread.
/// </summary>
internal interface IExchangeSource : IDisposable
{
    /// <summary>The traced connections by both their ends, for whoever merges the two views of an exchange.</summary>
    ConnectionPairs Connections { get; }

    /// <summary>
    /// The hot loop, on the calling thread: gives finished exchanges to the handler and calls
    /// <paramref name="tick"/> with the time (nanoseconds since the Unix epoch) every few milliseconds. Returns
    /// after <paramref name="stop"/>, when all that was captured before it has been handed over.
    /// </summary>
    void Run(IExchangeHandler handler, Action<long> tick, CancellationToken stop);

    /// <summary>
    /// Has the handler called, on the hot thread, with the time (nanoseconds since the Unix epoch) up to which everything has been
    /// delivered. A source without a present, a file, never calls it.
    /// </summary>
    void WhenSealed(Action<long> handler)
    {
    }

    /// <summary>The time now on the clock of the events, nanoseconds since the Unix epoch; any thread.</summary>
    long Now => 0;

    /// <summary>A time of that clock as CLOCK_MONOTONIC has it, nanoseconds; any thread.</summary>
    long ToMonotonic(long time) => 0;

    /// <summary>Requests without a complete response; inside a tick, or after <see cref="Run"/>.</summary>
    void VisitInFlight(Action<Exchange> visitor);

    /// <summary>Inside a tick: gives up connections, and counts them, until about so many bytes are free.</summary>
    void GiveUp(long bytes)
    {
    }

    /// <summary>Connections seen so far.</summary>
    long ConnectionsSeen { get; }

    /// <summary>Connections in the table now.</summary>
    long ConnectionsOpen { get; }

    /// <summary>What was lost since the start, in the kernel and in the streams.</summary>
    LossCounts ReadLosses();
}
