// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>A moment that someone asked to be told of: all that happened before it stands in the output before it.</summary>
/// <param name="Id">What the asker calls it.</param>
/// <param name="Asked">The moment, nanoseconds since the Unix epoch.</param>
/// <param name="Monotonic">The same on CLOCK_MONOTONIC, nanoseconds.</param>
/// <param name="Until">Exchanges that run at that moment are waited for until then; the clock of <paramref name="Asked"/>.</param>
internal sealed record TraceMark(string Id, long Asked, long Monotonic, long Until)
{
    /// <summary>Those that still run, oldest first.</summary>
    public IReadOnlyList<Exchange> Running { get; init; } = [];

    /// <summary>All that was lost since the start of the trace.</summary>
    public LossCounts Losses { get; init; } = new();

    /// <summary>So many exchanges had been queued before it.</summary>
    public long Position { get; init; }
}
