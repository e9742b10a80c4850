// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class MemoryGuardTests
{
    private const long Limit = 64 * 1024 * 1024;
    private const long Second = 1_000_000_000;

    private readonly List<long> _givenUp = [];
    private readonly MemoryGuard _guard;
    private long _held;
    private long _garbage;
    private long _connections;
    private int _collections;
    private bool _isShut;

    public MemoryGuardTests()
    {
        _guard = new MemoryGuard(Limit, () => _held, Collect, GiveUp, shut => _isShut = shut);
    }

    [Fact]
    public void Nothing_is_done_below_the_mark()
    {
        _held = Limit / 2;
        _guard.Tick(Second);
        Assert.Equal(0, _collections);
        Assert.Empty(_givenUp);
        Assert.False(_isShut);
    }

    [Fact]
    public void Garbage_is_collected_first_and_may_be_all_that_there_was()
    {
        (_held, _garbage) = (Limit, Limit / 2);
        _guard.Tick(Second);
        Assert.Equal(1, _collections);
        Assert.Empty(_givenUp);
        Assert.False(_isShut);
    }

    [Fact]
    public void What_is_still_too_much_is_given_up_and_above_the_limit_nothing_new_is_taken()
    {
        _held = Limit + 1;
        _guard.Tick(Second);
        Assert.Equal([(Limit / 4) + 1], _givenUp);
        Assert.True(_isShut);

        _held = Limit / 2;
        _guard.Tick(2 * Second);
        Assert.Single(_givenUp);
        Assert.False(_isShut);
    }

    [Fact]
    public void What_is_given_up_is_free_at_once_and_not_at_the_next_collection()
    {
        (_held, _connections) = (Limit + 1, Limit);
        _guard.Tick(Second);

        Assert.Equal(Limit / 4 * 3, _held);
        Assert.False(_isShut);
    }

    [Fact]
    public void Above_the_limit_the_next_burst_is_not_waited_out()
    {
        for (var burst = 0; burst < 3; burst++)
        {
            (_held, _connections) = (Limit + 1, Limit);
            _guard.Tick(Second + (burst * 10_000_000));
            Assert.Equal(burst + 1, _givenUp.Count);
            Assert.True(_held < Limit);
        }
    }

    [Fact]
    public void Between_mark_and_limit_the_next_collection_is_waited_for()
    {
        _held = Limit - 1;
        for (var i = 0; i <= 10; i++)
        {
            _guard.Tick(Second + (i * 10_000_000));
        }

        Assert.Equal(2, _collections);
        Assert.Single(_givenUp);
        Assert.False(_isShut);
    }

    [Fact]
    public void Where_the_next_look_would_find_too_much_it_is_not_waited_for()
    {
        (_held, _connections) = (Limit / 2, Limit / 2);
        _guard.Tick(Second);
        Assert.Equal(0, _collections);

        (_held, _connections) = (Limit / 4 * 3, Limit / 4 * 3);
        _guard.Tick(Second + 5_000_000);

        Assert.Equal([Limit / 4], _givenUp);
        Assert.Equal(Limit / 2, _held);
    }

    [Fact]
    public void Where_nothing_helps_it_is_not_tried_all_the_time()
    {
        _held = 2 * Limit;
        for (var i = 0; i < 100; i++)
        {
            _guard.Tick(Second + (i * 10_000_000));
        }

        Assert.Equal(5, _givenUp.Count);
        Assert.True(_isShut);
    }

    [Fact]
    public void Collections_are_not_all_that_is_done()
    {
        _held = Limit;
        for (var i = 0; i < 1000; i++)
        {
            _guard.Tick(Second + (i * 1_000_000));
        }

        Assert.InRange(_collections, 2, 12);
    }

    [Fact]
    public void This_process_is_measured_without_what_it_shares()
    {
        var shut = true;
        MemoryGuard.OfThisProcess(long.MaxValue / 16, _givenUp.Add, x => shut = x).Tick(Second);
        Assert.False(shut);

        MemoryGuard.OfThisProcess(1024 * 1024, _givenUp.Add, x => shut = x).Tick(Second);
        Assert.True(shut);
        Assert.InRange(Assert.Single(_givenUp), 1, Environment.WorkingSet);
    }

    // It is garbage then.
    private void GiveUp(long bytes)
    {
        _givenUp.Add(bytes);
        _garbage += Math.Min(bytes, _connections);
        _connections -= Math.Min(bytes, _connections);
    }

    private void Collect()
    {
        _collections++;
        _held -= _garbage;
        _garbage = 0;
    }
}
