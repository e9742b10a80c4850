// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Http2;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

/// <summary>
/// Bytes are missing at any place of a conversation whose bodies are large, and are of kinds that look like frames: nothing is
/// ever wrong, and what is told in spite of it is printed.
/// </summary>
public sealed class Http2HoleTests(ITestOutputHelper output)
{
    private const int Streams = 40, BodyScale = 60;

    public static TheoryData<EndpointRole> Roles() => [EndpointRole.Client, EndpointRole.Server];

    [Theory]
    [MemberData(nameof(Roles))]
    public void Holes_of_any_length_at_any_place_make_nothing_wrong(EndpointRole role)
    {
        var share = new Share();
        for (var seed = 0; seed < 20; seed++)
        {
            for (var hole = 0; hole < 8; hole++)
            {
                var talk = new NumberedStreams(seed, role, Streams, BodyScale);
                var random = new Random((seed * 100) + hole);
                var direction = random.Next(4) == 0 ? role.RequestDirection() : role.RequestDirection().Opposite();
                var at = (ulong)random.NextInt64(100, (long)talk.LengthOf(direction));
                talk.LoseBytes(direction, at, (ulong)random.Next(1, hole switch { < 3 => 20, < 6 => 2000, _ => 200_000 }));
                share.Add(talk, seed);
            }
        }

        Assert.True(share.Print(output, role) > 0.5);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Calls_beyond_the_capture_limit_make_nothing_wrong(EndpointRole role)
    {
        var share = new Share();
        for (var seed = 0; seed < 40; seed++)
        {
            var talk = new NumberedStreams(seed, role, Streams, BodyScale);
            talk.Limit(head: 500 << (seed % 8), tail: seed % 3 * 2048);
            share.Add(talk, seed);
        }

        Assert.True(share.Print(output, role) > 0.3);
    }

    [Fact]
    public void A_hole_in_a_frame_that_is_no_part_of_a_header_block_leaves_the_next_block_whole()
    {
        foreach (var head in new[] { 9, 20 })
        {
            foreach (var frame in new[] { Settings([.. Enumerable.Repeat<(ushort, uint)>((3, 100), 10)]), Frame(Http2FrameType.Data, Padded, 1, [3, .. new byte[40], 0, 0, 0]) })
            {
                var all = Conversation.AtServer().Client([.. Preface, .. Settings(), .. Headers(1, end: false, Get("/1"))]).ClientCut(frame, head)
                    .Client(Headers(3, end: true, Get("/3"))).Server([.. Settings(), .. Headers(3, end: true, (":status", "200"))]).Finish();

                var exchange = Assert.IsType<HttpExchange>(Assert.Single(all));
                Assert.Equal(("/3", 200, CompletenessKind.Complete), (exchange.Target, exchange.StatusCode, exchange.Completeness.Kind));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Behind_a_hole_frames_are_found_again_in_the_middle_of_calls(EndpointRole role)
    {
        var share = new Share();
        for (var seed = 0; seed < 36; seed++)
        {
            var talk = new NumberedStreams(seed, role, Streams, BodyScale * 4);
            var random = new Random(seed);
            var direction = role.RequestDirection().Opposite();
            talk.CutInto(direction, 4096 << (seed % 6));
            talk.LoseBytes(direction, (ulong)random.NextInt64(100, (long)talk.LengthOf(direction) / 2), (ulong)random.Next(1, 100_000));
            share.Add(talk, seed, BodyScale * 4);
        }

        Assert.True(share.Print(output, role) > 0.7);
    }

    [Fact]
    public void Frames_inside_of_a_body_are_not_taken_for_those_of_the_connection()
    {
        // What a tunnel carries: frames that fit one after the other, on the very streams that are open.
        byte[] head = [.. Headers(1, end: false, (":status", "200")), .. Headers(3, end: false, (":status", "201"))];
        var inner = new List<byte>();
        var begins = new HashSet<int>(); // where a call must not begin: there it would be frames
        while (inner.Count < 300_000)
        {
            begins.UnionWith(new[] { 0, 22, 44 }.Select(at => at + inner.Count).Select(at => head.Length + at + (9 * (1 + (at / 16_384)))));
            inner.AddRange([.. Headers(1, end: true, (":status", "599")), .. Headers(5, end: true, (":status", "599")), .. Data(1, new byte[70])]);
        }

        byte[] responses =
        [
            .. head, .. inner.Chunk(16_384).SelectMany(bytes => Data(1, bytes)),
            .. Enumerable.Range(0, 8).SelectMany(_ => Data(3, new byte[1000])),
            .. Headers(5, end: false, (":status", "202")), .. Data(5, new byte[100], end: true), .. Data(3, new byte[500], end: true),
        ];
        var found = 0;
        for (var hole = 60; hole < 50_000; hole += 1487)
        {
            var talk = new Conversation(EndpointRole.Client, limits: new ParseLimits { MaxBodyPrefix = 0 });
            talk.Client([.. Preface, .. Settings()]).Server(Settings());
            for (var id = 1u; id <= 5; id += 2)
            {
                talk.Client(Headers(id, end: true, Get($"/{id}")));
            }

            for (var at = 0; at < responses.Length;)
            {
                // No call begins where a frame does, as most reads.
                var end = Enumerable.Range(at + (at == 0 ? hole : 20_003), 2).First(x => !begins.Contains(x));
                end = Math.Min(responses.Length, end);
                talk.Server(responses[at..end]);
                at = end;
                if (at <= hole + 1)
                {
                    end = Enumerable.Range(at + 17_000, 2).First(x => !begins.Contains(x));
                    talk.Server(responses[at..end]).Lost();
                    at = end;
                }
            }

            foreach (var exchange in talk.Finish(close: true).Cast<HttpExchange>())
            {
                Assert.True(exchange.StatusCode is null || exchange.StatusCode == 200 + (exchange.StreamId / 2), $"hole at {hole}: {exchange.StatusCode} on {exchange.StreamId}");
                Assert.True(exchange.State != ExchangeState.Done || exchange.StreamId != 1, $"hole at {hole}: stream 1 has no end");
                found += exchange is { StreamId: 5, StatusCode: 202, State: ExchangeState.Done } ? 1 : 0;
            }
        }

        output.WriteLine($"the response behind it was found {found} of 34 times");
        Assert.True(found > 30);
    }

    [Theory]
    [InlineData("CONNECT", null)]
    [InlineData("GET", 201)]
    public void In_a_tunnel_nothing_is_found_again(string method, int? found)
    {
        var talk = Conversation.AtClient();
        talk.Client([.. Preface, .. Settings()]).Server(Settings()).Client(Headers(1, end: false, (":method", method), (":authority", "inner:80")))
            .Server(Headers(1, end: false, (":status", "200"))).Client(Headers(3, end: true, Get("/3")))
            .Server(Data(1, "lost"u8.ToArray())).Lost()
            .Server(Headers(3, end: true, (":status", "201")));
        Assert.Equal(found, talk.Finish(close: true).Cast<HttpExchange>().Single(e => e.StreamId == 3).StatusCode);
    }

    private sealed class Share
    {
        private int _all;
        private int _known;
        private int _ended;

        public void Add(NumberedStreams talk, int seed, int bodyScale = BodyScale)
        {
            talk.Deliver();
            Assert.Equal(0ul, talk.Faults);
            foreach (var exchange in talk.Exchanges)
            {
                var wrong = NumberedStreams.FindContradiction(exchange, bodyScale);
                Assert.True(wrong is null, $"seed {seed}: {wrong}");
            }

            Assert.Equal(talk.Exchanges.Count, talk.Exchanges.DistinctBy(e => e.StreamId).Count());
            _all += Streams;
            _known += talk.Exchanges.Count(e => e is { Path: not null, StatusCode: not null });
            _ended += talk.Exchanges.Count(e => e is { Path: not null, StatusCode: not null, State: ExchangeState.Done });
        }

        public double Print(ITestOutputHelper output, EndpointRole role)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{role}: none of {_all} exchanges is wrong, {100.0 * _known / _all:F1} % have a path and a status, {100.0 * _ended / _all:F1} % an end too"));
            return 1.0 * _known / _all;
        }
    }
}
