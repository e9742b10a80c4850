// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Numerics;

namespace L7Trace.Export.Text;

/// <summary>Sizes in bytes as people write them: <c>65536</c>, <c>64k</c>, <c>64KiB</c>, <c>8M</c>. Units are powers of 1024.</summary>
public static class ByteSizes
{
    /// <summary>Reads one; false when it is no size or does not fit.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        var end = text.IndexOfAnyExceptInRange('0', '9');
        var number = end < 0 ? text : text[..end];
        var unit = end < 0 ? default : text[end..];
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        var shift = unit switch
        {
            "" or "B" or "b" => 0,
            "k" or "K" or "KiB" or "KB" or "kB" => 10,
            "M" or "m" or "MiB" or "MB" => 20,
            "G" or "g" or "GiB" or "GB" => 30,
            _ => -1,
        };
        if (shift < 0 || value > long.MaxValue >> shift)
        {
            return false;
        }

        bytes = value << shift;
        return true;
    }

    /// <summary>The size in the largest unit that divides it: <c>64KiB</c>.</summary>
    public static string Format(long bytes)
    {
        string[] units = ["", "KiB", "MiB", "GiB"];
        var unit = 0;
        while (unit < units.Length - 1 && bytes != 0 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            unit++;
        }

        return bytes.ToString(CultureInfo.InvariantCulture) + units[unit];
    }

    /// <summary>The next power of two, which is what the kernel takes for a ring.</summary>
    public static long RoundUpToPowerOfTwo(long bytes) => (long)BitOperations.RoundUpToPowerOf2((ulong)bytes);
}
