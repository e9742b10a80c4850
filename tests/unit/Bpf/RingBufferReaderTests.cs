// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Bpf;

public sealed class RingBufferReaderTests
{
    [Fact]
    public void Records_come_out_in_order()
    {
        var ring = new FakeRing(256);
        ring.Append("one"u8);
        ring.Append("three"u8);
        Assert.Equal(["one", "three"], ReadAll(ring));
    }

    [Fact]
    public void An_empty_record_is_a_record()
    {
        var ring = new FakeRing(256);
        ring.Append([]);
        ring.Append("x"u8);
        Assert.Equal(["", "x"], ReadAll(ring));
    }

    [Fact]
    public void A_discarded_record_is_passed_over()
    {
        var ring = new FakeRing(256);
        ring.Append("one"u8);
        ring.Append("never"u8, discard: true);
        ring.Append("two"u8);
        Assert.Equal(["one", "two"], ReadAll(ring));
    }

    [Fact]
    public void Reading_stops_at_a_record_that_is_still_being_written_and_goes_on_when_it_is_committed()
    {
        var ring = new FakeRing(256);
        ring.Append("one"u8);
        var busy = ring.Reserve(3);
        ring.Append("three"u8);
        Assert.Equal(["one"], ReadAll(ring));
        Assert.Equal(busy, ring.Reader.Position);
        ring.Commit(busy, "two"u8);
        Assert.Equal(["two", "three"], ReadAll(ring));
        Assert.Equal(ring.Reader.ProducerPosition, ring.Reader.Position);
    }

    [Fact]
    public void Records_behind_the_limit_are_left_for_the_next_time()
    {
        var ring = new FakeRing(256);
        ring.Append("one"u8);
        var limit = ring.Reader.ProducerPosition;
        ring.Append("two"u8);
        Assert.True(ring.Reader.TryRead(limit, out var record));
        Assert.Equal("one", Encoding.UTF8.GetString(record));
        Assert.False(ring.Reader.TryRead(limit, out _));
        Assert.Equal(["two"], ReadAll(ring));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(56UL)]
    [InlineData((1UL << 32) - 64)]
    public void Records_of_every_length_stay_whole_across_the_end_of_the_ring(ulong position)
    {
        var ring = new FakeRing(64, position);
        for (var length = 0; length <= 56; length++)
        {
            var payload = Enumerable.Range(length, length).Select(i => (byte)i).ToArray();
            ring.Append(payload);
            Assert.True(ring.Reader.TryRead(ring.Reader.ProducerPosition, out var record));
            Assert.Equal(payload, record.ToArray());
            ring.Reader.Release();
        }
    }

    [Fact]
    public void Room_is_given_back_when_it_is_released_and_not_before()
    {
        var ring = new FakeRing(256);
        ring.Append("one"u8);
        Assert.True(ring.Reader.TryRead(ring.Reader.ProducerPosition, out _));
        Assert.Equal(0UL, ring.ReleasedPosition);
        ring.Reader.Release();
        Assert.Equal(ring.Reader.Position, ring.ReleasedPosition);
    }

    [Fact]
    public void A_long_run_gives_room_back_on_its_way()
    {
        var ring = new FakeRing(1 << 18);
        var payload = new byte[1000];
        for (var i = 0; i < 200; i++)
        {
            ring.Append(payload);
        }

        var limit = ring.Reader.ProducerPosition;
        for (var i = 0; i < 150; i++)
        {
            Assert.True(ring.Reader.TryRead(limit, out _));
        }

        Assert.InRange(ring.ReleasedPosition, 65_536UL, ring.Reader.Position);
    }

    [Fact]
    public void The_fill_is_what_waits_to_be_read()
    {
        var ring = new FakeRing(256);
        Assert.Equal(0, ring.Reader.Fill);
        ring.Append(new byte[56]);
        Assert.Equal(0.25, ring.Reader.Fill);
        ReadAll(ring);
        Assert.Equal(0, ring.Reader.Fill);
    }

    private static List<string> ReadAll(FakeRing ring)
    {
        var records = new List<string>();
        while (ring.Reader.TryRead(ring.Reader.ProducerPosition, out var record))
        {
            records.Add(Encoding.UTF8.GetString(record));
        }

        ring.Reader.Release();
        return records;
    }
}
