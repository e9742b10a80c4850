// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Http2;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

/// <summary>Conversations from their first byte: every kind of frame, and how streams end.</summary>
public sealed class Http2SessionTests
{
    public static TheoryData<EndpointRole> Roles() => [EndpointRole.Client, EndpointRole.Server];

    [Theory]
    [MemberData(nameof(Roles))]
    public void A_request_and_its_response_are_one_exchange_with_all_that_was_said(EndpointRole role)
    {
        var talk = Begun(role);
        talk.Client(Headers(1, end: false, [.. Get("/orders?id=7"), ("user-agent", "test/1"), ("content-type", "text/plain")]))
            .Client(Data(1, "hello"u8.ToArray(), end: true))
            .Server(Headers(1, end: false, (":status", "201"), ("content-type", "application/json")))
            .Server(Data(1, "{\"a\":"u8.ToArray())).Server(Data(1, "1}"u8.ToArray(), end: true));

        var exchange = Assert.Single(Finish(talk));
        Assert.Equal(("GET", "/orders", "id=7", "shop", "test/1", 201, "2", 1u), (exchange.Method, exchange.Path, exchange.Query,
            exchange.Host, exchange.UserAgent, exchange.StatusCode, exchange.Version, exchange.StreamId));
        Assert.Equal((ExchangeState.Done, Completeness.Complete), (exchange.State, exchange.Completeness));
        Assert.Equal((5L, 7L), (exchange.RequestBodySize, exchange.ResponseBodySize));
        Assert.Equal("{\"a\":1}", Encoding.UTF8.GetString(exchange.ResponseBodyPrefix.Span));
        Assert.Equal([KeyValuePair.Create("content-type", "application/json")], exchange.ResponseHeaders);
        Assert.Equal(4_000_000 + (role == EndpointRole.Client ? 1000 : 0), exchange.Duration);
        Assert.Equal(2_000_000 + (role == EndpointRole.Client ? 1000 : 0), exchange.TimeToFirstByte);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void However_the_bytes_are_cut_into_calls_the_exchanges_are_the_same(EndpointRole role)
    {
        for (var size = 1; size < 40; size++)
        {
            var talk = Begun(role);
            talk.Client(Headers(1, end: true, Get("/a"))).Client(Headers(3, end: true, Get("/b")))
                .Server(Headers(3, end: false, (":status", "404"))).Server(Headers(1, end: false, (":status", "200")))
                .Server(Data(1, new byte[100])).Server(Data(3, new byte[50], end: true)).Server(Data(1, new byte[30], end: true));
            var found = Finish(talk.InPiecesOf(size));
            Assert.Equal([("/b", 404, 50L), ("/a", 200, 130L)], found.Select(e => (e.Path, e.StatusCode!.Value, e.ResponseBodySize!.Value)));
            Assert.All(found, e => Assert.Equal(Completeness.Complete, e.Completeness));
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void What_still_comes_of_a_frame_whose_stream_is_over_is_no_other_streams(EndpointRole role)
    {
        var upload = Data(1, new byte[300]);
        var talk = Begun(role);
        talk.Client(Headers(1, end: false, Get("/refused"))).Client(upload[..100])
            .Server(Headers(1, end: true, (":status", "413"))).Server(Reset(1, 0))
            .Client(upload[100..]).Client(Headers(3, end: true, Get("/next"))).Server(Headers(3, end: true, (":status", "200")));
        Assert.Equal([("/refused", 413, true), ("/next", 200, false)],
            Finish(talk).Select(e => (e.Path!, e.StatusCode!.Value, e.RequestBodySize > 0)));

        // The new stream begins on the other side while the frame is under way.
        var push = Data(1, new byte[300]);
        talk = Begun(role);
        talk.Client(Headers(1, end: true, Get("/left"))).Server(Headers(1, end: false, (":status", "200"))).Server(push[..50])
            .Client(Reset(1, 8)).Client(Headers(3, end: true, Get("/next")))
            .Server(push[50..]).Server(Headers(3, end: true, (":status", "204")));
        Assert.Equal([("/left", 200, (long?)41), ("/next", 204, 0)], Finish(talk).Select(e => (e.Path!, e.StatusCode!.Value, e.ResponseBodySize)));
    }

    [Theory]
    [InlineData("5", ExchangeState.Done)]
    [InlineData("6", ExchangeState.Aborted)]
    [InlineData(null, ExchangeState.Aborted)]
    public void A_connection_that_closes_behind_the_whole_length_of_a_response_has_not_cut_it_off(string? length, ExchangeState state)
    {
        var talk = Begun(EndpointRole.Client);
        talk.Client(Headers(1, end: true, Get("/")))
            .Server(Headers(1, end: false, [(":status", "200"), .. length is null ? [] : new[] { ("content-length", length) }]))
            .Server(Data(1, "whole"u8.ToArray()));
        var exchange = (HttpExchange)Assert.Single(talk.Finish(close: true));
        Assert.Equal((state, Completeness.Complete, (long?)5), (exchange.State, exchange.Completeness, exchange.ResponseBodySize));
    }

    [Fact]
    public void A_hundred_interleaved_streams_all_have_their_own_response()
    {
        var talk = Begun(EndpointRole.Client);
        var encoder = (Request: new Http2Encoder(), Response: new Http2Encoder());
        for (var n = 0; n < 100; n++)
        {
            talk.Client(Frame(Http2FrameType.Headers, EndStream | EndHeaders, (uint)(2 * n) + 1, encoder.Request.Block(Get($"/{n}"))));
        }

        foreach (var n in Enumerable.Range(0, 100).OrderBy(n => n * 37 % 100))
        {
            talk.Server(Frame(Http2FrameType.Headers, EndHeaders, (uint)(2 * n) + 1, encoder.Response.Block((":status", $"{200 + n}"))));
        }

        for (var n = 0; n < 100; n++)
        {
            talk.Server(Data((uint)(2 * n) + 1, new byte[n], end: true));
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(n => ($"/{n}", 200 + n, (long)n)),
            Finish(talk).Select(e => (e.Path!, e.StatusCode!.Value, e.ResponseBodySize!.Value)));
    }

    [Fact]
    public void Padding_priority_and_continuations_are_no_content()
    {
        var talk = Begun(EndpointRole.Client);
        var block = Block([.. Get("/padded"), ("x", "y")]);
        talk.Client(Frame(Http2FrameType.Headers, Padded | Priority | EndStream, 1, [3, 0, 0, 0, 0, 16, .. block[..10], 0, 0, 0]))
            .Client(Frame(Http2FrameType.Continuation, 0, 1, block[10..12])).Client(Frame(Http2FrameType.Continuation, EndHeaders, 1, block[12..]))
            .Client(Frame(Http2FrameType.Priority, 0, 1, 0, 0, 0, 0, 1))
            .Server(Headers(1, end: false, (":status", "200")))
            .Server(Frame(Http2FrameType.Data, Padded, 1, [5, 65, 66, 0, 0, 0, 0, 0])).Server(Frame(Http2FrameType.Data, Padded | EndStream, 1, [0, 67]));

        var exchange = Assert.Single(Finish(talk));
        Assert.Equal(("/padded", 3L, "ABC"), (exchange.Path, exchange.ResponseBodySize, Encoding.ASCII.GetString(exchange.ResponseBodyPrefix.Span)));
        Assert.Equal([KeyValuePair.Create("x", "y")], exchange.RequestHeaders);
    }

    [Fact]
    public void Trailers_and_interim_responses_are_part_of_their_exchange()
    {
        var talk = Begun(EndpointRole.Client);
        talk.Client(Headers(1, end: false, Get("/"))).Server(Headers(1, end: false, (":status", "100")))
            .Client(Data(1, [1])).Client(Headers(1, end: true, ("x-sum", "1")))
            .Server(Headers(1, end: false, (":status", "103"), ("link", "</a>")))
            .Server(Headers(1, end: false, (":status", "200"))).Server(Data(1, [1, 2]))
            .Server(Headers(1, end: true, ("x-checksum", "ff")));

        var exchange = Assert.Single(Finish(talk));
        Assert.Equal((200, 2), (exchange.StatusCode, exchange.InterimResponses));
        Assert.Equal([KeyValuePair.Create("x-sum", "1")], exchange.RequestTrailers);
        Assert.Equal([KeyValuePair.Create("x-checksum", "ff")], exchange.ResponseTrailers);
        Assert.Empty(exchange.ResponseHeaders);
    }

    [Theory]
    [InlineData(true, 8u, "CANCEL")]
    [InlineData(false, 7u, "REFUSED_STREAM")]
    [InlineData(false, 99u, "99")]
    public void A_reset_stream_is_an_exchange_that_says_so(bool byClient, uint code, string name)
    {
        var talk = Begun(EndpointRole.Client).Client(Headers(1, end: true, Get("/slow")));
        talk.Server(Headers(1, end: false, (":status", "200"))).Server(Data(1, [1]));
        _ = byClient ? talk.Client(Reset(1, code)) : talk.Server(Reset(1, code));
        talk.Server(Data(1, [2], end: true)); // it was on its way

        var exchange = Assert.Single(Finish(talk));
        Assert.Equal((ExchangeState.Aborted, true, byClient, name), (exchange.State, exchange.IsReset, exchange.IsResetByClient, exchange.ResetError));
    }

    [Fact]
    public void A_server_that_needs_no_more_of_the_request_resets_a_stream_that_is_done()
    {
        var talk = Begun(EndpointRole.Server).Client(Headers(1, end: false, Get("/upload"))).Client(Data(1, new byte[10]));
        talk.Server(Headers(1, end: true, (":status", "413"))).Server(Reset(1, 0));
        var exchange = Assert.Single(Finish(talk));
        Assert.Equal((ExchangeState.Done, false, 413, 10L), (exchange.State, exchange.IsReset, exchange.StatusCode, exchange.RequestBodySize));
    }

    [Fact]
    public void Streams_that_the_server_will_not_process_are_refused_by_its_goaway()
    {
        var talk = Begun(EndpointRole.Client);
        talk.Client(Headers(1, end: true, Get("/1"))).Client(Headers(3, end: true, Get("/3"))).Client(Headers(5, end: true, Get("/5")))
            .Server(GoAway(3, 0)).Client(Headers(7, end: true, Get("/7")))
            .Server(Headers(3, end: true, (":status", "200"))).Server(Headers(1, end: true, (":status", "204")));
        Assert.Equal(
            [("/5", ExchangeState.Aborted, "REFUSED_STREAM"), ("/7", ExchangeState.Aborted, "REFUSED_STREAM"), ("/3", ExchangeState.Done, null), ("/1", ExchangeState.Done, null)],
            Finish(talk).Select(e => (e.Path!, e.State, e.ResetError)));
    }

    [Fact]
    public void A_pushed_response_has_the_request_that_was_promised()
    {
        var talk = Begun(EndpointRole.Client).Client(Headers(1, end: true, Get("/page")));
        talk.Server(Frame(Http2FrameType.PushPromise, EndHeaders, 1, [0, 0, 0, 2, .. Block(Get("/style.css"))]))
            .Server(Headers(1, end: true, (":status", "200"))).Server(Headers(2, end: false, (":status", "200"))).Server(Data(2, new byte[9], end: true));

        var found = Finish(talk);
        Assert.Equal([("/page", false), ("/style.css", true)], found.Select(e => (e.Path!, e.IsPushed)));
        Assert.Null(found[1].Duration);
        Assert.Equal(9, found[1].ResponseBodySize);
    }

    [Fact]
    public void What_the_connection_ends_with_is_aborted_and_what_runs_is_in_flight()
    {
        var talk = Begun(EndpointRole.Client).Client(Headers(1, end: true, Get("/a"))).Server(Headers(1, end: false, (":status", "200")));
        talk.Deliver();
        Assert.Equal(("/a", ExchangeState.Running), talk.InFlight().Cast<HttpExchange>().Select(e => (e.Path!, e.State)).Single());
        Assert.Equal((ExchangeState.Aborted, false), talk.Finish(close: true).Cast<HttpExchange>().Select(e => (e.State, e.IsReset)).Single());
    }

    [Fact]
    public void A_response_that_reaches_the_tracer_before_its_request_is_paired()
    {
        var talk = Begun(EndpointRole.Client).Client(Headers(1, end: true, Get("/late"))).Server(Headers(1, end: true, (":status", "200"))).SwapLastTwo();
        Assert.Equal(("/late", 200), Finish(talk).Select(e => (e.Path!, e.StatusCode!.Value)).Single());
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void A_response_that_reaches_the_tracer_between_two_parts_of_its_requests_fields_is_paired(EndpointRole role)
    {
        var request = Headers(1, end: true, [.. Get("/long"), ("x-long", new string('l', 500))]);
        var talk = Begun(role);
        talk.Client(request[..200]).Client(request[200..]).Server(Headers(1, end: true, (":status", "204"))).SwapLastTwo();
        var exchange = Assert.Single(Finish(talk));
        Assert.Equal(("/long", 204, ExchangeState.Done, Completeness.Complete), (exchange.Path, exchange.StatusCode!.Value, exchange.State, exchange.Completeness));
    }

    [Fact]
    public void A_response_of_data_alone_is_not_whole()
    {
        var talk = Begun(EndpointRole.Client);
        talk.Client(Headers(1, end: true, Get("/"))).Server(Data(1, "no fields"u8.ToArray(), end: true));
        var exchange = Assert.Single(Finish(talk));
        Assert.Equal((null, CompletenessKind.Truncated), (exchange.StatusCode, exchange.Completeness.Kind));
    }

    [Fact]
    public void The_prior_knowledge_of_the_server_is_enough_to_know_the_protocol()
    {
        var talk = new Conversation(EndpointRole.Server, knownRole: EndpointRole.Unknown).Server(Settings((3, 100)));
        talk.Client([.. Preface, .. Settings()]).Client(Headers(1, end: true, Get("/"))).Server(Headers(1, end: true, (":status", "200")));
        Assert.Equal("/", Assert.Single(Finish(talk)).Path);
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void A_request_that_asks_for_HTTP_2_is_answered_on_stream_1(EndpointRole role)
    {
        var talk = new Conversation(role)
            .Client("GET /up?a=1 HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"u8.ToArray())
            .Server("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"u8.ToArray())
            .Server(Settings()).Client([.. Preface, .. Settings()]).Server(Headers(1, end: false, (":status", "200"))).Client(Headers(3, end: true, Get("/next")))
            .Server(Data(1, new byte[9], end: true)).Server(Headers(3, end: true, (":status", "204")));

        var found = Finish(talk);
        Assert.Equal([("/up", 101, "1.1"), ("/up", 200, "2"), ("/next", 204, "2")], found.Select(e => (e.Path!, e.StatusCode!.Value, e.Version!)));
        Assert.Equal(("a=1", "shop", 9L, Completeness.Complete), (found[1].Query, found[1].Host, found[1].ResponseBodySize, found[1].Completeness));
        Assert.Equal(found[0].Start, found[1].Start);
        Assert.True(found[1].Duration > found[0].Duration && found[0].Id != found[1].Id);
    }

    private static Conversation Begun(EndpointRole role) =>
        new Conversation(role).Client([.. Preface, .. Settings((4, 65535))]).Server(Settings((3, 100))).Client(SettingsAck).Server(SettingsAck);

    private static List<HttpExchange> Finish(Conversation talk) => [.. talk.Finish().Cast<HttpExchange>()];
}
