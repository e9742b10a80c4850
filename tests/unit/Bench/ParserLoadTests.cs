// SPDX-License-Identifier: Apache-2.0
using L7Trace.Micro;
using Xunit;

namespace L7Trace.UnitTests.Bench;

/// <summary>
/// The loads of bench/Micro, small: what is measured there is read right, and costs no more memory than it did. Bytes allocated are, unlike
/// times, the same in every run; the bounds have room for a field more, and none for anything that is made per segment, frame or row.
/// </summary>
public sealed class ParserLoadTests
{
    public static TheoryData<string> Names() => [.. ParserLoads.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_exchange_of_a_load_is_found_whole_in_each_round(string name)
    {
        var load = ParserLoads.Make(name, 0.01);
        for (var round = 1; round <= 3; round++)
        {
            load.Play();
            Assert.Equal((round * load.Exchanges, round * load.Exchanges), (load.Found, load.Whole));
        }
    }

    [Theory]
    [InlineData("mysql-point", 660)]
    [InlineData("mysql-prepared", 570)]
    [InlineData("http1-small", 810)]
    [InlineData("http2-small", 620)]
    public void A_small_exchange_allocates_no_more_than_it_did(string name, long most)
    {
        Assert.False(ParserLoads.IsOfBytes(name));
        var (few, many) = (ParserLoads.Make(name, 0.2), ParserLoads.Make(name, 1));

        // What a connection costs by itself is in both.
        var perExchange = (double)(AllocatedBy(many) - AllocatedBy(few)) / (many.Exchanges - few.Exchanges);

        Assert.InRange(perExchange, 1, most);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_chunks_frames_and_segments_allocate_nothing(string name)
    {
        if (ParserLoads.IsOfBytes(name))
        {
            var (few, many) = (ParserLoads.Make(name, 0.02), ParserLoads.Make(name, 0.2));
            Assert.True(many.Segments > few.Segments + 50);

            Assert.InRange(AllocatedBy(many) - AllocatedBy(few), -500, 500);
        }
    }

    // Of one round, when all that is kept for reuse is there.
    private static long AllocatedBy(ParserLoad load)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 12; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            load.Play();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
