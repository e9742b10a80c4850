// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using L7Trace.Analysis.Reports;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Reports;

public sealed class ExponentialHistogramTests
{
    private static readonly double[] s_quantiles = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

    /// <summary>Names a distribution and draws from it.</summary>
    private static readonly (string Name, Func<Random, long> Draw)[] s_distributions =
    [
        ("log-uniform, 1 ns to 30 minutes", static r => (long)Math.Exp(r.NextDouble() * 28.2)),
        ("uniform, small", static r => r.Next(0, 300)),
        ("uniform, milliseconds", static r => r.NextInt64(1_000_000, 9_000_000)),
        ("exponential", static r => (long)(-Math.Log(1 - r.NextDouble()) * 250_000)),
        ("two modes", static r => r.Next(10) == 0 ? r.NextInt64(1_000_000_000, 2_000_000_000) : r.NextInt64(80_000, 120_000)),
        ("heavy tail", static r => (long)Math.Min(1e18, 50_000 / Math.Pow(1 - r.NextDouble(), 2.5))),
        ("all of the range of a long", static r => r.NextInt64() >> r.Next(63)),
        ("powers of two and their neighbours", static r => (1L << r.Next(62)) + r.Next(-1, 2)),
    ];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Percentiles_are_within_two_percent_of_those_of_the_sorted_values(int seed)
    {
        var random = new Random(seed);
        foreach (var (name, draw) in s_distributions)
        {
            var histogram = new ExponentialHistogram();
            var values = new long[random.Next(1, 20_000)];
            for (var i = 0; i < values.Length; i++)
            {
                histogram.Record(values[i] = draw(random));
            }

            Array.Sort(values);
            foreach (var quantile in s_quantiles)
            {
                var truth = values[Math.Clamp((int)Math.Ceiling(quantile * values.Length), 1, values.Length) - 1];
                var error = Math.Abs((double)histogram.Percentile(quantile) - truth);
                Assert.True(error <= truth * 0.019, $"{name}, {quantile}: {histogram.Percentile(quantile)} for {truth}");
            }

            var average = values.Average(static value => (double)value);
            var variance = values.Average(value => (value - average) * (value - average));
            Assert.Equal(values.Length, histogram.Count);
            Assert.Equal((values[0], values[^1]), (histogram.Min, histogram.Max));
            Assert.Equal(average, histogram.Average, average * 1e-9);
            Assert.Equal(variance, histogram.Variance, variance * 1e-6);
        }
    }

    [Fact]
    public void The_percentiles_of_three_million_values_take_less_than_sixteen_kilobytes()
    {
        var random = new Random(5);
        var histogram = new ExponentialHistogram();
        for (var shift = 0; shift < 63; shift++)
        {
            histogram.Record(1L << shift);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        var fresh = new ExponentialHistogram();
        for (var i = 0; i < 3_000_000; i++)
        {
            fresh.Record(random.NextInt64() >> (i % 63));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 64 * 1024); // with what growing threw away
        Assert.Equal(3_000_000, fresh.Count);
        Assert.InRange(fresh.Buckets().Count, 1, 16 * 1024 / sizeof(long));
    }

    [Fact]
    public void A_value_lies_within_the_bounds_of_its_bucket_exactly()
    {
        // 2^(i/32) < v <= 2^((i+1)/32), in whole numbers: 2^i < v^32 <= 2^(i+1).
        var random = new Random(11);
        var values = Enumerable.Range(1, 5000).Select(static v => (long)v)
            .Concat(Enumerable.Range(0, 63).SelectMany(static s => new[] { (1L << s) - 1, 1L << s, (1L << s) + 1 }))
            .Concat(Enumerable.Range(0, 2000).Select(_ => random.NextInt64() >> random.Next(62)))
            .Concat(Enumerable.Range(0, 2016).SelectMany(static i =>
            {
                var bound = (long)Math.Min(ExponentialHistogram.UpperBound(i), 9e18);
                return new[] { bound - 1, bound, bound + 1 };
            }))
            .Where(static v => v > 0);
        foreach (var value in values)
        {
            var index = ExponentialHistogram.BucketOf(value);
            var power = BigInteger.Pow(value, 32);
            Assert.True(power > BigInteger.Pow(2, Math.Max(0, index)) || (value == 1 && index == -1), $"{value}: bucket {index} is too high");
            Assert.True(power <= BigInteger.Pow(2, index + 1), $"{value}: bucket {index} is too low");
        }
    }

    [Fact]
    public void The_buckets_and_the_zeros_hold_every_value_once()
    {
        var random = new Random(3);
        var histogram = new ExponentialHistogram();
        var expected = new SortedDictionary<int, long>();
        for (var i = 0; i < 20_000; i++)
        {
            var value = random.Next(5) == 0 ? random.Next(0, 70) : random.NextInt64() >> random.Next(63);
            histogram.Record(value);
            if (value > 0)
            {
                var index = ExponentialHistogram.BucketOf(value);
                expected[index] = expected.GetValueOrDefault(index) + 1;
            }
        }

        Assert.Equal(expected.Select(static pair => (pair.Key, pair.Value)), histogram.Buckets());
        Assert.Equal(20_000 - expected.Values.Sum(), histogram.ZeroCount);
    }

    [Fact]
    public void Every_power_of_two_and_its_neighbours_find_a_bucket_that_is_near()
    {
        for (var shift = 0; shift < 63; shift++)
        {
            for (var delta = -1; delta <= 1; delta++)
            {
                var value = (1L << shift) + delta;
                var histogram = new ExponentialHistogram();
                histogram.Record(value);
                histogram.Record(long.MaxValue);
                Assert.InRange((double)histogram.Percentile(0.5), value * 0.98, Math.Max(value * 1.02, value));
            }
        }
    }

    [Fact]
    public void Merged_ones_equal_one_that_saw_everything()
    {
        var (a, b, all) = (new ExponentialHistogram(), new ExponentialHistogram(), new ExponentialHistogram());
        for (var i = 1; i <= 1000; i++)
        {
            (i % 3 == 0 ? a : b).Record(i * 1000);
            all.Record(i * 1000);
        }

        a.Merge(b);
        a.Merge(new ExponentialHistogram());

        Assert.Equal((all.Count, all.Sum, all.Min, all.Max), (a.Count, a.Sum, a.Min, a.Max));
        Assert.All(s_quantiles, q => Assert.Equal(all.Percentile(q), a.Percentile(q)));
        Assert.Equal(all.Variance, a.Variance, all.Variance * 1e-12);
        Assert.Equal(all.Buckets(), a.Buckets());
    }

    [Fact]
    public void An_empty_one_says_zero()
    {
        var histogram = new ExponentialHistogram();

        Assert.Equal((0, 0, 0, 0d), (histogram.Count, histogram.Max, histogram.Percentile(0.99), histogram.Average));
    }

    [Fact]
    public void One_value_is_every_percentile()
    {
        var histogram = new ExponentialHistogram();
        histogram.Record(123_456_789);
        histogram.Record(123_456_789);

        Assert.Equal(123_456_789, histogram.Percentile(0.5));
    }

    [Fact]
    public void A_negative_latency_counts_as_none()
    {
        var histogram = new ExponentialHistogram();
        histogram.Record(-5);

        Assert.Equal((1, 0, 0), (histogram.Count, histogram.Max, histogram.Min));
    }
}
