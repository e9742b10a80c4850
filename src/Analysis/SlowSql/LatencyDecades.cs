// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>Calls by the power of ten of their time, counted exactly: below 10 µs, below 100 µs, and so on. Not thread-safe.</summary>
public sealed class LatencyDecades
{
    /// <summary>Rows: "1us" (everything below 10 µs) to "10s" (everything from 10 s).</summary>
    public const int Count = 8;

    private static readonly string[] s_names = ["1us", "10us", "100us", "1ms", "10ms", "100ms", "1s", "10s+"];

    private readonly long[] _calls = new long[Count];

    /// <summary>Calls of a row; the row's lower bound is ten to its number, in microseconds.</summary>
    public long this[int row] => _calls[row];

    /// <summary>The lower bound of a row in words.</summary>
    public static string NameOf(int row) => s_names[row];

    internal void Record(long nanoseconds)
    {
        var row = 0;
        for (var bound = 10_000L; row < Count - 1 && nanoseconds >= bound; bound *= 10)
        {
            row++;
        }

        _calls[row]++;
    }

    internal void Merge(LatencyDecades other)
    {
        for (var i = 0; i < Count; i++)
        {
            _calls[i] += other._calls[i];
        }
    }
}
