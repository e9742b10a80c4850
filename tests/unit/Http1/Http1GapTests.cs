// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http1.HttpTalk;

namespace L7Trace.UnitTests.Http1;

public sealed class Http1GapTests
{
    [Fact]
    public void A_body_sent_by_sendfile_is_counted_and_its_exchange_is_truncated() => Assert.Equal(
        ["GET /f 200 0/5000 Done Truncated 5000", "GET /2 200 0/2 Done Complete 0"],
        Conversation.AtServer().Ask(Get("/f")).Answer("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
            .ServerCut(new byte[5000], head: 0).Ask(Get("/2")).Answer(Ok(2)).Finish().Lines());

    [Fact]
    public void The_capture_limit_inside_a_body_leaves_sizes_and_times_exact()
    {
        var exchange = Assert.Single(Conversation.AtClient()
            .Ask(Get("/1")).Pause(50).ServerCut(Bytes(Ok(40_000)), head: 16384, tail: 64).Finish().Http());

        Assert.Equal("GET /1 200 0/40000 Done Truncated 23594", exchange.Line());
        Assert.Equal(51_000_000 + 1000, exchange.Duration);
        Assert.Equal(4096, exchange.ResponseBodyPrefix.Length);
    }

    [Fact]
    public void A_hole_inside_one_chunk_is_counted() => Assert.Equal(
        ["POST /1 200 1000/1 Done Truncated 900"],
        Conversation.AtServer()
            .ClientCut(Bytes($"POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n{new string('x', 1000)}\r\n0\r\n\r\n"), 146, 14)
            .Answer(Ok(1)).Finish().Lines());

    [Fact]
    public void A_hole_in_a_body_up_to_the_close_is_counted() => Assert.Equal(
        ["GET /1 200 0/700 Done Truncated 500"],
        Conversation.AtClient().Ask(Get("/1")).Answer("HTTP/1.1 200 OK\r\n\r\n" + new string('x', 100))
            .ServerCut(new byte[600], head: 100).EndOfStream(ofServer: true).Finish(close: true).Lines());

    [Fact]
    public void A_body_whose_last_call_was_lost_is_whole_but_when_it_ended_is_not_known() => Assert.Equal(
        ["GET /1 200 0/10 Lost Truncated 4", "GET /2 200 0/2 Done Complete 0"],
        Conversation.AtClient().Ask(Get("/1")).Answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcdef")
            .Answer("ghij").Lost().Ask(Get("/2")).Answer(Ok(2)).Finish().Lines());

    [Fact]
    public void A_gap_across_a_chunk_boundary_ends_the_exchange_with_what_was_seen() => Assert.Equal(
        ["GET /1 200 0/- Lost Truncated 4"],
        Conversation.AtClient().Ask(Get("/1")).Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabcd")
            .Answer("efgh\r\n3\r\nab").Lost().Answer("c\r\n0\r\n\r\n").Finish().Lines());

    [Fact]
    public void A_gap_in_the_headers_of_a_response_leaves_its_request_lost() => Assert.Equal(
        ["GET /1 200 0/- Lost Unmatched 0"],
        Conversation.AtClient().Ask(Get("/1")).Answer("HTTP/1.1 200 OK\r\nContent-").Answer("Length: 3\r\n").Lost()
            .Answer("\r\nabc").Finish(close: true).Lines());

    [Fact]
    public void After_a_lost_request_its_response_is_given_to_nobody()
    {
        var talk = Conversation.AtClient();
        for (var n = 1; n <= 6; n++)
        {
            talk.Ask(Get($"/{n}")).Answer(Ok(n));
        }

        var exchanges = talk.Ask(Get("/7")).Lost().Answer(Ok(7)).Pause(200).Ask(Get("/8")).Answer(Ok(8)).Finish().Http();

        Assert.Equal("- - 200 -/7 Done Unmatched 0", exchanges[6].Line());
        Assert.Equal("GET /8 200 0/8 Done Complete 0", exchanges[7].Line());
    }

    [Fact]
    public void After_a_lost_response_the_next_one_is_paired_once_the_next_request_shows_that_nothing_is_between()
    {
        var talk = Conversation.AtServer();
        for (var n = 1; n <= 6; n++)
        {
            talk.Ask(Get($"/{n}")).Answer(Ok(n));
        }

        var exchanges = talk.Ask(Get("/7")).Answer(Ok(7)).Lost().Ask(Get("/8")).Answer(Ok(8)).Ask(Get("/9")).Answer(Ok(9))
            .Finish().Http();

        Assert.Equal(
            ["GET /7 - 0/- Lost Unmatched 0", "GET /8 200 0/8 Done Complete 0", "GET /9 200 0/9 Done Complete 0"],
            exchanges.Lines()[6..]);
    }

    [Fact]
    public void A_connection_that_pipelines_is_not_paired_after_lost_framing()
    {
        var exchanges = Conversation.AtClient()
            .Ask(Get("/1") + Get("/2")).Answer(Ok(1) + Ok(2))
            .Ask(Get("/3")).Lost().Ask(Get("/4")).Answer(Ok(3)).Answer(Ok(4)).Ask(Get("/5")).Answer(Ok(5)).Finish().Http();

        Assert.Equal(["GET /1 200 0/1 Done Complete 0", "GET /2 200 0/2 Done Complete 0"], exchanges.Lines()[..2]);
        Assert.All(exchanges.Skip(2), e => Assert.Equal(CompletenessKind.Unmatched, e.Completeness.Kind));
        Assert.All(exchanges.Skip(2), e => Assert.True(e.Method is null || e.StatusCode is null));
    }

    [Fact]
    public void Requests_before_a_gap_keep_their_responses_also_when_pipelined() => Assert.Equal(
        ["GET /1 200 0/1 Done Complete 0", "GET /2 200 0/2 Done Complete 0"],
        Conversation.AtClient().Ask(Get("/1") + Get("/2")).Ask(Get("/3")).Lost().Ask(Get("/4"))
            .Answer(Ok(1) + Ok(2) + Ok(3) + Ok(4)).Finish().Lines()
            .Where(l => l.Contains("Complete", StringComparison.Ordinal)));

    [Fact]
    public void Joined_in_the_middle_a_response_sent_before_the_first_request_is_not_its_answer() => Assert.Equal(
        ["- - 200 -/9 Done Unmatched 0", "GET /1 200 0/1 Done Complete 0"],
        Conversation.AtClient(fromStart: false).Answer(Ok(9)).Ask(Get("/1")).Answer(Ok(1)).Finish().Lines());

    [Fact]
    public void Joined_in_the_middle_of_a_body_the_next_request_is_there() => Assert.Equal(
        ["GET /1 200 0/1 Done Complete 0", "GET /2 200 0/2 Done Complete 0"],
        Conversation.AtServer(fromStart: false).Answer("rest of a body").Ask(Get("/1")).Answer(Ok(1))
            .Ask(Get("/2")).Answer(Ok(2)).Finish().Lines());

    [Fact]
    public void Joined_in_the_middle_pipelined_exchanges_are_not_paired() => Assert.All(
        Conversation.AtClient(fromStart: false).Ask(Get("/1") + Get("/2")).Answer(Ok(1) + Ok(2)).Finish().Http(),
        e => Assert.True(e.Method is null || e.StatusCode is null));

    [Fact]
    public void An_unmatched_response_to_head_does_not_swallow_the_next_one() => Assert.Equal(
        ["- - 200 -/0 Done Unmatched 0", "GET /1 200 0/1 Done Complete 0"],
        Conversation.AtClient(fromStart: false).Answer("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
            .Ask(Get("/1")).Answer(Ok(1)).Finish().Lines());
}
