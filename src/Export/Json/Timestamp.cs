// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Export.Json;

/// <summary>Nanoseconds since the Unix epoch as RFC 3339 text in UTC with nine digits of fraction.</summary>
internal static class Timestamp
{
    /// <summary>Length of every such text: 2026-11-23T03:15:09.123456789Z.</summary>
    public const int Length = 30;

    // DateTime ends with the year 9999, which is beyond what a long of nanoseconds can say; before 1970 nothing was traced.
    public static ReadOnlySpan<char> Format(long nanoseconds, Span<char> buffer)
    {
        var ns = Math.Max(0, nanoseconds);
        var time = DateTime.UnixEpoch.AddTicks(ns / 100);
        time.TryFormat(buffer, out _, "yyyy-MM-ddTHH:mm:ss.fffffff", CultureInfo.InvariantCulture);
        var rest = (int)(ns % 100);
        buffer[27] = (char)('0' + (rest / 10));
        buffer[28] = (char)('0' + (rest % 10));
        buffer[29] = 'Z';
        return buffer[..Length];
    }
}
