// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http1.HttpTalk;

namespace L7Trace.UnitTests.Http1;

/// <summary>How exchanges end that do not end as the client hoped, and messages whose length is told more than once.</summary>
public sealed class Http1OutcomeTests
{
    public static TheoryData<EndpointRole> Roles => [EndpointRole.Client, EndpointRole.Server];

    [Theory]
    [MemberData(nameof(Roles))]
    public void A_request_that_never_gets_a_response_is_an_exchange_with_its_outcome(EndpointRole role)
    {
        const string Request = "POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
        for (var length = 1; length <= Request.Length; length++)
        {
            var exchanges = new Conversation(role).Ask(Get("/1")).Answer(Ok(1)).Ask(Request[..length]).Pause(30_000).Finish(close: true).Http();

            Assert.Equal("GET /1 200 0/1 Done Complete 0", exchanges[0].Line());
            foreach (var exchange in exchanges.Skip(1)) // there is none before its first line is whole
            {
                Assert.Equal(("POST", "/slow", null, ExchangeState.Aborted), (exchange.Method, exchange.Target, exchange.StatusCode, exchange.State));
                Assert.Equal("connection_closed", ExchangeFacts.ErrorTypeOf(exchange));
                Assert.Equal((null, null), (exchange.Duration, exchange.TimeToFirstByte));
            }

            Assert.Equal(length > Request.IndexOf('\n', StringComparison.Ordinal) ? 2 : 1, exchanges.Count);
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void An_expectation_that_is_met_but_not_answered_is_aborted_with_its_interim_response(EndpointRole role)
    {
        var exchange = Assert.Single(new Conversation(role)
            .Ask("PUT /f HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n").Answer("HTTP/1.1 100 Continue\r\n\r\n").Ask("da")
            .Finish(close: true).Http());

        Assert.Equal(("PUT /f - 2/- Aborted Complete 0", 1), (exchange.Line(), exchange.InterimResponses));
    }

    [Fact]
    public void An_expectation_that_fails_is_answered_before_the_body_and_the_body_may_still_come() => Assert.Equal(
        ["PUT /f 417 4/0 Done Complete 0", "GET /2 200 0/2 Done Complete 0"],
        Conversation.AtServer()
            .Ask("PUT /f HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n").Answer("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n")
            .Ask("data" + Get("/2")).Answer(Ok(2)).Finish().Lines());

    [Theory]
    [InlineData("100 Continue")]
    [InlineData("102 Processing")]
    [InlineData("103 Early Hints\r\nLink: </a.css>; rel=preload\r\nContent-Length: 5")]
    public void Interim_responses_of_pipelined_requests_belong_to_their_own_request(string interim)
    {
        var first = $"HTTP/1.1 {interim}\r\n\r\n";
        var answers = first + Ok(1) + Ok(2) + first + first + Ok(3);
        for (var cut = 1; cut < answers.Length; cut += 3)
        {
            var exchanges = Conversation.AtClient().Ask(Get("/1") + Get("/2") + Get("/3"))
                .Answer(answers[..cut]).Answer(answers[cut..]).Finish().Http();

            Assert.Equal(
                [("GET /1 200 0/1 Done Complete 0", 1), ("GET /2 200 0/2 Done Complete 0", 0), ("GET /3 200 0/3 Done Complete 0", 2)],
                exchanges.Select(e => (e.Line(), e.InterimResponses)));
        }
    }

    [Theory]
    [InlineData("Content-Length: 3\r\nContent-Length: 4\r\n")]
    [InlineData("Content-Length: 3, 4\r\n")]
    [InlineData("Content-Length: +3\r\n")]
    [InlineData("Content-Length: 0x3\r\n")]
    [InlineData("Content-Length: 3 3\r\n")]
    [InlineData("Content-Length: -1\r\n")]
    [InlineData("Content-Length:\r\n")]
    [InlineData("Content-Length: 99999999999999999999\r\n")]
    public void Lengths_that_differ_or_are_no_numbers_are_a_warning_and_what_follows_is_not_guessed(string headers)
    {
        var asked = Conversation.AtServer().Ask($"POST /1 HTTP/1.1\r\n{headers}\r\nabc" + Get("/2")).Answer(Ok(1)).Answer(Ok(2)).Finish(close: true).Http();
        var first = Assert.Single(asked, exchange => exchange.Target is not null); // what follows may be its body or a request
        Assert.Equal(("/1", 200, Http1Warnings.BadContentLength), (first.Target, first.StatusCode, first.Warnings));

        var answered = Assert.Single(Conversation.AtClient().Ask(Get("/1")).Answer($"HTTP/1.1 200 OK\r\n{headers}\r\nabc" + Ok(1))
            .EndOfStream(ofServer: true).Finish(close: true).Http());
        Assert.Equal($"GET /1 200 0/{3 + Ok(1).Length} Done Complete 0", answered.Line());
        Assert.Equal(Http1Warnings.BadContentLength, answered.Warnings);
    }

    [Fact]
    public void Both_lengths_in_a_response_are_a_warning_too()
    {
        var exchange = Assert.Single(Conversation.AtClient().Ask(Get("/1"))
            .Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 100\r\n\r\n3\r\nabc\r\n0\r\n\r\n").Finish().Http());

        Assert.Equal(("GET /1 200 0/3 Done Complete 0", Http1Warnings.BothLengths), (exchange.Line(), exchange.Warnings));
    }

    [Theory]
    [InlineData("5;ext\r\nhello\r\n")]
    [InlineData("5;a=b;c=\"d;e\\\"f\"\r\nhello\r\n")]
    [InlineData("005 ; a = b\r\nhello\r\n")]
    [InlineData("5;\thttps://example.test/\r\nhello\r\n")]
    [InlineData("2\nhe\n3\r\nllo\r\n")]
    public void Extensions_of_chunks_are_no_content(string chunks)
    {
        var body = $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0;last=1\r\n\r\n" + Ok(2);
        for (var cut = 1; cut < body.Length; cut++)
        {
            Assert.Equal(
                ["GET /1 200 0/5 Done Complete 0", "GET /2 200 0/2 Done Complete 0"],
                Conversation.AtClient().Ask(Get("/1") + Get("/2")).Answer(body[..cut]).Answer(body[cut..]).Finish().Lines());
        }
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", Http1Warnings.None)]
    [InlineData("5;a=b\r\nhello\r\n0;c\r\nX: y\r\n\r\n", Http1Warnings.None)]
    [InlineData("5\nhello\r\n0\r\n\r\n", Http1Warnings.OddChunk)]
    [InlineData("5;a\nhello\r\n0\r\n\r\n", Http1Warnings.OddChunk)]
    [InlineData("5\rX\r\nhello\r\n0\r\n\r\n", Http1Warnings.OddChunk)]
    [InlineData("5;a=\rb\r\nhello\r\n0\r\n\r\n", Http1Warnings.OddChunk)]
    [InlineData("5\r\r\nhello\r\n0\r\n\r\n", Http1Warnings.OddChunk)]
    [InlineData("5\r\nhello\n0\r\n\r\n", Http1Warnings.OddChunk)]
    [InlineData("5\r\nhello\r\n0\r\nX: y\n\r\n", Http1Warnings.OddChunk)]
    [InlineData("5\r\nhello\r\n0\r\n\n", Http1Warnings.OddChunk)]
    public void Chunks_that_some_read_to_another_end_are_a_warning(string body, Http1Warnings warnings)
    {
        var message = "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
        for (var cut = 1; cut < message.Length; cut++)
        {
            var exchanges = Conversation.AtServer().Ask(message[..cut]).Ask(message[cut..] + Get("/2")).Answer(Ok(1) + Ok(2)).Finish().Http();

            Assert.Equal(["POST /1 200 5/1 Done Complete 0", "GET /2 200 0/2 Done Complete 0"], exchanges.Lines());
            Assert.Equal([warnings, Http1Warnings.None], exchanges.Select(exchange => exchange.Warnings));
        }
    }

    [Theory]
    [InlineData("g\r\n")]
    [InlineData("\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("0x5\r\nhello\r\n")]
    [InlineData("fffffffffffffffff\r\n")]
    [InlineData("5\r\nhelloX\r\n")]
    public void What_is_no_chunk_ends_the_exchange_with_what_was_seen(string chunks)
    {
        var exchange = Conversation.AtClient().Ask(Get("/1"))
            .Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n").Finish(close: true).Http()[0];

        Assert.Equal(("/1", 200, ExchangeState.Lost), (exchange.Target, exchange.StatusCode, exchange.State));
        Assert.Null(exchange.ResponseBodySize);
    }

    [Fact]
    public void Behind_a_101_that_nobody_asked_for_the_middle_of_a_body_is_not_the_beginning_of_anything()
    {
        for (var size = 1; size < 30; size++)
        {
            var exchanges = Conversation.AtServer().Answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
                .Ask("POST /6 HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nGET /n HTTP/1.1\r\nHost: a\r\n\r\n").Answer(Ok(1))
                .InPiecesOf(size).Finish(close: true).Http();
            Assert.All(exchanges, e => Assert.True(e.Method is null or "POST" or "GET" && e.Completeness.Kind == CompletenessKind.Unmatched, $"{size}: {e.Line()}"));
        }
    }

    [Fact]
    public void Behind_a_101_that_was_not_asked_for_what_the_client_sent_is_no_whole_websocket_in_any_pieces()
    {
        for (var size = 1; size < 200; size++)
        {
            // The answer is there before the request has ended: what ends it may come with more in one call.
            var all = Conversation.AtClient().Ask("GET /w HTTP/1.1\r\nHost: a")
                .Answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
                .Ask("\r\n\r\n\u0001\u0009\0A23456789").InPiecesOf(size).Finish(close: true);
            Assert.DoesNotContain(all, static e => e.Protocol == Protocol.WebSocket && e.Completeness.Kind == CompletenessKind.Complete);
        }
    }

    [Fact]
    public void What_stands_where_the_body_of_a_response_without_request_may_go_on_is_no_proven_answer()
    {
        var exchanges = Conversation.AtServer().Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\nto the close").Ask(Get("/1"))
            .Answer("HTTP/1.1 204 No Content\r\n\r\n").Finish(close: true).Http();
        Assert.Equal(["- - 200 -/12 Done Unmatched 0", "- - 204 -/0 Done Unmatched 0", "GET /1 - 0/- Lost Unmatched 0"], exchanges.Lines().Order(StringComparer.Ordinal));
    }
}
