// SPDX-License-Identifier: Apache-2.0
using System.Numerics;

namespace L7Trace.Analysis.Reports;

/// <summary>
/// Whole numbers from 0 (nanoseconds, rows, bytes) counted in the buckets of OpenTelemetry's base-2 exponential histogram
/// (metrics data model, "ExponentialHistogram") of scale <see cref="Scale"/>: bucket i holds what is greater than
/// 2^(i/32) and not greater than 2^((i+1)/32). A percentile is off by at most 1.9 % of its value; below 64 each value
/// is counted by itself and nothing is off. Count, sum, minimum and maximum are exact. Memory grows with the powers of two
/// that were met, up to about 15 KB. Not thread-safe.
/// </summary>
public sealed class ExponentialHistogram
{
    /// <summary>OpenTelemetry's scale: 2^5 buckets for each power of two.</summary>
    public const int Scale = 5;

    private const int ChunkSize = 1 << Scale;
    private const int LinearChunks = 2; // 0 to 31 and 32 to 63, a counter each
    private const long FirstExponential = LinearChunks * ChunkSize;
    private const int FirstOctave = 5; // 64 itself is the last value of the bucket that ends with it

    private long[]?[] _chunks = [];
    private int _firstChunk;
    private double _mean;
    private double _squares;

    // 2^(63 + j/32), rounded down: what of a number, shifted until its top bit is set, exceeds it belongs to bucket j.
    private static readonly ulong[] s_bounds =
    [
        0x8000000000000000, 0x82cd8698ac2ba1d7, 0x85aac367cc487b14, 0x88980e8092da8527,
        0x8b95c1e3ea8bd6e6, 0x8ea4398b45cd53c0, 0x91c3d373ab11c336, 0x94f4efa8fef70961,
        0x9837f0518db8a96f, 0x9b8d39b9d54e5538, 0x9ef5326091a111ad, 0xa27043030c496818,
        0xa5fed6a9b15138ea, 0xa9a15ab4ea7c0ef8, 0xad583eea42a14ac6, 0xb123f581d2ac258f,
        0xb504f333f9de6484, 0xb8fbaf4762fb9ee9, 0xbd08a39f580c36be, 0xc12c4cca66709456,
        0xc5672a115506dadd, 0xc9b9bd866e2f27a2, 0xce248c151f8480e3, 0xd2a81d91f12ae45a,
        0xd744fccad69d6af4, 0xdbfbb797daf23755, 0xe0ccdeec2a94e111, 0xe5b906e77c8348a8,
        0xeac0c6e7dd24392e, 0xefe4b99bdcdaf5cb, 0xf5257d152486cc2c, 0xfa83b2db722a033a,
    ];

    /// <summary>Values recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Their sum.</summary>
    public double Sum { get; private set; }

    /// <summary>The smallest, 0 when there is none.</summary>
    public long Min { get; private set; }

    /// <summary>The largest, 0 when there is none.</summary>
    public long Max { get; private set; }

    /// <summary>Their average, 0 when there is none.</summary>
    public double Average => Count == 0 ? 0 : Sum / Count;

    /// <summary>Their variance (of all values, not of a sample), 0 when there is none.</summary>
    public double Variance => Count == 0 ? 0 : _squares / Count;

    /// <summary>The square root of <see cref="Variance"/>.</summary>
    public double StandardDeviation => Math.Sqrt(Variance);

    /// <summary>Values that are 0: OpenTelemetry's zero_count.</summary>
    public long ZeroCount => ChunkAt(0) is { } first ? first[0] : 0;

    /// <summary>Records a value; a negative one counts as 0.</summary>
    public void Record(long value)
    {
        value = Math.Max(0, value);
        var (chunk, index) = Locate(value);
        (ChunkAt(chunk) ?? MakeChunk(chunk))[index]++;
        Min = Count == 0 ? value : Math.Min(Min, value);
        Max = Math.Max(Max, value);
        Count++;
        Sum += value;

        // Welford's way: squares of large numbers that hardly differ would leave nothing.
        var distance = value - _mean;
        _mean += distance / Count;
        _squares += distance * (value - _mean);
    }

    /// <summary>Adds what another one has recorded.</summary>
    public void Merge(ExponentialHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Count == 0)
        {
            return;
        }

        for (var i = 0; i < other._chunks.Length; i++)
        {
            if (other._chunks[i] is { } theirs)
            {
                var chunk = other._firstChunk + i;
                var ours = ChunkAt(chunk) ?? MakeChunk(chunk);
                for (var j = 0; j < ChunkSize; j++)
                {
                    ours[j] += theirs[j];
                }
            }
        }

        Min = Count == 0 ? other.Min : Math.Min(Min, other.Min);
        Max = Math.Max(Max, other.Max);
        var all = (double)Count + other.Count;
        var distance = other._mean - _mean;
        _squares += other._squares + (distance * distance * (Count / all) * other.Count);
        _mean += distance * (other.Count / all);
        Count += other.Count;
        Sum += other.Sum;
    }

    /// <summary>
    /// About the smallest recorded value that at least this share of all values does not exceed (nearest rank); 0 when
    /// nothing was recorded.
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
        for (var i = 0; i < _chunks.Length; i++)
        {
            if (_chunks[i] is not { } counts)
            {
                continue;
            }

            for (var j = 0; j < ChunkSize; j++)
            {
                seen += counts[j];
                if (seen >= rank)
                {
                    return Math.Clamp(Middle(_firstChunk + i, j), Min, Max);
                }
            }
        }

        return Max;
    }

    /// <summary>
    /// The buckets that hold something, by rising OpenTelemetry index; values of 0 are in none
    /// (<see cref="ZeroCount"/>). Indexes of neighbours may differ by more than one.
    /// </summary>
    public IReadOnlyList<(int Index, long Count)> Buckets()
    {
        var buckets = new List<(int Index, long Count)>();
        for (var i = 0; i < _chunks.Length; i++)
        {
            for (var j = 0; _chunks[i] is { } counts && j < ChunkSize; j++)
            {
                var chunk = _firstChunk + i;
                if (counts[j] == 0 || (chunk | j) == 0)
                {
                    continue;
                }

                var index = chunk < LinearChunks ? BucketOf((chunk * ChunkSize) + j) : ((chunk - LinearChunks + FirstOctave) * ChunkSize) + j;
                if (buckets.Count > 0 && buckets[^1].Index == index)
                {
                    buckets[^1] = (index, buckets[^1].Count + counts[j]);
                }
                else
                {
                    buckets.Add((index, counts[j]));
                }
            }
        }

        return buckets;
    }

    /// <summary>OpenTelemetry's index of the bucket of a value from 1.</summary>
    public static int BucketOf(long value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        var shift = BitOperations.LeadingZeroCount((ulong)value);
        var octave = 63 - shift;
        var top = (ulong)value << shift;
        if (top == s_bounds[0])
        {
            return (octave * ChunkSize) - 1; // a power of two is the last value of its bucket
        }

        // log2(1 + x) is at least x: 32 equal steps give the bucket or one up to three below it.
        var bucket = (int)((top >> (63 - Scale)) & (ChunkSize - 1));
        while (bucket + 1 < ChunkSize && top > s_bounds[bucket + 1])
        {
            bucket++;
        }

        return (octave * ChunkSize) + bucket;
    }

    /// <summary>The upper bound of a bucket, which belongs to it.</summary>
    public static double UpperBound(int index) => Math.Pow(2, (index + 1) / (double)ChunkSize);

    private static (int Chunk, int Index) Locate(long value)
    {
        if (value < FirstExponential)
        {
            return ((int)(value >> Scale), (int)(value & (ChunkSize - 1)));
        }

        var bucket = BucketOf(value);
        return ((bucket >> Scale) - FirstOctave + LinearChunks, bucket & (ChunkSize - 1));
    }

    private static long Middle(int chunk, int index) => chunk < LinearChunks
        ? (chunk * ChunkSize) + index
        : (long)Math.Min(
            Math.Round(Math.Pow(2, chunk - LinearChunks + FirstOctave + ((index + 0.5) / ChunkSize))), long.MaxValue);

    private long[]? ChunkAt(int chunk)
    {
        var at = chunk - _firstChunk;
        return (uint)at < (uint)_chunks.Length ? _chunks[at] : null;
    }

    private long[] MakeChunk(int chunk)
    {
        if (_chunks.Length == 0)
        {
            _firstChunk = chunk;
        }

        var first = Math.Min(_firstChunk, chunk);
        var end = Math.Max(_firstChunk + _chunks.Length, chunk + 1);
        if (end - first != _chunks.Length)
        {
            var larger = new long[]?[end - first];
            _chunks.CopyTo(larger, _firstChunk - first);
            (_chunks, _firstChunk) = (larger, first);
        }

        return _chunks[chunk - first] = new long[ChunkSize];
    }
}
