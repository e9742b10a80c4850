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
    private int _collections;
    private bool _isShut;

    public MemoryGuardTests()
    {
        _guard = new MemoryGuard(Limit, () => _held, Collect, _givenUp.Add, shut => _isShut = shut);
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
    public void Collections_are_not_all_that_is_done()
    {
        _held = Limit;
        for (var i = 0; i < 1000; i++)
        {
            _guard.Tick(Second + (i * 1_000_000));
        }

        Assert.InRange(_collections, 2, 10);
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

    private void Collect()
    {
        _collections++;
        _held -= _garbage;
        _garbage = 0;
    }
}
