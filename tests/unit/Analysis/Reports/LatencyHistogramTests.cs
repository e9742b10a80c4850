// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Reports;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Reports;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_within_two_percent_of_the_true_ones()
    {
        var random = new Random(7);
        foreach (var spread in (double[])[1, 3, 8, 15])
        {
            var histogram = new LatencyHistogram();
            var values = new List<long>();
            for (var i = 0; i < 50_000; i++)
            {
                var value = (long)Math.Exp(random.NextDouble() * spread * 2.3);
                values.Add(value);
                histogram.Record(value);
            }

            values.Sort();
            foreach (var quantile in (double[])[0, 0.001, 0.1, 0.5, 0.9, 0.95, 0.99, 0.999, 1])
            {
                var truth = values[Math.Clamp((int)Math.Ceiling(quantile * values.Count), 1, values.Count) - 1];
                Assert.InRange(histogram.Percentile(quantile), truth * 0.98, truth * 1.02);
            }

            Assert.Equal(values.Count, histogram.Count);
            Assert.Equal(values.Sum(), histogram.Sum, values.Sum() * 1e-12);
            Assert.Equal((values[0], values[^1]), (histogram.Min, histogram.Max));
        }
    }

    [Fact]
    public void Every_power_of_two_and_its_neighbours_find_a_bucket_that_is_near()
    {
        for (var shift = 0; shift < 63; shift++)
        {
            for (var delta = -1; delta <= 1; delta++)
            {
                var value = (1L << shift) + delta;
                var histogram = new LatencyHistogram();
                histogram.Record(value);
                histogram.Record(long.MaxValue);
                Assert.InRange((double)histogram.Percentile(0.5), value * 0.98, Math.Max(value * 1.02, value));
            }
        }
    }

    [Fact]
    public void Merged_ones_equal_one_that_saw_everything()
    {
        var (a, b, all) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        for (var i = 1; i <= 1000; i++)
        {
            (i % 3 == 0 ? a : b).Record(i * 1000);
            all.Record(i * 1000);
        }

        a.Merge(b);
        a.Merge(new LatencyHistogram());

        Assert.Equal((all.Count, all.Sum, all.Min, all.Max), (a.Count, a.Sum, a.Min, a.Max));
        Assert.All((double[])[0.01, 0.5, 0.99], q => Assert.Equal(all.Percentile(q), a.Percentile(q)));
    }

    [Fact]
    public void An_empty_one_says_zero()
    {
        var histogram = new LatencyHistogram();

        Assert.Equal((0, 0, 0, 0d), (histogram.Count, histogram.Max, histogram.Percentile(0.99), histogram.Average));
    }

    [Fact]
    public void One_value_is_every_percentile()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(123_456_789);
        histogram.Record(123_456_789);

        Assert.Equal(123_456_789, histogram.Percentile(0.5));
    }

    [Fact]
    public void A_negative_latency_counts_as_none()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);

        Assert.Equal((1, 0, 0), (histogram.Count, histogram.Max, histogram.Min));
    }
}
