// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace L7Trace.Probe.Events;

/// <summary>
/// Turns CLOCK_MONOTONIC, which the kernel stamps events with, into Unix-epoch nanoseconds by an offset taken once:
/// durations stay exact when the wall clock is set while a trace runs.
/// </summary>
internal sealed class MonotonicClock
{
    private const int Samples = 16;
    private readonly long _offset;

    internal MonotonicClock(long offset) => _offset = offset;

    /// <summary>Nanoseconds since the Unix epoch now, on this clock.</summary>
    internal long Now => MonotonicNow + _offset;

    // On Linux the stopwatch's ticks are CLOCK_MONOTONIC nanoseconds.
    private static long MonotonicNow => Stopwatch.Frequency == 1_000_000_000
        ? Stopwatch.GetTimestamp()
        : (long)((Int128)Stopwatch.GetTimestamp() * 1_000_000_000 / Stopwatch.Frequency);

    /// <summary>Reads both clocks, several times, and keeps the pair that was read in the shortest time.</summary>
    internal static MonotonicClock Take()
    {
        var best = long.MaxValue;
        var offset = 0L;
        for (var i = 0; i < Samples; i++)
        {
            var before = MonotonicNow;
            var wall = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
            var after = MonotonicNow;
            if (after - before < best)
            {
                best = after - before;
                offset = wall - before - ((after - before) / 2);
            }
        }

        return new MonotonicClock(offset);
    }

    /// <summary>Converts a kernel time; one that is out of any reason wraps and does not throw.</summary>
    internal long ToUnix(ulong monotonic) => unchecked((long)monotonic + _offset);

    /// <summary>The other way round.</summary>
    internal ulong ToMonotonic(long unix) => unchecked((ulong)(unix - _offset));
}
