// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Captures.Tcp;
using Xunit;

namespace L7Trace.UnitTests.Captures;

/// <summary>Since when missing bytes are waited for.</summary>
public sealed class TcpHalfTests
{
    private const long Millisecond = 1_000_000;
    private readonly TcpHalf _half = new();

    public TcpHalfTests() => _half.StartAt(uint.MaxValue); // its first byte has offset 0

    [Fact]
    public void A_hole_that_was_acknowledged_behind_another_has_been_waited_for_since_then()
    {
        Hold(10, 20, at: 100);
        Assert.Equal(0, _half.PassedAt);
        Acknowledge(20, at: 101);
        Assert.Equal(101 * Millisecond, _half.PassedAt);
        Hold(30, 40, at: 105);
        Acknowledge(40, at: 108);
        Hold(50, 60, at: 110);

        GiveUpFirst(at: 121);
        Assert.Equal(108 * Millisecond, _half.PassedAt);

        GiveUpFirst(at: 128);
        Assert.Equal(0, _half.PassedAt);
    }

    [Fact]
    public void Both_may_be_acknowledged_at_once()
    {
        Hold(10, 20, at: 100);
        Hold(30, 40, at: 101);
        Acknowledge(40, at: 102);

        GiveUpFirst(at: 122);

        Assert.Equal(102 * Millisecond, _half.PassedAt);
    }

    [Fact]
    public void What_an_earlier_wait_noted_is_forgotten_with_it()
    {
        Hold(10, 20, at: 100);
        Acknowledge(40, at: 102); // ahead of what was captured
        GiveUpFirst(at: 122);
        _half.MoveTo(25);

        Hold(30, 40, at: 200);

        Assert.Equal(200 * Millisecond, _half.PassedAt);
    }

    [Fact]
    public void However_many_acknowledgments_there_are_a_hole_is_not_given_up_before_its_time()
    {
        Hold(10, 20, at: 100);
        for (var i = 0; i < 2000; i++)
        {
            Acknowledge((ulong)(20 + i), at: 101 + i);
        }

        Hold(2010, 2020, at: 2150);
        Acknowledge(2020, at: 2151);
        GiveUpFirst(at: 2152);

        Assert.Equal(2152 * Millisecond, _half.PassedAt);
    }

    private void Hold(ulong from, ulong to, long at) => _half.Hold(from, (uint)(to - from), new byte[to - from], at * Millisecond, at * Millisecond);

    private void Acknowledge(ulong offset, long at) => _half.Acknowledge((uint)offset, at * Millisecond);

    private void GiveUpFirst(long at)
    {
        var piece = _half.Take();
        _half.MoveTo(piece.End);
        piece.Return();
        _half.FindPassed(at * Millisecond);
    }
}
