// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Export.Json;

/// <summary>Nanoseconds since the Unix epoch as RFC 3339 text in UTC with nine digits of fraction.</summary>
internal static class Timestamp
{
    /// <summary>Length of every such text: 2026-11-23T03:15:09.123456789Z.</summary>
    public const int Length = 30;

    // Many records begin within the same second.
    [ThreadStatic]
    private static (long Second, string? Text) t_last;

    // DateTime ends with the year 9999, which is beyond what a long of nanoseconds can say; before 1970 nothing was traced.
    public static ReadOnlySpan<char> Format(long nanoseconds, Span<char> buffer)
    {
        var ns = Math.Max(0, nanoseconds);
        var (seconds, rest) = Math.DivRem(ns, 1_000_000_000);
        var (second, prefix) = t_last;
        if (prefix is null || second != seconds)
        {
            prefix = DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ss.", CultureInfo.InvariantCulture);
            t_last = (seconds, prefix);
        }

        prefix.CopyTo(buffer);
        var fraction = (uint)rest;
        for (var i = Length - 2; i >= prefix.Length; i--)
        {
            (fraction, var digit) = Math.DivRem(fraction, 10);
            buffer[i] = (char)('0' + digit);
        }

        buffer[Length - 1] = 'Z';
        return buffer[..Length];
    }
}
