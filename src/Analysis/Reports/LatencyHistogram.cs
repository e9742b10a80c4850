// SPDX-License-Identifier: Apache-2.0
using System.Numerics;

namespace L7Trace.Analysis.Reports;

/// <summary>
/// Latencies in nanoseconds, counted in buckets of which each power of two has 32. A percentile is off by at most
/// 1/64 (1.6 %) of its value; count, sum, minimum and maximum are exact. Memory grows only with the powers of two met.
/// </summary>
public sealed class LatencyHistogram
{
    private const int SubBits = 5;
    private const int SubBuckets = 1 << SubBits;

    private readonly long[]?[] _counts = new long[]?[64];

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum, nanoseconds.</summary>
    public double Sum { get; private set; }

    /// <summary>The smallest, 0 when there is none.</summary>
    public long Min { get; private set; }

    /// <summary>The largest, 0 when there is none.</summary>
    public long Max { get; private set; }

    /// <summary>Their average, 0 when there is none.</summary>
    public double Average => Count == 0 ? 0 : Sum / Count;

    /// <summary>Records a latency; a negative one counts as 0.</summary>
    public void Record(long nanoseconds)
    {
        var value = Math.Max(0, nanoseconds);
        var (octave, sub) = Locate(value);
        (_counts[octave] ??= new long[SubBuckets])[sub]++;
        Min = Count == 0 ? value : Math.Min(Min, value);
        Max = Math.Max(Max, value);
        Count++;
        Sum += value;
    }

    /// <summary>Adds what another one has recorded.</summary>
    public void Merge(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count == 0)
        {
            return;
        }

        for (var octave = 0; octave < _counts.Length; octave++)
        {
            if (other._counts[octave] is not { } theirs)
            {
                continue;
            }

            var ours = _counts[octave] ??= new long[SubBuckets];
            for (var sub = 0; sub < SubBuckets; sub++)
            {
                ours[sub] += theirs[sub];
            }
        }

        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        Count += other.Count;
        Sum += other.Sum;
    }

    /// <summary>
    /// The smallest recorded value that at least this share of all values does not exceed (nearest rank), nanoseconds;
    /// 0 when nothing was recorded.
    /// </summary>
    /// <param name="quantile">0 to 1.</param>
    public long Percentile(double quantile)
    {
        if (Count == 0)
        {
            return 0;
        }

        var rank = Math.Clamp((long)Math.Ceiling(quantile * Count), 1, Count);
        if (rank == Count)
        {
            return Max;
        }

        var seen = 0L;
        for (var octave = 0; octave < _counts.Length; octave++)
        {
            if (_counts[octave] is not { } counts)
            {
                continue;
            }

            for (var sub = 0; sub < SubBuckets; sub++)
            {
                seen += counts[sub];
                if (seen >= rank)
                {
                    return Math.Clamp(Middle(octave, sub), Min, Max);
                }
            }
        }

        return Max;
    }

    // Values below 32 have a bucket each (octave 0); above, the top bit gives the octave and the next five the bucket.
    private static (int Octave, int Sub) Locate(long value)
    {
        if (value < SubBuckets)
        {
            return (0, (int)value);
        }

        var shift = BitOperations.Log2((ulong)value) - SubBits;
        return (shift + 1, (int)(value >> shift) & (SubBuckets - 1));
    }

    private static long Middle(int octave, int sub)
    {
        if (octave == 0)
        {
            return sub;
        }

        var shift = octave - 1;
        return ((long)(SubBuckets + sub) << shift) + ((1L << shift) / 2);
    }
}
