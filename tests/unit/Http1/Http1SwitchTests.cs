// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.WebSocket;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http1.HttpTalk;

namespace L7Trace.UnitTests.Http1;

/// <summary>
/// The answer that ends HTTP/1 is there before its request has ended. The client finishes its request first (RFC 9110, section 7.8), so the
/// rest is read by the request's own framing, and what is behind that is the new protocol, wherever calls end.
/// </summary>
public sealed class Http1SwitchTests
{
    private const string Ask = "POST /w HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    private const string Switch = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    private const string Frames = "\x81\x82\x01\x02\x03\x04\x69\x6b\x88\x80\x01\x02\x03\x04";
    private const string Answers = "\x81\x02ok\x88\x02\x03\xe8";

    public static TheoryData<string, string> Framings => new()
    {
        { "Content-Length: 13\r\n\r\n\x81\x82\x01\x02\x03\x04 body\r\n", "13" },
        { "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", "5" },
        { "\r\n", "0" },
    };

    [Theory]
    [MemberData(nameof(Framings))]
    public void The_request_is_read_to_its_end_by_its_own_framing_and_the_new_protocol_begins_behind_it(string framing, string size)
    {
        var request = Ask + framing;
        for (var early = 1; early <= request.Length; early++)
        {
            for (var piece = 1; piece < 40; piece++)
            {
                foreach (var answersFirst in new[] { false, true })
                {
                    var talk = Conversation.AtServer().Ask(request[..early]).Answer(Switch);
                    talk = answersFirst ? talk.Answer(Answers).Ask(request[early..] + Frames) : talk.Ask(request[early..] + Frames).Answer(Answers);
                    var all = talk.InPiecesOf(piece).Finish(close: true);

                    var http = Assert.Single(all.OfType<HttpExchange>());
                    Assert.Equal($"POST /w 101 {size}/0 Done Complete 0", http.Line());
                    Assert.Equal((ulong)(5000 + request.Length), http.Request.EndOffset);
                    var frames = Assert.Single(all.OfType<WebSocketExchange>());
                    Assert.Equal((ExchangeState.Done, CompletenessKind.Complete), (frames.State, frames.Completeness.Kind));
                    Assert.Equal((1L, 1L), (frames.Client!.Messages, frames.Server!.Messages));
                }
            }
        }
    }

    [Theory]
    [InlineData("5\r\nhelloX\r\n0\r\n\r\n")]
    [InlineData("g\r\nhello\r\n")]
    [InlineData("fffffffffffffffff\r\n")]
    public void Framing_that_breaks_behind_the_answer_ends_the_request_there_and_proves_nothing_behind_it(string chunks)
    {
        var request = Ask + "Transfer-Encoding: chunked\r\n\r\n" + chunks;
        for (var early = 1; early <= request.Length; early++)
        {
            for (var piece = 1; piece < 40; piece++)
            {
                var all = Conversation.AtClient().Ask(request[..early]).Answer(Switch).Ask(request[early..] + Frames).Answer(Answers)
                    .InPiecesOf(piece).Finish(close: true);

                var http = Assert.Single(all.OfType<HttpExchange>(), static x => x.Method is not null);
                Assert.Equal(("POST", "/w", null), (http.Method, http.Target, http.RequestBodySize));
                Assert.NotEqual(CompletenessKind.Complete, http.Completeness.Kind);
                Assert.DoesNotContain(all, static x => x is WebSocketExchange { Completeness.Kind: CompletenessKind.Complete });
            }
        }
    }

    [Fact]
    public void A_request_whose_body_has_no_end_never_gives_way_to_the_new_protocol()
    {
        // What such a request is followed by can't be told from its body.
        var request = Ask + "Transfer-Encoding: gzip\r\n\r\n" + Get("/in/it") + Frames;
        for (var early = 1; early <= request.Length; early++)
        {
            for (var piece = 1; piece < 40; piece++)
            {
                var all = Conversation.AtServer().Ask(request[..early]).Answer(Switch).Ask(request[early..]).Answer(Ok(3))
                    .InPiecesOf(piece).Finish(close: true);

                var http = Assert.Single(all.OfType<HttpExchange>());
                Assert.Equal(("POST", 101, (long?)(request.Length - request.IndexOf("GET", StringComparison.Ordinal))), (http.Method, http.StatusCode, http.RequestBodySize));
                Assert.Empty(all.OfType<WebSocketExchange>());
            }
        }
    }

    [Fact]
    public void A_body_under_way_that_was_answered_already_is_not_cut_by_another_switch()
    {
        const string Request = "POST /1 HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789";
        for (var early = Request.Length - 9; early < Request.Length; early++)
        {
            for (var piece = 1; piece < 40; piece++)
            {
                var all = Conversation.AtServer().Ask(Request[..early]).Answer(Ok(2)).Answer(Switch).Ask(Request[early..] + Get("/2")).Answer(Ok(3))
                    .InPiecesOf(piece).Finish(close: true);

                Assert.Equal(["POST /1 200 9/2 Done Complete 0"], all.Http().Where(static x => x.Completeness.Kind == CompletenessKind.Complete).Select(HttpTalk.Line));
            }
        }
    }

    [Fact]
    public void A_tunnel_begins_behind_the_body_of_its_request()
    {
        const string Request = "CONNECT a:80 HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET ";
        for (var early = 1; early <= Request.Length; early++)
        {
            for (var piece = 1; piece < 40; piece++)
            {
                var all = Conversation.AtClient().Ask(Request[..early]).Answer("HTTP/1.1 200 OK\r\n\r\n").Ask(Request[early..] + Get("/in")).Answer(Ok(2))
                    .InPiecesOf(piece).Finish(close: true);

                Assert.Equal(["CONNECT a:80 200 4/0 Done Complete 0", "GET /in 200 0/2 Done Complete 0"], all.Lines());
            }
        }
    }

    [Fact]
    public void The_answer_that_waits_for_the_end_of_its_request_is_in_flight_until_then()
    {
        var talk = Conversation.AtServer().Ask(Ask + "Content-Length: 9\r\n\r\nhalf").Answer(Switch + Answers);

        Assert.Empty(talk.Finish());
        Assert.Equal(["POST /w 101 4/0 Running Complete 0"], talk.InFlight().Lines());
        Assert.Equal(["POST /w 101 9/0 Done Complete 0"], talk.Ask("other" + Frames).Finish().OfType<HttpExchange>().Select(HttpTalk.Line));
        Assert.Single(talk.Exchanges.OfType<WebSocketExchange>());
    }

    [Fact]
    public void Bytes_missing_in_the_rest_of_the_body_do_not_hide_where_the_new_protocol_begins()
    {
        var talk = Conversation.AtServer().Ask(Ask + "Content-Length: 9\r\n\r\nhalf").Answer(Switch).Ask("other").Lost().Ask(Frames).Answer(Answers);

        var all = talk.Finish(close: true);
        Assert.Equal("POST /w 101 9/0 Done Truncated 5", Assert.Single(all.OfType<HttpExchange>()).Line());
        Assert.Equal(CompletenessKind.Complete, Assert.Single(all.OfType<WebSocketExchange>()).Completeness.Kind);
    }

    [Fact]
    public void Lost_framing_in_the_rest_of_the_request_ends_it_and_the_server_goes_on_in_the_new_protocol()
    {
        var talk = Conversation.AtServer().Ask(Ask + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n").Answer(Switch).Ask("5\r\nother\r\n0\r\n\r\n").Lost()
            .Ask(Frames).Answer(Answers);

        var all = talk.Finish(close: true);
        var http = Assert.Single(all.OfType<HttpExchange>());
        Assert.Equal(("/w", 101, null), (http.Target, http.StatusCode, http.RequestBodySize));
        Assert.NotEqual(CompletenessKind.Complete, http.Completeness.Kind);
        Assert.All(all.OfType<WebSocketExchange>(), static x => Assert.NotEqual(CompletenessKind.Complete, x.Completeness.Kind));
    }
}
