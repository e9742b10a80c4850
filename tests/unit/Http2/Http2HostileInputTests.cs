// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Http2;
using L7Trace.Parsers.Protocols.Http2.Hpack;
using L7Trace.UnitTests.Corpus;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

/// <summary>Whoever controls the bytes gets no exception, no loop and no memory.</summary>
public sealed class Http2HostileInputTests(ITestOutputHelper output)
{
    private static readonly ParseLimits s_limits = ParseLimits.Default;

    [Fact]
    public void Raw_streams_of_other_projects_fuzzers_do_no_harm()
    {
        var corpus = CorpusTests.Folder();
        Assert.SkipWhen(corpus is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var files = 0;
        long exchanges = 0;
        foreach (var path in Directory.GetFiles(Path.Combine(corpus!, "h2o/fuzz/http2-corpus")).Concat(Directory.GetFiles(Path.Combine(corpus!, "nghttp2/fuzz/corpus"), "*", SearchOption.AllDirectories)))
        {
            var bytes = File.ReadAllBytes(path);
            files++;
            foreach (var size in (int[])[bytes.Length, 7, 1000])
            {
                foreach (var fromStart in (bool[])[true, false])
                {
                    foreach (var byClient in (bool[])[true, false])
                    {
                        var talk = new Conversation(EndpointRole.Server, fromStart);
                        _ = byClient ? talk.Client(Preface).Server(Settings()).Client(bytes) : talk.Client([.. Preface, .. Headers(1, true, Get("/"))]).Server(bytes);
                        exchanges += talk.InPiecesOf(Math.Max(1, size)).Finish(close: true).Count;
                        Assert.Equal(0ul, talk.Engine.Counters.Faults);
                    }
                }
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{files} streams, {exchanges} exchanges"));
        Assert.True(files > 50);
    }

    [Fact]
    public void Frames_with_bytes_changed_at_random_do_no_harm()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var talk = new NumberedStreams(seed, seed % 2 == 0 ? EndpointRole.Client : EndpointRole.Server, 20);
            talk.Spoil(random, 1 + (seed % 20));
            talk.Deliver();
            Assert.Equal(0ul, talk.Faults);
        }
    }

    [Fact]
    public void A_block_that_names_one_large_field_again_and_again_keeps_little()
    {
        var fields = new HeaderFields(s_limits.MaxHeaderBlock);
        byte[] bomb = [0x40, .. Text("x"), .. Text(new string('y', 4000)), .. Enumerable.Repeat((byte)0xbe, 50_000)];
        Assert.True(new HpackDecoder(new HpackDynamicTable(s_limits.MaxHeaderTable, fromStart: true)).Decode(bomb, isCut: false, fields));
        Assert.True(fields.Size <= s_limits.MaxHeaderBlock && fields.All.Count < 20);
        Assert.Equal(50_001, fields.All.Count + fields.LeftOut);
    }

    [Theory]
    [InlineData("ffffffffffffffffff7f")] // an index beyond all
    [InlineData("3fffffffffffffffff7f")] // a table as large
    [InlineData("80")]                   // index 0
    [InlineData("be")]                   // an entry that is not there
    [InlineData("0081ff")]               // a name of nothing but padding, and no value
    [InlineData("00840fffffff0178")]     // padding of more than seven bits
    [InlineData("0084ffffffff0178")]     // the end of string in a string
    [InlineData("007fffffffff0f")]       // a length beyond all
    public void What_no_encoder_may_send_is_invalid_and_loses_the_table(string block)
    {
        var table = new HpackDynamicTable(s_limits.MaxHeaderTable, fromStart: true);
        Assert.False(new HpackDecoder(table).Decode(Convert.FromHexString(block), isCut: false, new HeaderFields(1000)));
        Assert.True(table.MayHoldUnknown);
    }

    [Fact]
    public void A_table_that_was_agreed_to_be_huge_is_kept_in_part_and_never_wrong()
    {
        var table = new HpackDynamicTable(1000, fromStart: true);
        table.Resize(1 << 20);
        for (var i = 0; i < 100; i++)
        {
            table.Insert(new HpackEntry("n", $"{i}", 100, 1));
        }

        Assert.Equal((10, true), (table.Count, table.MayHoldUnknown));
        Assert.Equal(("99", "90", null), (table.At(0)!.Value, table.At(9)!.Value, table.At(10)!.Value));
        Assert.NotEqual(table.At(10)!.Mark, table.At(11)!.Mark);
        table.Resize(200);
        Assert.Null(table.At(2));
    }

    [Fact]
    public void A_flood_of_streams_and_continuations_is_bounded()
    {
        var talk = Conversation.AtServer().Client([.. Preface, .. Settings()]).Server(Settings());
        var large = new string('v', 1000);
        for (var i = 0; i < 20_000; i++)
        {
            talk.Client(Headers((uint)(2 * i) + 1, end: i % 2 == 0, [.. Get("/"), ("x", large), ("y", large), ("z", large)]));
        }

        talk.Client(Frame(Http2FrameType.Headers, 0, 50_001));
        for (var i = 0; i < 1000; i++)
        {
            talk.Client(Frame(Http2FrameType.Continuation, 0, 50_001, new byte[1000]));
        }

        talk.Deliver();
        Assert.InRange(talk.InFlight().Count, 1, s_limits.MaxOutstanding);
        Assert.True(talk.InFlight().Cast<HttpExchange>().Sum(e => e.RequestHeaders.Sum(h => h.Value.Length)) <= s_limits.MaxBuffered);
        Assert.Equal(0ul, talk.Engine.Counters.Faults);
    }
}
