// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http1.HttpTalk;

namespace L7Trace.UnitTests.Http1;

public sealed class Http1SessionTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void A_folded_header_is_the_same_however_its_blanks_are_cut_into_calls()
    {
        for (var size = 1; size < 20; size++)
        {
            var exchange = Assert.Single(Conversation.AtClient().Ask("GET / HTTP/1.1\r\nA: 1\r\n \t  folded\r\n\r\n")
                .Answer("HTTP/1.1 204 No\r\n\r\n").InPiecesOf(size).Finish().Http());
            Assert.Equal([KeyValuePair.Create("A", "1 folded")], exchange.RequestHeaders);
        }
    }

    [Fact]
    public void A_request_and_its_response_become_one_exchange()
    {
        var exchange = Assert.Single(Conversation.AtClient()
            .Ask("POST /cart?id=7&x HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: tester/1\r\nContent-Length: 5\r\nX-A: b \r\n\r\nhello")
            .Answer("HTTP/1.1 201 Created\r\nContent-Length: 3\r\nServer: s\r\n\r\nyes")
            .Finish().Http());

        Assert.Equal("POST /cart?id=7&x 201 5/3 Done Complete 0", exchange.Line());
        Assert.Equal(("/cart", "id=7&x", "shop.test", "tester/1", "1.1"),
            (exchange.Path, exchange.Query, exchange.Host, exchange.UserAgent, exchange.Version));
        Assert.Equal(["Host", "User-Agent", "Content-Length", "X-A"], exchange.RequestHeaders.Select(h => h.Key));
        Assert.Equal("b", exchange.RequestHeaders[3].Value);
        Assert.Equal(["Content-Length", "Server"], exchange.ResponseHeaders.Select(h => h.Key));
        Assert.Equal("hello", System.Text.Encoding.ASCII.GetString(exchange.RequestBodyPrefix.Span));
        Assert.Equal("yes", System.Text.Encoding.ASCII.GetString(exchange.ResponseBodyPrefix.Span));
        Assert.False(exchange.IsError);
        Assert.False(exchange.Tls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Odd_messages_are_shown_with_their_warnings_however_they_are_cut(int size)
    {
        var exchanges = Conversation.AtServer()
            .Ask("CCM_POST / HTTP/1.1\r\nHost: a\r\n\r\n")
            .Answer("HTTP/1.1 200\rX: y\r\nContent-Length: 2\r\n\r\nok")
            .Ask("GET /a b HTTP/1.1\r\n\r\n")
            .Answer("\r\nHTTP/1.1 2XX OK\r\nContent-Length: 3\r\n\r\nabc")
            .InPiecesOf(size).Finish().Http();

        Assert.Equal(["CCM_POST / 200 0/2 Done Complete 0", "GET /a b - 0/3 Done Complete 0"], exchanges.Lines());
        Assert.Equal(
            [Http1Warnings.BadStartLine | Http1Warnings.BareReturn, Http1Warnings.BadStartLine | Http1Warnings.LeadingEmptyLines],
            exchanges.Select(static exchange => exchange.Warnings));
    }

    [Fact]
    public void A_request_without_a_version_is_shown_without_one()
    {
        var exchange = Assert.Single(
            Conversation.AtServer().Ask("GET /gen?a=1\r\nHost: a\r\n\r\n").Answer("no status line").Finish(close: true).Http());

        Assert.Equal("GET /gen?a=1 - 0/- Lost Unmatched 0", exchange.Line());
        Assert.Equal((null, Http1Warnings.BadStartLine), (exchange.Version, exchange.Warnings));
    }

    [Fact]
    public void Latency_at_the_client_goes_from_the_entry_of_the_first_send_to_the_exit_of_the_last_receive()
    {
        var exchange = Assert.Single(Conversation.AtClient()
            .Ask("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na").Pause(5).Ask("b").Pause(20)
            .Answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na").Pause(30).Answer("b")
            .Finish());

        Assert.Equal(Conversation.Epoch + Millisecond, exchange.Start);
        Assert.Equal((58 * Millisecond) + 1000, exchange.Duration);
        Assert.Equal((27 * Millisecond) + 1000, exchange.TimeToFirstByte);
    }

    [Fact]
    public void Latency_at_the_server_goes_from_the_exit_of_the_first_receive_to_the_exit_of_the_last_send()
    {
        var exchange = Assert.Single(Conversation.AtServer().Ask(Get("/")).Pause(9).Answer(Ok(4)).Finish());

        Assert.Equal(Conversation.Epoch + Millisecond + 1000, exchange.Start);
        Assert.Equal(10 * Millisecond, exchange.Duration);
    }

    [Fact]
    public void Keep_alive_gives_one_exchange_after_the_other() => Assert.Equal(
        ["GET /1 200 0/1 Done Complete 0", "GET /2 200 0/2 Done Complete 0", "GET /3 200 0/0 Done Complete 0"],
        Conversation.AtServer()
            .Ask(Get("/1")).Answer(Ok(1)).Ask(Get("/2")).Answer(Ok(2)).Ask(Get("/3")).Answer(Ok(0)).Finish().Lines());

    [Fact]
    public void Pipelined_requests_are_answered_in_their_order_with_their_own_latency()
    {
        var exchanges = Conversation.AtClient()
            .Ask(Get("/1") + Get("/2") + Get("/3"))
            .Answer(Ok(1)).Pause(10).Answer(Ok(2) + Ok(3)).Finish();

        Assert.Equal(
            ["GET /1 200 0/1 Done Complete 0", "GET /2 200 0/2 Done Complete 0", "GET /3 200 0/3 Done Complete 0"],
            exchanges.Lines());
        Assert.Equal([1, 12, 12], exchanges.Select(e => e.Duration / Millisecond));
    }

    [Fact]
    public void A_response_that_is_read_before_its_request_waits_for_it() => Assert.Equal(
        ["GET /1 200 0/1 Done Complete 0"],
        Conversation.AtClient().Ask(Get("/1")).Answer(Ok(1)).SwapLastTwo().Finish().Lines());

    [Fact]
    public void Head_204_304_and_1xx_have_no_body_whatever_their_headers_say() => Assert.Equal(
        [
            "HEAD /1 200 0/0 Done Complete 0", "GET /2 304 0/0 Done Complete 0", "DELETE /3 204 0/0 Done Complete 0",
            "GET /4 200 0/4 Done Complete 0",
        ],
        Conversation.AtClient()
            .Ask("HEAD /1 HTTP/1.1\r\n\r\n").Answer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            .Ask(Get("/2")).Answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n")
            .Ask("DELETE /3 HTTP/1.1\r\n\r\n").Answer("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n")
            .Ask(Get("/4")).Answer(Ok(4)).Finish().Lines());

    [Fact]
    public void Interim_responses_are_counted_and_the_final_one_is_the_response()
    {
        var exchange = Assert.Single(Conversation.AtClient()
            .Ask("PUT /f HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
            .Answer("HTTP/1.1 100 Continue\r\n\r\n").Ask("data")
            .Answer("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .Finish().Http());

        Assert.Equal("PUT /f 200 4/0 Done Complete 0", exchange.Line());
        Assert.Equal(2, exchange.InterimResponses);
    }

    [Fact]
    public void Chunked_bodies_are_counted_without_their_framing()
    {
        var exchange = Assert.Single(Conversation.AtClient()
            .Ask("POST /u HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
            .Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n" +
                    "A;name=\"v\"\r\n0123456789\r\n00005 ; x\r\nabcde\r\n0;last\r\nX-Sum: 1\r\nX-T: 2\r\n\r\n")
            .Finish().Http());

        Assert.Equal("POST /u 200 3/15 Done Complete 0", exchange.Line());
        Assert.Equal("0123456789abcde", System.Text.Encoding.ASCII.GetString(exchange.ResponseBodyPrefix.Span));
        Assert.Equal(Http1Warnings.None, exchange.Warnings);
    }

    [Fact]
    public void A_body_up_to_the_close_ends_with_the_stream()
    {
        var talk = Conversation.AtClient().Ask("GET /old HTTP/1.0\r\n\r\n").Answer("HTTP/1.0 200 OK\r\n\r\nsome").Answer(" text");

        Assert.Empty(talk.Finish());
        Assert.Equal(
            ["GET /old 200 0/9 Done Complete 0"], talk.EndOfStream(ofServer: true).Finish(close: true).Lines());
        Assert.Equal("1.0", talk.Exchanges.Http()[0].Version);
    }

    [Fact]
    public void A_body_up_to_the_close_that_waited_for_its_request_ends_too() => Assert.Equal(
        ["GET /old 200 0/4 Done Complete 0"],
        Conversation.AtServer()
            .Answer("HTTP/1.0 200 OK\r\n\r\nsome").EndOfStream(ofServer: true)
            .AskEarlier("GET /old HTTP/1.0\r\n\r\n").Finish(close: true).Lines());

    [Fact]
    public void A_body_cut_by_the_end_of_the_stream_is_aborted_with_what_was_seen() => Assert.Equal(
        ["GET /1 200 0/3 Aborted Complete 0", "GET /2 - 0/- Aborted Complete 0"],
        Conversation.AtClient().Ask(Get("/1") + Get("/2")).Answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
            .EndOfStream(ofServer: true).Finish().Lines());

    [Fact]
    public void Requests_without_a_response_are_aborted_when_the_connection_closes() => Assert.Equal(
        ["GET /1 200 0/1 Done Complete 0", "GET /2 - 0/- Aborted Complete 0", "POST /3 - 1/- Aborted Complete 0"],
        Conversation.AtClient().Ask(Get("/1") + Get("/2")).Answer(Ok(1))
            .Ask("POST /3 HTTP/1.1\r\nContent-Length: 5\r\n\r\nx").Finish(close: true).Lines());

    [Fact]
    public void A_response_before_the_end_of_its_request_is_one_exchange_when_both_have_ended() => Assert.Equal(
        ["POST /big 413 6/0 Done Complete 0", "GET /next 200 0/2 Done Complete 0"],
        Conversation.AtServer().Ask("POST /big HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
            .Answer("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").Ask("def").Ask(Get("/next")).Answer(Ok(2))
            .Finish().Lines());

    [Fact]
    public void A_response_before_the_end_of_its_request_shows_when_the_connection_closes() => Assert.Equal(
        ["POST /big 413 3/0 Done Complete 0"],
        Conversation.AtServer().Ask("POST /big HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
            .Answer("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").Finish(close: true).Lines());

    [Theory]
    [InlineData("http://a.test:80/p/q?x=1", "/p/q", "x=1", "h")]
    [InlineData("http://a.test", "/", null, "h")]
    [InlineData("http://a.test?y", "/", "y", "h")]
    [InlineData("*", "*", null, "h")]
    [InlineData("/?", "/", "", "h")]
    [InlineData("/a?b?c", "/a", "b?c", "h")]
    [InlineData("/r?u=http://b/", "/r", "u=http://b/", "h")]
    [InlineData("//x/y", "//x/y", null, "h")]
    public void Targets_are_split_into_path_and_query(string target, string path, string? query, string host)
    {
        var exchange = Assert.Single(Conversation.AtClient()
            .Ask($"OPTIONS {target} HTTP/1.1\r\nHost: h\r\n\r\n").Answer(Ok(0)).Finish().Http());

        Assert.Equal((target, path, query, host), (exchange.Target, exchange.Path, exchange.Query, exchange.Host));
    }

    [Fact]
    public void Connect_is_the_last_exchange_and_the_tunnel_is_not_http()
    {
        var talk = Conversation.AtClient().Ask("CONNECT db.test:443 HTTP/1.1\r\nHost: db.test:443\r\n\r\n")
            .Answer("HTTP/1.1 200 Connection established\r\n\r\n").Ask("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00");
        var exchange = Assert.Single(talk.Finish(close: true).Http());

        Assert.Equal("CONNECT db.test:443 200 0/0 Done Complete 0", exchange.Line());
        Assert.Null(exchange.Path);
        Assert.Equal("db.test:443", exchange.Host);
    }

    [Fact]
    public void What_runs_inside_a_tunnel_is_detected_anew() => Assert.Equal(
        ["CONNECT a:80 200 0/0 Done Complete 0", "GET /in 200 0/2 Done Complete 0"],
        Conversation.AtClient().Ask("CONNECT a:80 HTTP/1.1\r\n\r\n").Answer("HTTP/1.1 200 OK\r\n\r\n")
            .Ask(Get("/in")).Answer(Ok(2)).Finish(close: true).Lines());

    [Fact]
    public void A_refused_connect_leaves_the_connection_as_it_is() => Assert.Equal(
        ["CONNECT a:80 407 0/3 Done Complete 0", "GET /in 200 0/2 Done Complete 0"],
        Conversation.AtClient().Ask("CONNECT a:80 HTTP/1.1\r\n\r\n" + Get("/in"))
            .Answer("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nabc" + Ok(2))
            .Finish(close: true).Lines());

    [Fact]
    public void An_upgrade_ends_the_protocol_with_its_exchange() => Assert.Equal(
        ["GET /ws 101 0/0 Done Complete 0"],
        Conversation.AtServer().Ask(Get("/ws", "Upgrade: other\r\nConnection: Upgrade\r\n"))
            .Answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\n\r\n\x81\x02hi").Ask("\x82\x80\x01\x02\x03\x04")
            .Finish(close: true).Lines());

    [Fact]
    public void Obs_fold_and_bare_lf_are_taken()
    {
        var exchange = Assert.Single(Conversation.AtClient()
            .Ask("\r\n\nGET / HTTP/1.1\nHost: a\nX-Long: one\n  two\r\n\tthree\nTransfer-Encoding:\n chunked\n\n0\n\n")
            .Answer("HTTP/1.1 200\nContent-Length: 1\n\nx").Finish().Http());

        Assert.Equal("GET / 200 0/1 Done Complete 0", exchange.Line());
        Assert.Equal("one two three", exchange.RequestHeaders[1].Value);
        Assert.Equal(Http1Warnings.ObsoleteFolding | Http1Warnings.OddChunk, exchange.Warnings);
    }

    [Theory]
    [InlineData("Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", 1, Http1Warnings.BothLengths)]
    [InlineData("Content-Length: 3, 3\r\ncontent-length: 3\r\n\r\nabc", 3, Http1Warnings.RepeatedContentLength)]
    [InlineData("Content-Length : 3\r\n\r\nabc", 3, Http1Warnings.BadHeaderLine)]
    [InlineData("Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc", 3, Http1Warnings.None)]
    public void Ambiguous_lengths_are_followed_as_the_standard_says_and_reported(
        string headers, int size, Http1Warnings warnings)
    {
        var exchanges = Conversation.AtServer().Ask("POST / HTTP/1.1\r\n" + headers).Answer(Ok(1))
            .Ask(Get("/2")).Answer(Ok(2)).Finish().Http();

        Assert.Equal($"POST / 200 {size}/1 Done Complete 0", exchanges[0].Line());
        Assert.Equal("GET /2 200 0/2 Done Complete 0", exchanges[1].Line());
        Assert.Equal(warnings, exchanges[0].Warnings);
    }

    [Fact]
    public void A_408_to_an_idle_client_answers_no_request() => Assert.Equal(
        ["GET /1 200 0/1 Done Complete 0", "- - 408 -/0 Done Unmatched 0", "GET /2 200 0/2 Done Complete 0"],
        Conversation.AtServer().Ask(Get("/1")).Answer(Ok(1))
            .Answer("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n").Ask(Get("/2")).Answer(Ok(2))
            .Finish().Lines());

    [Fact]
    public void What_runs_is_visible_with_what_is_known_of_it()
    {
        var talk = Conversation.AtClient().Ask(Get("/1") + Get("/2") + "GET /3 HTTP/1.1\r\nHo")
            .Answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");

        Assert.Empty(talk.Finish());
        Assert.Equal(
            ["GET /1 200 0/2 Running Complete 0", "GET /2 - 0/- Running Complete 0", "GET /3 - -/- Running Complete 0"],
            talk.InFlight().Lines());
    }

    [Fact]
    public void Wherever_the_cap_cuts_the_headers_all_of_them_count_for_the_framing()
    {
        const string Head = "POST /a HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\nUser-Agent: b\r\n\r\n";
        for (var cap = 17; cap < Head.Length + 3; cap++)
        {
            var talk = new Conversation(EndpointRole.Server, limits: ParseLimits.Default with { MaxHeaderBlock = cap });
            var exchange = Assert.Single(talk.Ask(Head + "3\r\nabc\r\n0\r\n\r\n").Answer(Ok(1)).Finish().Http());

            Assert.Equal((3L, Http1Warnings.None), (exchange.RequestBodySize, exchange.Warnings));
            Assert.Equal(exchange.RequestHeaders.FirstOrDefault(static x => x.Key == "Host").Value, exchange.Host);
            Assert.Equal(exchange.RequestHeaders.FirstOrDefault(static x => x.Key == "User-Agent").Value, exchange.UserAgent);
        }
    }

    [Theory]
    [InlineData("Host: a\r\nHost: b\r\nUser-Agent:\r\n", "a", "")]
    [InlineData("hOST :\t a \r\nUSER-AGENT: x\r\n\ty\r\n", "a", "x y")]
    [InlineData("X-Host: a\r\nHos: b\r\n", null, null)]
    [InlineData("Host: a\nUser-Agent: b\n", "a", "b")]
    public void Host_and_user_agent_are_the_first_headers_of_that_name_however_they_are_sent(string headers, string? host, string? agent)
    {
        for (var piece = 1; piece < 60; piece++)
        {
            var exchange = Conversation.AtClient().Ask("GET /a HTTP/1.1\r\n" + headers + "\r\n").Answer(Ok(1)).InPiecesOf(piece).Finish().Http()[0];

            Assert.Equal((host, agent), (exchange.Host, exchange.UserAgent));
        }
    }

    [Fact]
    public void Headers_beyond_the_cap_are_not_kept_but_their_framing_counts()
    {
        var exchanges = Conversation.AtClient()
            .Ask("POST /1 HTTP/1.1\r\nX: " + new string('y', 70_000) + "\r\nContent-Length: 4\r\n\r\nbody").Answer(Ok(1))
            .Ask(Get("/2")).Answer(Ok(2)).Finish().Http();

        Assert.Equal(["POST /1 200 4/1 Done Complete 0", "GET /2 200 0/2 Done Complete 0"], exchanges.Lines());
        Assert.Empty(exchanges[0].RequestHeaders);
    }

    [Fact]
    public void Bodies_are_kept_up_to_the_cap()
    {
        var exchange = Assert.Single(Conversation.AtClient().Ask(Get("/1")).Answer(Ok(100_000)).InPiecesOf(1000).Finish().Http());

        Assert.Equal(100_000, exchange.ResponseBodySize);
        Assert.Equal(4096, exchange.ResponseBodyPrefix.Length);
    }
}
