// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers.Protocols.Http2;
using L7Trace.Parsers.Protocols.Http2.Hpack;
using Xunit;

namespace L7Trace.UnitTests.Http2;

/// <summary>Other encoders' header blocks: exact from the start, and never wrong from anywhere else.</summary>
public sealed class HpackCorpusTests(ITestOutputHelper output)
{
    private const int MostKept = 64 * 1024;
    private const int MostRead = 40; // blocks behind a join

    [Fact]
    public void Every_field_of_every_story_comes_out_as_it_was_encoded()
    {
        var fields = 0;
        foreach (var story in HpackStory.All())
        {
            var decoder = new HpackDecoder(new HpackDynamicTable(MostKept, fromStart: true));
            foreach (var (block, expected) in story.Blocks)
            {
                var found = new HeaderFields(int.MaxValue);
                Assert.True(decoder.Decode(block, isCut: false, found), story.Name);
                Assert.Equal(expected, found.All.Select(f => KeyValuePair.Create(f.Name!, f.Value!)));
                fields += expected.Count;
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fields} fields"));
        Assert.True(fields > 0);
    }

    [Fact]
    public void Joined_at_any_block_no_field_is_wrong_and_a_mark_stands_for_one_field()
    {
        long known = 0, all = 0;
        foreach (var story in HpackStory.All())
        {
            for (var start = 1; start < story.Blocks.Count; start++)
            {
                Read(story, new HpackDynamicTable(MostKept, fromStart: false), start, [], ref known, ref all);
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"joined: {100.0 * known / all:F1} % of {all} fields are known"));
        Assert.True(known > all / 2);
    }

    [Fact]
    public void With_blocks_lost_or_cut_anywhere_no_field_is_wrong()
    {
        long known = 0, all = 0;
        foreach (var story in HpackStory.All())
        {
            for (var seed = 0; seed < 8; seed++)
            {
                var random = new Random(seed);
                var hurt = Enumerable.Range(0, story.Blocks.Count).Where(_ => random.Next(10) == 0).ToHashSet();
                Read(story, new HpackDynamicTable(seed % 2 == 0 ? MostKept : 512, fromStart: true), 0, hurt, ref known, ref all, random);
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"with every tenth block lost or cut: {100.0 * known / all:F1} % of {all} fields are known"));
        Assert.True(known > all / 2);
    }

    private static void Read(
        HpackStory story, HpackDynamicTable table, int start, HashSet<int> hurt, ref long known, ref long all, Random? random = null)
    {
        var decoder = new HpackDecoder(table);
        var marks = new Dictionary<string, KeyValuePair<string, string>>();
        var end = Math.Min(story.Blocks.Count, start + MostRead);
        for (var i = start; i < end; i++)
        {
            var (block, expected) = story.Blocks[i];
            var found = new HeaderFields(int.MaxValue);
            if (!hurt.Contains(i))
            {
                Assert.True(decoder.Decode(block, isCut: false, found), $"{story.Name} block {i} from {start}");
                Assert.Equal(expected.Count, found.All.Count);
            }
            else if (random!.Next(2) == 0)
            {
                table.Lose();
                continue;
            }
            else
            {
                decoder.Decode(block.AsSpan(0, random.Next(block.Length)), isCut: true, found);
                Assert.True(found.All.Count <= expected.Count);
            }

            all += found.All.Count;
            foreach (var (field, right) in found.All.Zip(expected))
            {
                Assert.True(field.Name is null || field.Name == right.Key, $"{story.Name} block {i} from {start}: {field} is {right}");
                Assert.True(field.Value is null || field.Value == right.Value, $"{story.Name} block {i} from {start}: {field} is {right}");
                Assert.Equal(field.Mark is null, field.Name is not null && field.Value is not null);
                known += field.IsKnown ? 1 : 0;
                if (field is { Mark: { } mark, Value: null })
                {
                    Assert.Equal(right, marks.TryAdd(mark, right) ? right : marks[mark]);
                }
            }
        }
    }
}
