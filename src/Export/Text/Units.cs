// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Export.Text;

/// <summary>Figures as people read them: three significant digits and a unit.</summary>
public static class Units
{
    /// <summary>A duration in nanoseconds: "850ns", "12.3µs", "4.56ms", "1.2s", "3m05s", "2h07m".</summary>
    public static string Duration(double nanoseconds)
    {
        var ns = Math.Max(0, nanoseconds);
        return ns switch
        {
            < 999.5 => Number(ns, "ns"),
            < 999.5e3 => Number(ns / 1e3, "µs"),
            < 999.5e6 => Number(ns / 1e6, "ms"),
            < 59.95e9 => Number(ns / 1e9, "s"),
            < 3599.5e9 => Pair(ns / 1e9, "m", "s"),
            _ => Pair(ns / 60e9, "h", "m"),
        };
    }

    /// <summary>A number of bytes: "512B", "1.5KiB", "3.2MiB".</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0}B"),
        < 1024.0 * 1024 => Number(bytes / 1024, "KiB"),
        < 1024.0 * 1024 * 1024 => Number(bytes / (1024.0 * 1024), "MiB"),
        _ => Number(bytes / (1024.0 * 1024 * 1024), "GiB"),
    };

    private static string Number(double value, string unit) => value switch
    {
        < 9.995 => string.Create(CultureInfo.InvariantCulture, $"{value:0.##}{unit}"),
        < 99.95 => string.Create(CultureInfo.InvariantCulture, $"{value:0.#}{unit}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value:0}{unit}"),
    };

    private static string Pair(double small, string bigUnit, string smallUnit)
    {
        var total = (long)Math.Round(small);
        return string.Create(CultureInfo.InvariantCulture, $"{total / 60}{bigUnit}{total % 60:00}{smallUnit}");
    }
}
