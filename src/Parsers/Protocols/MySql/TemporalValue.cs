// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Dates and times of the binary protocol as SQL writes them. The lengths are checked by <see cref="BinaryValue"/>; what
/// is left out at the end is zero. No value is judged: the 31st of February stays one.
/// </summary>
internal static class TemporalValue
{
    public static string Date(ReadOnlySpan<byte> value) => value.Length < 4
        ? "0000-00-00"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{BinaryPrimitives.ReadUInt16LittleEndian(value):0000}-{value[2]:00}-{value[3]:00}");

    public static string DateTime(ReadOnlySpan<byte> value) => Date(value) + " " + (value.Length < 7
        ? "00:00:00"
        : string.Create(CultureInfo.InvariantCulture, $"{value[4]:00}:{value[5]:00}:{value[6]:00}{Fraction(value[7..])}"));

    /// <summary>A duration: sign, days, hours, minutes, seconds, microseconds.</summary>
    public static string Time(ReadOnlySpan<byte> value)
    {
        if (value.Length < 8)
        {
            return "00:00:00";
        }

        var hours = (24L * BinaryPrimitives.ReadUInt32LittleEndian(value[1..])) + value[5];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(value[0] != 0 ? "-" : "")}{hours:00}:{value[6]:00}:{value[7]:00}{Fraction(value[8..])}");
    }

    private static string Fraction(ReadOnlySpan<byte> value) => value.Length < 4
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $".{BinaryPrimitives.ReadUInt32LittleEndian(value):000000}");
}
