// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;

namespace L7Trace.Export.Text;

/// <summary>
/// Durations as people write them: <c>250us</c>, <c>100ms</c>, <c>1.5s</c>, <c>1m30s</c>, <c>2h</c>. A bare number is
/// refused: half of its readers would take it for seconds, half for milliseconds.
/// </summary>
public static class Durations
{
    private const decimal MaxNanoseconds = long.MaxValue;

    private static readonly SearchValues<char> _numberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Reads one as nanoseconds; on failure <paramref name="error"/> says what is wrong with it.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long nanoseconds, out string error)
    {
        nanoseconds = 0;
        error = "";
        var shown = text.ToString();
        if (text.IsEmpty)
        {
            error = "is empty; write for example 100ms, 2s or 1m30s";
            return false;
        }

        decimal total = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(_numberCharacters);
            var numberLength = digits < 0 ? text.Length : digits;
            var number = text[..numberLength];
            text = text[numberLength..];
            var unitEnd = text.IndexOfAny(_numberCharacters);
            var unit = unitEnd < 0 ? text : text[..unitEnd];
            text = unitEnd < 0 ? default : text[unitEnd..];
            if (number.Length is 0 or > 20 ||
                !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            {
                error = "is not a duration; write for example 100ms, 2s or 1m30s";
                return false;
            }

            if (unit.IsEmpty)
            {
                error = $"has no unit; write {shown}ms, {shown}s or {shown}m";
                return false;
            }

            if (Factor(unit) is not { } factor)
            {
                error = $"has the unknown unit '{unit}'; units are ns, us, ms, s, m, h";
                return false;
            }

            total += value * factor;
            if (total > MaxNanoseconds)
            {
                error = "is too long";
                return false;
            }
        }

        nanoseconds = (long)total;
        return true;
    }

    private static long? Factor(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1,
        "us" or "µs" or "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" or "min" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => null,
    };
}
