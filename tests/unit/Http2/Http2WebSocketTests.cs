// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.WebSocket;
using L7Trace.UnitTests.Support;
using L7Trace.UnitTests.WebSocket;
using Xunit;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

/// <summary>WebSocket over HTTP/2 (RFC 8441): messages inside of DATA frames.</summary>
public sealed class Http2WebSocketTests
{
    public static TheoryData<EndpointRole> Roles() => [EndpointRole.Client, EndpointRole.Server];

    [Theory]
    [MemberData(nameof(Roles))]
    public void Messages_in_DATA_frames_are_those_of_the_streams_that_agreed_to_WebSocket(EndpointRole role)
    {
        for (var size = 1; size < 60; size++)
        {
            var talk = Opened(role)
                .Client(Headers(3, end: true, Get("/plain")))
                .Client(Data(1, Say("Hello")))
                .Server([.. Data(1, [.. WebSocketWire.Text("Hi"), .. WebSocketWire.Text("there")[..3]]), .. Headers(3, end: true, (":status", "204")), .. Data(1, WebSocketWire.Text("there")[3..])])
                .Client(Data(1, WebSocketWire.Closing(1000, "bye", fromClient: true), end: true))
                .Server(Data(1, WebSocketWire.Closing(1000), end: true));
            var exchanges = talk.InPiecesOf(size).Finish();
            Assert.Equal(
                [("CONNECT", "/chat", 200, ExchangeState.Done, Completeness.Complete), ("GET", "/plain", 204, ExchangeState.Done, Completeness.Complete)],
                exchanges.OfType<HttpExchange>().Select(e => (e.Method, e.Path, e.StatusCode!.Value, e.State, e.Completeness)));
            Assert.Equal([">1 Text 5/1 Hello", "<1 Text 2/1 Hi", "<2 Text 5/1 there", "> Close 5/1 03e8627965", "< Close 2/1 03e8", "/chat 1m5 2m7 >1000 bye"], exchanges.Lines());
            Assert.Equal(exchanges.Count, exchanges.Select(e => e.Id).Distinct().Count());
            Assert.Equal("2", exchanges.Connection().Handshake!.Version);
        }
    }

    [Fact]
    public void Sockets_of_one_connection_are_told_apart_and_inflated()
    {
        var talk = Begun();
        foreach (var id in (uint[])[1, 3])
        {
            talk.Client(Headers(id, end: false, [.. Connect($"/{id}")]))
                .Server(Headers(id, end: false, (":status", "200"), ("sec-websocket-extensions", "permessage-deflate")));
        }

        byte[] hello = [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 7, 0]; // RFC 7692, section 7.2.3.1
        byte[] again = [0xc1, 5, 0xf2, 0, 0x11, 0, 0];
        talk.Server([.. Data(1, hello), .. Data(3, hello)]).Server([.. Data(3, again), .. Data(1, again)]);
        foreach (var id in (uint[])[3, 1])
        {
            talk.Server(Data(id, WebSocketWire.Closing(1001), end: true)).Client(Data(id, WebSocketWire.Closing(1001, fromClient: true), end: true));
        }

        var exchanges = talk.Finish();
        Assert.Equal(["/3 0m0 2m12=10 <1001 ", "/1 0m0 2m12=10 <1001 "], exchanges.Lines().Where(line => line[0] == '/'));
        Assert.Equal([5, 5, 5, 5], exchanges.Records().Where(e => e.Message!.Opcode == WebSocketOpcode.Text).Select(e => e.Message!.UncompressedBytes!.Value));
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void A_frame_of_the_client_that_reaches_the_tracer_before_the_answer_is_read(EndpointRole role)
    {
        var talk = Begun(role).Client(Headers(1, end: false, Connect("/chat"))).Server(Headers(1, end: false, (":status", "200")))
            .Client(Data(1, Say("early"))).SwapLastTwo();
        var exchanges = talk.Finish(close: true);
        Assert.Equal([">1 Text 5/1 early", "/chat 1m5 0m0 open Aborted"], exchanges.Lines());
        Assert.Equal(ExchangeState.Aborted, exchanges.Connection().State);
    }

    [Fact]
    public void A_hole_in_a_message_costs_its_bytes_and_one_that_hides_frames_the_rest_of_its_side()
    {
        var message = WebSocketWire.Text(new string('x', 100));
        var talk = Opened(EndpointRole.Client).ServerCut(Data(1, message), head: 50, tail: 20).Server(Data(1, WebSocketWire.Text("next")));
        Assert.Equal(["<1 Text 100/1 " + new string('x', 39) + " Truncated 41", "<2 Text 4/1 next", "/chat 0m0 2m104 open Aborted Truncated 41"], talk.Finish(close: true).Lines());

        talk = Opened(EndpointRole.Client).Server(Data(1, WebSocketWire.Text("one"))).Server(Data(1, WebSocketWire.Text("two"))).Lost()
            .Server(Data(1, WebSocketWire.Text("three"))).Client(Data(1, Say("mine")));
        var exchanges = talk.Finish(close: true);
        Assert.Equal(["<1 Text 3/1 one", ">1 Text 4/1 mine"], exchanges.Lines()[..2]);
        var connection = exchanges.Connection();
        Assert.Equal((null, 1L, 1L), (connection.Server!.Messages, connection.Server.MessagesAtLeast, connection.Client!.Messages!.Value));
        Assert.Equal((ExchangeState.Lost, CompletenessKind.Resynced), (connection.State, connection.Completeness.Kind));
    }

    [Theory]
    [InlineData("403", "websocket")]
    [InlineData("200", "connect-udp")]
    public void What_is_refused_or_another_protocol_is_a_request_as_any(string status, string protocol)
    {
        var talk = Begun().Client(Headers(1, end: false, Connect("/no", protocol))).Server(Headers(1, end: false, (":status", status)))
            .Server(Data(1, "body"u8.ToArray(), end: true)).Client(Data(1, [], end: true));
        Assert.Equal(4, Assert.IsType<HttpExchange>(Assert.Single(talk.Finish())).ResponseBodySize);
    }

    [Theory]
    [InlineData(false, ExchangeState.Aborted)]
    [InlineData(true, ExchangeState.Done)]
    public void A_stream_that_is_reset_ends_the_socket(bool isClosed, ExchangeState state)
    {
        var talk = Opened(EndpointRole.Client);
        if (isClosed)
        {
            talk.Server(Data(1, WebSocketWire.Closing(1008)));
        }

        var exchanges = talk.Client(Reset(1, 8)).Finish();
        Assert.Equal((state, isClosed), (exchanges.Connection().State, exchanges.Connection().IsClosed));
        Assert.Single(exchanges.OfType<HttpExchange>());
    }

    [Fact]
    public void A_socket_that_is_open_is_in_flight_as_one()
    {
        var talk = Opened(EndpointRole.Client).Server(Data(1, WebSocketWire.Text("one")));
        var running = Assert.IsType<WebSocketExchange>(Assert.Single(talk.Deliver().InFlight()));
        Assert.Equal((ExchangeState.Running, 1L), (running.State, running.Server!.Messages!.Value));
    }

    private static Conversation Begun(EndpointRole role = EndpointRole.Client) =>
        new Conversation(role, limits: WebSocketWire.Messages).Client([.. Preface, .. Settings()]).Server(Settings((8, 1)));

    private static Conversation Opened(EndpointRole role) =>
        Begun(role).Client(Headers(1, end: false, Connect("/chat"))).Server(Headers(1, end: false, (":status", "200")));

    private static (string, string)[] Connect(string path, string protocol = "websocket") =>
        [(":method", "CONNECT"), (":protocol", protocol), (":scheme", "http"), (":path", path), (":authority", "shop"), ("sec-websocket-version", "13")];

    private static byte[] Say(string text) => WebSocketWire.Text(text, fromClient: true);
}
