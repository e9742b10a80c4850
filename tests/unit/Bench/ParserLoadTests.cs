// SPDX-License-Identifier: Apache-2.0
using L7Trace.Micro;
using Xunit;

namespace L7Trace.UnitTests.Bench;

/// <summary>
/// The loads of bench/Micro, small: what is measured there is read right, and nothing is allocated per segment, packet, frame or row. What an
/// exchange allocates is <see cref="FigureTests"/>'s.
/// </summary>
public sealed class ParserLoadTests
{
    // Bytes that the runtime itself allocates on the thread now and then, where other tests keep it busy. What is allocated for each of a
    // hundred segments, in the smallest of objects, is four times as much.
    private const int Noise = 500;

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
    [MemberData(nameof(Names))]
    public void Rows_chunks_frames_and_segments_allocate_nothing(string name)
    {
        if (ParserLoads.IsOfBytes(name))
        {
            var (few, many) = (ParserLoads.Make(name, 0.02), ParserLoads.Make(name, 0.2));
            Assert.True(many.Segments > few.Segments + 50);

            Assert.InRange(FigureTests.AllocatedBy(many) - FigureTests.AllocatedBy(few), -Noise, Noise);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void However_many_segments_it_comes_in_a_load_allocates_the_same(string name)
    {
        var (size, scale) = ParserLoads.IsOfBytes(name) ? (100, 0.02) : (7, 0.1);
        var (few, many) = (ParserLoads.Make(name, scale), ParserLoads.Make(name, scale * 2));
        var (fewCut, manyCut) = (few.InCallsOf(size), many.InCallsOf(size));
        Assert.True(manyCut.Segments - fewCut.Segments > (many.Segments - few.Segments) + 100);

        var (whole, cut) = (FigureTests.AllocatedBy(many) - FigureTests.AllocatedBy(few), FigureTests.AllocatedBy(manyCut) - FigureTests.AllocatedBy(fewCut));
        Assert.InRange(cut - whole, -Noise, Noise);
    }
}
