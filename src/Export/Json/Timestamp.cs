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

    /// <summary>
    /// Reads one back, nanoseconds since the Unix epoch; null when it is none. The fraction is read by itself: the
    /// library's times keep seven digits of it.
    /// </summary>
    public static long? Parse(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var end = point + 1;
        while (point > 0 && end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        var whole = point > 0 ? string.Concat(text.AsSpan(0, point), text.AsSpan(end)) : text;
        if (!DateTimeOffset.TryParse(whole, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
        {
            return null;
        }

        var fraction = 0L;
        var unit = 100_000_000L;
        for (var i = point + 1; point > 0 && i < end && unit > 0; i++, unit /= 10)
        {
            fraction += (text[i] - '0') * unit;
        }

        var seconds = Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerSecond);
        return seconds < long.MaxValue / 1_000_000_000 ? (seconds * 1_000_000_000) + fraction : null;
    }
}
