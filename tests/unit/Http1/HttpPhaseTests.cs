// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.UnitTests.Http2;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http1.HttpTalk;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http1;

/// <summary>The three parts of an exchange's time. A call takes 1 µs here, and 1 ms passes between two.</summary>
public sealed class HttpPhaseTests
{
    private const long Call = 1000;
    private const long Millisecond = 1_000_000;

    [Theory]
    [InlineData(EndpointRole.Client, Call)]
    [InlineData(EndpointRole.Server, 0)]
    public void Upload_wait_and_download_are_told_apart_and_sum_up_to_the_duration(EndpointRole role, long firstCall)
    {
        var exchange = Assert.Single(new Conversation(role)
            .Ask("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na").Pause(6).Ask("b").Pause(19)
            .Answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na").Pause(2).Answer("b").Finish().Http());

        Assert.Equal((7 * Millisecond) + firstCall, exchange.UploadTime);
        Assert.Equal(20 * Millisecond, exchange.WaitTime);
        Assert.Equal(3 * Millisecond, exchange.DownloadTime);
        Assert.Equal(exchange.TimeToFirstByte, exchange.UploadTime + exchange.WaitTime);
        Assert.Equal(exchange.Duration, exchange.UploadTime + exchange.WaitTime + exchange.DownloadTime);
    }

    [Fact]
    public void Http_2_has_the_same_three_parts()
    {
        var talk = Conversation.AtClient().Client([.. Preface, .. Settings()]).Server(Settings());
        talk.Client(Headers(1, end: false, Http2Wire.Get("/"))).Pause(6).Client(Data(1, [1], end: true)).Pause(19)
            .Server(Headers(1, end: false, (":status", "200"))).Pause(2).Server(Data(1, [1, 2], end: true));

        var exchange = Assert.Single(talk.Finish().Http());
        Assert.Equal(((7 * Millisecond) + Call, 20 * Millisecond, 3 * Millisecond), (exchange.UploadTime, exchange.WaitTime, exchange.DownloadTime));
        Assert.Equal(exchange.Duration, exchange.UploadTime + exchange.WaitTime + exchange.DownloadTime);
    }

    [Fact]
    public void An_answer_that_comes_before_the_end_of_the_upload_has_no_wait()
    {
        var exchange = Assert.Single(Conversation.AtServer().Ask("POST /big HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc")
            .Answer("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n").Ask("def").Finish().Http());

        Assert.Equal((2 * Millisecond, null, 0L), (exchange.UploadTime, exchange.WaitTime, exchange.DownloadTime));
    }

    [Fact]
    public void What_has_not_ended_has_no_upload_time_nor_has_what_was_not_seen()
    {
        var cut = Assert.Single(Conversation.AtClient().Ask("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nx").Finish(close: true).Http());
        var lost = Conversation.AtClient().Ask("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nx").Ask("1234").Lost()
            .Answer(Ok(1)).Ask(HttpTalk.Get("/2")).Answer(Ok(2)).Finish(close: true).Http()[0];

        Assert.Equal((null, null, null), (cut.UploadTime, cut.WaitTime, cut.DownloadTime));
        Assert.Equal("POST / 200 5/1 Done Truncated 4", lost.Line());
        Assert.Equal((null, null, 0L), (lost.UploadTime, lost.WaitTime, lost.DownloadTime));
    }

    [Fact]
    public void Interim_responses_are_waited_through_in_both_versions()
    {
        var old = Assert.Single(Conversation.AtClient().Ask("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
            .Answer("HTTP/1.1 100 Continue\r\n\r\n").Ask("x").Answer("HTTP/1.1 103 Early Hints\r\n\r\n").Pause(9).Answer(Ok(1)).Finish().Http());
        var talk = Conversation.AtClient().Client([.. Preface, .. Settings()]).Server(Settings());
        var next = Assert.Single(talk.Client(Headers(1, end: false, Http2Wire.Get("/"))).Server(Headers(1, end: false, (":status", "100")))
            .Client(Data(1, [1], end: true)).Server(Headers(1, end: false, (":status", "103"))).Pause(9).Server(Headers(1, end: true, (":status", "200"))).Finish().Http());

        Assert.Equal((2, 2), (old.InterimResponses, next.InterimResponses));
        Assert.Equal((13 * Millisecond) + Call, old.TimeToFirstByte);
        Assert.Equal((old.TimeToFirstByte, old.UploadTime, old.WaitTime), (next.TimeToFirstByte, next.UploadTime, next.WaitTime));
        Assert.Equal(11 * Millisecond, next.WaitTime);
    }

    [Fact]
    public void A_stream_that_only_got_interim_responses_has_no_first_byte()
    {
        var talk = Conversation.AtClient().Client([.. Preface, .. Settings()]).Server(Settings());
        var exchange = Assert.Single(talk.Client(Headers(1, end: true, Http2Wire.Get("/"))).Server(Headers(1, end: false, (":status", "103"))).Finish(close: true).Http());
        Assert.Equal((null, null, 1, null), (exchange.StatusCode, exchange.TimeToFirstByte, exchange.InterimResponses, exchange.DownloadTime));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_reset_is_no_part_of_what_was_sent_before_it(bool byClient)
    {
        // The whole request, and then a reset.
        var exchange = Assert.Single(ResetAfter(Data(1, [1], end: true), byClient));
        Assert.Equal(((1 * Millisecond) + Call, null, null), (exchange.UploadTime, exchange.WaitTime, exchange.TimeToFirstByte));

        // A part of it.
        exchange = Assert.Single(ResetAfter(Data(1, [1]), byClient));
        Assert.Equal((null, null), (exchange.UploadTime, exchange.TimeToFirstByte));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_upload_that_is_broken_off_behind_its_answer_has_no_upload_time(bool byClient)
    {
        var talk = Conversation.AtClient().Client([.. Preface, .. Settings()]).Server(Settings())
            .Client(Headers(1, end: false, Http2Wire.Get("/"))).Client(Data(1, [1])).Server(Headers(1, end: true, (":status", "413"))).Pause(50);
        var exchange = Assert.Single((byClient ? talk.Client(Reset(1, 8)) : talk.Server(Reset(1, 0))).Finish().Http());
        Assert.Equal((ExchangeState.Done, null, (2 * Millisecond) + Call, 0L), (exchange.State, exchange.UploadTime, exchange.TimeToFirstByte, exchange.DownloadTime));
        Assert.Equal(exchange.TimeToFirstByte, exchange.Duration);
    }

    private static List<HttpExchange> ResetAfter(byte[] data, bool byClient)
    {
        var talk = Conversation.AtClient().Client([.. Preface, .. Settings()]).Server(Settings())
            .Client(Headers(1, end: false, Http2Wire.Get("/"))).Client(data).Pause(50);
        return (byClient ? talk.Client(Reset(1, 8)) : talk.Server(Reset(1, 8))).Finish().Http();
    }
}
