// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.WebSocket;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.WebSocket.WebSocketWire;

namespace L7Trace.UnitTests.WebSocket;

public sealed class WebSocketSessionTests
{
    private const string Answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

    [Fact]
    public void A_connection_is_told_with_its_messages_and_its_close()
    {
        var exchanges = Opened().Says("Hello").Replies("Hi").Replies("there").Client(Closing(1000, "bye", fromClient: true)).Server(Closing(1000)).Finish();

        Assert.Equal("GET /chat 101 0/0 Done Complete 0", exchanges.OfType<HttpExchange>().Single().Line());
        Assert.Equal(
            [">1 Text 5/1 Hello", "<1 Text 2/1 Hi", "<2 Text 5/1 there", "> Close 5/1 03e8627965", "< Close 2/1 03e8", "/chat 1m5 2m7 >1000 bye"],
            exchanges.Lines());
        var connection = exchanges.Connection();
        Assert.Equal(5_000_000 + 0, connection.OpenTime);
        Assert.Null(connection.Duration);
        Assert.False(connection.IsError);
        Assert.NotEqual(connection.Handshake!.Id, connection.Id);
        Assert.Equal(exchanges.Count, exchanges.Select(e => e.Id).Distinct().Count());
    }

    [Fact]
    public void Without_the_wish_for_messages_only_totals_come_out_and_nothing_is_kept() => Assert.Equal(
        ["/chat 2m7 1m2 >1001 "],
        Opened(limits: ParseLimits.Default).Says("Hello").Replies("Hi").Says("yo").Client(Closing(1001, fromClient: true)).Server(Closing(1001)).Finish().Lines());

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void Who_closed_first_is_told_on_either_side(EndpointRole role)
    {
        Assert.Equal("/chat 0m0 0m0 <1011 oops", Opened(role: role).Server(Closing(1011, "oops")).Client(Closing(1011, fromClient: true)).Finish().Lines()[^1]);
        Assert.Equal("/chat 0m0 0m0 >1000 ", Opened(role: role).Client(Closing(1000, fromClient: true)).Server(Closing(1000)).Finish().Lines()[^1]);
    }

    [Fact]
    public void A_close_that_nobody_answers_is_one_and_its_code_may_be_an_error()
    {
        var connection = Opened().Server(Closing(1008, "policy")).Finish(close: true).Connection();
        Assert.Equal("/chat 0m0 0m0 <1008 policy", Line(connection));
        Assert.True(connection.IsError);
    }

    [Fact]
    public void A_close_without_code_is_no_error()
    {
        var connection = Opened().Client(Frame(0x88, [], Mask)).Server(Frame(0x88, [])).Finish().Connection();
        Assert.Equal("/chat 0m0 0m0 > ", Line(connection));
        Assert.False(connection.IsError);
    }

    [Fact]
    public void A_connection_that_dies_without_close_is_aborted() => Assert.Equal(
        [">1 Text 2/1 hi", "/chat 1m2 0m0 open Aborted"],
        Opened().Says("hi").EndOfStream(ofServer: true).Finish(close: true).Lines());

    [Fact]
    public void A_connection_on_which_no_frame_was_sent_is_told_too() =>
        Assert.Equal(["/chat 0m0 0m0 open Aborted"], Opened().Finish(close: true).Lines());

    [Fact]
    public void While_it_is_open_it_is_in_flight_with_what_was_sent_so_far()
    {
        var talk = Opened().Says("hi").Deliver();
        var running = Assert.IsType<WebSocketExchange>(Assert.Single(talk.InFlight()));
        Assert.Equal("/chat 1m2 0m0 open Running", Line(running));
        Assert.Equal(0, running.Age(long.MaxValue));
        var id = running.Id;
        Assert.Equal(id, talk.Finish(close: true).Connection().Id);
        Assert.Empty(talk.InFlight());
    }

    [Fact]
    public void Frames_in_the_call_of_the_answer_and_ahead_of_it_are_read() => Assert.Equal(
        [">1 Text 5/1 early", "<1 Text 2/1 hi", "/chat 1m5 1m2 open Aborted"],
        new Conversation(EndpointRole.Server, limits: Messages)
            .Client([.. HttpTalk.Bytes(HttpTalk.Get("/chat", "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")), .. Text("early", fromClient: true)])
            .Server([.. HttpTalk.Bytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"), .. Text("hi")])
            .Finish(close: true).Lines());

    [Fact]
    public void A_handshake_in_pieces_of_one_byte_and_frames_in_pieces_say_the_same()
    {
        var whole = Opened().Says("Hello").Says("He", 0x01).Client(Frame(0x89, [1, 2], Mask)).Says("llo", 0x80)
            .Server(Frame(0x82, new byte[70_000])).Server(Frame(0x82, new byte[300])).Client(Closing(1000, fromClient: true)).Server(Closing(1000)).Finish().Lines();
        for (var size = 1; size < 9; size++)
        {
            var pieces = Opened().Says("Hello").Says("He", 0x01).Client(Frame(0x89, [1, 2], Mask)).Says("llo", 0x80)
                .Server(Frame(0x82, new byte[70_000])).Server(Frame(0x82, new byte[300])).Client(Closing(1000, fromClient: true)).Server(Closing(1000)).InPiecesOf(size).Finish().Lines();
            Assert.Equal(whole.Order(), pieces.Order());
        }

        Assert.Contains("<1 Binary 70000/1 " + new string('0', 8192), whole);
    }

    [Fact]
    public void Control_frames_between_fragments_are_told_apart() => Assert.Equal(
        ["> Ping 2/1 0102", "< Pong 2/1 0102", ">1 Text 5/3 Hello", "/chat 1m5+1/0 0m0+0/1 open Aborted"],
        Opened().Says("He", 0x01).Client(Frame(0x89, [1, 2], Mask)).Says("l", 0x00).Server(Frame(0x8a, [1, 2])).Says("lo", 0x80)
            .Finish(close: true).Lines());

    [Fact]
    public void Text_that_is_no_UTF8_is_binary_and_warned_of() => Assert.Equal(
        ["<1 Text 2/1 c328", "<2 Text 1/1 c3", "<3 Text 3/2 ñx", "/chat 0m0 3m6 open !BadText Aborted"],
        Opened().Server(Frame(0x81, [0xc3, 0x28])).Server(Frame(0x81, [0xc3])).Server(Frame(0x01, [0xc3])).Server(Frame(0x80, [0xb1, (byte)'x']))
            .Finish(close: true).Lines());

    [Fact]
    public void Binary_is_never_text() =>
        Assert.False(Opened().Server(Frame(0x82, "abc"u8.ToArray())).Finish().Records().Single().Message!.IsText);

    [Theory]
    [InlineData("91 00", "ReservedBits")]
    [InlineData("c1 00", "ReservedBits")]
    [InlineData("83 01 61", "ReservedOpcode")]
    [InlineData("8b 00", "ReservedOpcode")]
    [InlineData("81 80 00 00 00 00", "BadMask")]
    [InlineData("09 00", "FragmentedControl")]
    [InlineData("81 7e 00 01 61", "LongLength")]
    [InlineData("81 7f 00 00 00 00 00 00 00 01 61", "LongLength")]
    [InlineData("80 01 61", "BadContinuation")]
    [InlineData("01 01 61 81 01 61", "BadContinuation")]
    [InlineData("88 01 61", "BadClose")]
    [InlineData("88 02 03 ed", "BadClose")]
    [InlineData("88 02 03 e7", "BadClose")]
    [InlineData("88 03 03 e8 ff", "BadText")]
    [InlineData("88 02 03 e8 81 01 61", "AfterClose")]
    public void What_a_server_must_not_do_is_warned_of(string hex, string warning) =>
        Assert.Contains("!" + warning, Line(Opened().Server(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))).Replies("on").Finish(close: true).Connection()).Replace("AfterClose, ", "!", StringComparison.Ordinal).Replace(", AfterClose", "", StringComparison.Ordinal), StringComparison.Ordinal);

    [Fact]
    public void A_client_without_mask_and_a_long_ping_are_warned_of_and_read_all_the_same() => Assert.Equal(
        "/chat 1m2+1/0 0m0 open !BadMask, LongControl Aborted",
        Line(Opened().Client(Text("hi")).Client(Frame(0x89, new byte[126], Mask)).Finish(close: true).Connection()));

    [Fact]
    public void A_message_that_another_one_cuts_off_is_not_counted() => Assert.Equal(
        ["<1 Text 2/1 ok"], Opened().Replies("ne", 0x01).Replies("ok").Finish().Lines().Where(line => line.Contains("ok", StringComparison.Ordinal)));

    [Fact]
    public void A_wrong_accept_is_warned_of()
    {
        var talk = new Conversation(EndpointRole.Client).Ask(HttpTalk.Get("/chat", "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
            .Answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: nonsense\r\n\r\n");
        Assert.Equal(WebSocketWarnings.BadAccept, talk.Finish(close: true).Connection().Warnings);
    }

    [Fact]
    public void The_subprotocol_and_the_extensions_are_known()
    {
        var options = WebSocketOptions.None.With("permessage-deflate; client_no_context_takeover; server_max_window_bits=\"10\", x-other");
        Assert.True(options is { HasDeflate: true, HasOthers: true, ClientForgets: true, ServerForgets: false, ServerWindowBits: 10, ClientWindowBits: 15 });
        Assert.Equal(15, WebSocketOptions.None.With("permessage-deflate;client_max_window_bits=99").ClientWindowBits);
    }

    [Fact]
    public void A_length_beyond_63_bits_loses_framing_and_nothing_that_follows_is_made_up() => Assert.Equal(
        ["/chat 0m0 >=0m open Lost Resynced 0"],
        Opened().Server(0x82, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 1, 0x81, 1, 0x61).Finish(close: true).Lines());

    [Fact]
    public void Every_frame_header_is_read_at_every_split()
    {
        foreach (var length in (int[])[0, 1, 125, 126, 127, 65535, 65536])
        {
            foreach (var mask in (uint?[])[null, 0, Mask])
            {
                var bytes = Frame(0xc2, new byte[length], mask);
                for (var count = 0; count < WebSocketFrame.MaxSize && count <= bytes.Length; count++)
                {
                    var status = WebSocketFrame.TryRead(bytes.AsSpan(0, count), out var frame);
                    var size = bytes.Length - length;
                    Assert.Equal(count < size ? ParseStatus.NeedMoreData : ParseStatus.Done, status);
                    if (count >= size)
                    {
                        Assert.Equal(new WebSocketFrame(true, 4, WebSocketOpcode.Binary, mask is not null, mask ?? 0, (ulong)length, size), frame);
                        Assert.True(frame.IsShortest);
                    }
                }
            }
        }

    }

    [Theory] // RFC 6455, section 5.7
    [InlineData("810548656c6c6f", false, "<1 Text 5/1 Hello")]
    [InlineData("818537fa213d7f9f4d5158", true, ">1 Text 5/1 Hello")]
    [InlineData("010348656c80026c6f", false, "<1 Text 5/2 Hello")]
    [InlineData("890548656c6c6f", false, "< Ping 5/1 48656c6c6f")]
    [InlineData("8a8537fa213d7f9f4d5158", true, "> Pong 5/1 48656c6c6f")]
    public void The_examples_of_RFC_6455(string hex, bool isClient, string line)
    {
        var talk = Opened();
        var bytes = Convert.FromHexString(hex);
        Assert.Equal(line, (isClient ? talk.Client(bytes) : talk.Server(bytes)).Finish().Lines()[0]);
    }

    [Fact]
    public void What_it_costs_does_not_grow_with_the_frames()
    {
        var talk = Opened(limits: ParseLimits.Default).Deliver();
        var bytes = Enumerable.Repeat(Text("Hello"), 1000).SelectMany(f => f).ToArray();
        void Send(int i) => talk.Engine.Accept(new Segment
        {
            Connection = talk.Connection.Id,
            Direction = Direction.Ingress,
            StreamOffset = 5000ul + (ulong)Answer.Length + ((ulong)i * (ulong)bytes.Length),
            ByteCount = (ulong)bytes.Length,
            Head = bytes,
            Time = new SegmentTime(Conversation.Epoch + i, Conversation.Epoch + i, 1, 1),
        });
        Send(0);
        Send(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 2; i < 50; i++)
        {
            Send(i);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000); // 48,000 messages
        Assert.Equal("/chat 0m0 50000m250000 open Running", Line((WebSocketExchange)talk.InFlight().Single()));
    }
}
