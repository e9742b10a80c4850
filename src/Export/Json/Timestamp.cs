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
    /// Reads RFC 3339: date, time with a fraction or none (what is finer than nanoseconds is dropped), and a zone (Z or an
    /// offset). Nanoseconds since the Unix epoch; null for anything else and for what does not fit. The library's times
    /// keep seven digits.
    /// </summary>
    public static long? Parse(ReadOnlySpan<char> text)
    {
        const int FractionAt = 19; // 2026-11-23T03:15:09
        const int FractionDigits = 9;
        if (text.Length <= FractionAt || text[10] is not ('T' or 't' or ' '))
        {
            return null;
        }

        var rest = text[FractionAt..];
        var fraction = 0L;
        if (rest[0] == '.')
        {
            var digits = rest[1..].IndexOfAnyExceptInRange('0', '9');
            if (digits < 1)
            {
                return null; // no digit, or no zone behind them
            }

            for (var i = 0; i < FractionDigits; i++)
            {
                fraction = (fraction * 10) + (i < digits ? rest[1 + i] - '0' : 0);
            }

            rest = rest[(1 + digits)..];
        }

        if (!TryZone(rest, out var offset) ||
            !DateTime.TryParseExact(text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ||
            !TimeSpan.TryParseExact(text[11..FractionAt], @"hh\:mm\:ss", CultureInfo.InvariantCulture, out var clock))
        {
            return null;
        }

        var ticks = day.Ticks - DateTime.UnixEpoch.Ticks + clock.Ticks - offset.Ticks;
        return ticks >= 0 && ticks <= (long.MaxValue - fraction) / 100 ? (ticks * 100) + fraction : null;
    }

    private static bool TryZone(ReadOnlySpan<char> zone, out TimeSpan offset)
    {
        offset = default;
        if (zone is "Z" or "z")
        {
            return true;
        }

        if (zone.Length != 6 || zone[0] is not ('+' or '-') ||
            !TimeSpan.TryParseExact(zone[1..], @"hh\:mm", CultureInfo.InvariantCulture, out offset))
        {
            return false;
        }

        offset = zone[0] == '-' ? -offset : offset;
        return true;
    }
}
