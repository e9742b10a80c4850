// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.SlowSql;
using Xunit;

namespace L7Trace.UnitTests.Analysis.SlowSql;

public sealed class TimeSeriesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_time_is_counted_in_the_interval_that_holds_it(int seed)
    {
        var random = new Random(seed);
        var series = new TimeSeries<LoadInterval>(100, 10);
        var times = new List<long>();
        for (var i = 0; i < 500; i++)
        {
            var time = random.NextInt64(1_000_000, 1_000_000 + (200L << random.Next(20)));
            times.Add(time);
            series.At(time).Add(7);
            Assert.InRange(series.Intervals.Count, 1, 10);
        }

        for (var i = 0; i < series.Intervals.Count; i++)
        {
            var begin = series.Start + (i * series.Width);
            var expected = times.Count(time => time >= begin && time < begin + series.Width);
            Assert.Equal((expected, expected * 7.0), (series.Intervals[i]?.Calls ?? 0, series.Intervals[i]?.Time ?? 0));
        }

        Assert.Equal(times.Count, series.Intervals.Sum(interval => interval?.Calls ?? 0));
    }

    [Fact]
    public void Times_as_far_apart_as_can_be_find_room()
    {
        var series = new TimeSeries<LoadInterval>(100, 10);
        foreach (var time in (long[])[long.MaxValue, 0, -5, 1_700_000_000_000_000_000])
        {
            series.At(time).Add(null);
        }

        Assert.Equal(4, series.Intervals.Sum(interval => interval?.Calls ?? 0));
    }

    [Fact]
    public void Merged_ones_equal_one_that_saw_everything()
    {
        var (a, b, all) = (new TimeSeries<LoadInterval>(100, 10), new TimeSeries<LoadInterval>(100, 10), new TimeSeries<LoadInterval>(100, 10));
        for (var i = 0; i < 200; i++)
        {
            (i % 3 == 0 ? a : b).At(5000 + (i * 37)).Add(i);
            all.At(5000 + (i * 37)).Add(i);
        }

        a.Merge(b);

        Assert.Equal((all.Start, all.Width), (a.Start, a.Width));
        Assert.Equal(all.Intervals.Select(x => x?.Time), a.Intervals.Select(x => x?.Time));
    }
}
