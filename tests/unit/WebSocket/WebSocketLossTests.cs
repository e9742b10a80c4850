// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.WebSocket;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.WebSocket.WebSocketWire;

namespace L7Trace.UnitTests.WebSocket;

public sealed class WebSocketLossTests
{
    [Fact]
    public void A_hole_inside_one_frame_costs_its_bytes_alone() => Assert.Equal(
        [">1 Binary 1000/1 " + string.Concat(Enumerable.Repeat("07", 42)) + " Truncated 900", ">2 Text 5/1 after", "/chat 2m1005 0m0 open Aborted Truncated 900"],
        Opened().ClientCut(Frame(0x82, [.. Enumerable.Repeat((byte)7, 1000)], Mask), 50, 58).Says("after").Finish(close: true).Lines());

    [Fact]
    public void The_mask_goes_on_behind_a_hole_and_the_close_is_read() => Assert.Equal(
        "/chat 1m1000 0m0 >1000 done Truncated 901",
        Line(Opened().ClientCut(Frame(0x82, new byte[1000], Mask), 50, 57).Client(Closing(1000, "done", fromClient: true)).Finish(close: true).Connection()));

    [Fact]
    public void What_could_not_be_read_in_front_of_the_answer_may_have_been_frames()
    {
        // Without the Upgrade header nobody expects the 101, and what follows the request is read as the next one.
        var exchanges = new Conversation(EndpointRole.Client, limits: Messages).Client([.. HttpTalk.Bytes(HttpTalk.Get("/chat")), .. Text("lost", fromClient: true)])
            .Answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n").Server(Closing(1000)).Finish(close: true);
        var connection = exchanges.Connection();
        Assert.Equal((CompletenessKind.Resynced, null, 0L), (connection.Completeness.Kind, connection.Client!.Messages, connection.Server!.Messages!.Value));
    }

    [Fact]
    public void A_lost_call_loses_counts_and_is_found_again_by_a_run_of_frames()
    {
        var talk = Opened().Replies("one").Replies("two").Lost();
        for (var i = 0; i < 8; i++)
        {
            talk.Replies($"later {i}");
        }

        var exchanges = talk.Server(Closing(1000)).Client(Closing(1000, fromClient: true)).Finish();
        Assert.Equal(
            ["<1 Text 3/1 one", .. Enumerable.Range(0, 8).Select(i => $"< Text 7/1 later {i}"), "< Close 2/1 03e8"],
            exchanges.Lines().Where(line => line.StartsWith('<')));
        Assert.Equal("/chat 0m0 >=9m <1000  Resynced 0", exchanges.Lines()[^1]);
    }

    [Fact]
    public void A_single_frame_behind_a_gap_is_no_proof_and_is_not_shown() => Assert.Equal(
        ["<1 Text 3/1 one", "/chat 0m0 >=1m open Lost Resynced 0"],
        Opened().Replies("one").Replies("two").Lost().Replies("three").Finish(close: true).Lines());

    [Fact]
    public void A_message_that_was_under_way_is_told_as_lost() => Assert.Equal(
        "<1 Text -/1 begin Lost Truncated 0", Opened().Replies("begin", 0x01).Replies("x", 0x00).Lost().Replies("end", 0x80).Finish(close: true).Lines()[0].Replace("< ", "<1 ", StringComparison.Ordinal));

    [Fact]
    public void Bytes_that_were_lost_in_front_of_the_answer_lose_the_clients_framing() => Assert.Equal(
        ["/chat >=0m 0m0 open Lost Resynced 0"],
        new Conversation(EndpointRole.Server, limits: Messages)
            .Client(Http1.HttpTalk.Bytes(Http1.HttpTalk.Get("/chat", "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")))
            .Says("lost").Lost().Says("later")
            .Server(Http1.HttpTalk.Bytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
            .Finish(close: true).Lines());

    [Theory]
    [InlineData(EndpointRole.Client, EndpointRole.Unknown)]
    [InlineData(EndpointRole.Server, EndpointRole.Unknown)]
    [InlineData(EndpointRole.Server, EndpointRole.Server)]
    public void Joined_in_the_middle_it_is_recognised_by_frames_in_both_directions(EndpointRole role, EndpointRole known)
    {
        var talk = new Conversation(role, fromStart: false, knownRole: known, limits: Messages);
        for (var i = 0; i < 20; i++)
        {
            talk.Says($"ask {i}").Replies($"answer {i}");
        }

        var exchanges = talk.Client(Closing(1000, fromClient: true)).Server(Closing(1000)).Finish();
        var shown = exchanges.Records().Select(e => Line(e)).ToHashSet();
        Assert.All(Enumerable.Range(10, 10), i => Assert.Contains($"< Text {(i < 10 ? 8 : 9)}/1 answer {i}", shown));
        Assert.All(Enumerable.Range(10, 10), i => Assert.Contains($"> Text {(i < 10 ? 5 : 6)}/1 ask {i}", shown));
        Assert.Equal(role, talk.Connection.Role);
        var connection = exchanges.Connection();
        Assert.True(connection is { Handshake: null, OpenTime: null, CloseCode: 1000, IsClosedByClient: true, Completeness.Kind: CompletenessKind.Resynced });
        Assert.Equal(exchanges.Count, exchanges.Select(e => e.Id).Distinct().Count());
    }

    [Fact]
    public void Joined_in_the_middle_with_one_direction_alone_nothing_is_told()
    {
        var talk = new Conversation(EndpointRole.Server, fromStart: false, knownRole: EndpointRole.Unknown, limits: Messages);
        for (var i = 0; i < 30; i++)
        {
            talk.Replies($"answer {i}");
        }

        Assert.Empty(talk.Finish(close: true));
    }

    [Fact]
    public void Random_gaps_never_make_a_wrong_message()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var deflates = seed % 3 == 0;
            var talk = Opened(deflates ? "permessage-deflate" : null, seed % 2 == 0 ? EndpointRole.Client : EndpointRole.Server);
            var sent = new HashSet<string>();
            var texts = Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $"#{seed}-{i}-{new string((char)('a' + random.Next(26)), random.Next(40))}")).ToArray();
            var deflated = Deflated([.. texts.Select(Encoding.UTF8.GetBytes)]);
            for (var i = 0; i < texts.Length; i++)
            {
                var fromClient = !deflates && random.Next(2) == 0;
                sent.Add($"{(fromClient ? '>' : '<')}{texts[i]}");
                if (deflates)
                {
                    talk.Server(Frame(0xc1, deflated[i]));
                }
                else if (random.Next(4) == 0)
                {
                    var half = texts[i].Length / 2;
                    var (one, two) = (Text(texts[i][..half], fromClient, 0x01), Text(texts[i][half..], fromClient, 0x80));
                    _ = fromClient ? talk.Client(one).Client(two) : talk.Server(one).Server(two);
                }
                else
                {
                    _ = fromClient ? talk.Says(texts[i]) : talk.Replies(texts[i]);
                }
            }

            var calls = talk.Calls.Count;
            for (var lost = random.Next(1, 5); lost > 0; lost--)
            {
                talk.RemoveCall(random.Next(2, talk.Calls.Count));
            }

            Assert.True(talk.Calls.Count < calls);
            foreach (var record in talk.Finish(close: true).Records().Where(r => r.State == ExchangeState.OneWay && r.Message!.Opcode == WebSocketOpcode.Text))
            {
                var message = record.Message!;
                if (message.Prefix.Length > 0)
                {
                    Assert.Contains($"{(message.IsFromClient ? '>' : '<')}{Encoding.UTF8.GetString(message.Prefix.Span)}", sent);
                }
            }
        }
    }

    [Fact]
    public void Random_bytes_behind_a_handshake_never_throw_and_keep_within_the_limits()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var talk = Opened(seed % 2 == 0 ? "permessage-deflate" : null);
            for (var i = 0; i < 30; i++)
            {
                var bytes = new byte[random.Next(1, 600)];
                random.NextBytes(bytes);
                if (random.Next(2) == 0)
                {
                    bytes[0] = (byte)(0x80 | (random.Next(2) * 0x40) | random.Next(1, 3));
                    bytes[Math.Min(1, bytes.Length - 1)] &= 0x7e;
                }

                _ = random.Next(2) == 0 ? talk.Client(bytes) : talk.Server(bytes);
                if (random.Next(6) == 0)
                {
                    talk.Lost();
                }
            }

            Assert.All(talk.Finish(close: true).Records(), e => Assert.InRange(e.Message!.Prefix.Length, 0, 4096));
            Assert.Equal(0ul, talk.Engine.Counters.Faults);
        }
    }

    [Fact]
    public void Random_bytes_and_other_protocols_joined_in_the_middle_are_not_taken_for_it()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var talk = new Conversation(EndpointRole.Server, fromStart: false, knownRole: EndpointRole.Unknown, limits: Messages);
            for (var i = 0; i < 40; i++)
            {
                var bytes = new byte[random.Next(2, 40)];
                random.NextBytes(bytes);
                bytes[0] = (byte)(0x80 | random.Next(1, 3));
                _ = random.Next(2) == 0 ? talk.Client(bytes) : talk.Server(bytes);
            }

            Assert.Empty(talk.Finish(close: true).OfType<WebSocketExchange>());
        }
    }
}
