// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp.Sending;

/// <summary>
/// How long to wait before a batch is tried again: exponential backoff with jitter, as OTLP asks for, so that many senders
/// do not come back to a collector at one moment.
/// </summary>
internal static class RetrySchedule
{
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(16);

    /// <summary>The time to wait.</summary>
    /// <param name="failures">Tries that failed so far, from 1.</param>
    /// <param name="random">From 0 up to, but not, 1.</param>
    /// <param name="after">What the collector asked for (Retry-After, RetryInfo); it is never asked sooner.</param>
    /// <returns>Between half of 1, 2, 4, 8, 16 seconds and one and a half of that, and no less than was asked for.</returns>
    public static TimeSpan DelayOf(int failures, double random, TimeSpan? after)
    {
        var factor = 1L << Math.Clamp(failures - 1, 0, 30);
        var middle = Math.Min(_first.TotalSeconds * factor, _longest.TotalSeconds);
        var delay = TimeSpan.FromSeconds(middle * (0.5 + random));
        return after > delay ? after.Value : delay;
    }
}
