// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class IdleCollectorTests
{
    private const long Second = 1_000_000_000;
    private const long Megabyte = 1024 * 1024;

    private readonly IdleCollector _collector;
    private long _allocated;
    private int _collections;

    public IdleCollectorTests() => _collector = new IdleCollector(() => _allocated, () => _collections++);

    [Fact]
    public void It_collects_once_when_nothing_has_happened_for_a_second()
    {
        _allocated = 100 * Megabyte;
        for (var i = 0; i < 100; i++)
        {
            _collector.Tick(i * Second / 10, position: 7);
        }

        Assert.Equal(1, _collections);
    }

    [Fact]
    public void It_leaves_a_busy_trace_alone()
    {
        for (var i = 0; i < 100; i++)
        {
            _allocated += Megabyte;
            _collector.Tick(i * Second / 2, position: i);
        }

        Assert.Equal(0, _collections);
    }

    [Fact]
    public void It_collects_again_after_more_work()
    {
        _allocated = 3 * Megabyte;
        _collector.Tick(0, position: 1);
        _collector.Tick(Second, position: 1);
        _collector.Tick(2 * Second, position: 1);
        Assert.Equal(1, _collections);

        _allocated = 6 * Megabyte;
        _collector.Tick(3 * Second, position: 2);
        _collector.Tick(4 * Second, position: 2);
        Assert.Equal(2, _collections);
    }
}
