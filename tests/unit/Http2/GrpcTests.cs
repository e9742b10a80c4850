// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http2.Http2Wire;

namespace L7Trace.UnitTests.Http2;

/// <summary>Calls of gRPC: what they say beyond their stream.</summary>
public sealed class GrpcTests
{
    private static readonly (string, string)[] s_ok = [(":status", "200"), ("content-type", "application/grpc+proto")];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(4, 1)]
    [InlineData(3, 5)]
    public void Messages_of_all_four_kinds_of_calls_are_counted_with_their_bytes(int requests, int responses)
    {
        var sent = Enumerable.Range(1, requests).SelectMany(i => Message(i * 10)).ToArray();
        var answered = Enumerable.Range(0, responses).SelectMany(i => Message(i * 7)).ToArray();
        for (var size = 1; size < 60; size += 3)
        {
            var talk = Begun().Client(Headers(1, end: false, Call("/shop.Orders/Watch", ("grpc-timeout", "250m"))));
            foreach (var part in sent.Chunk(size))
            {
                talk.Client(Data(1, part));
            }

            talk.Client(Data(1, [], end: true)).Server(Headers(1, end: false, s_ok));
            foreach (var part in answered.Chunk(size))
            {
                talk.Server(Data(1, part));
            }

            var call = One(talk.Server(Headers(1, end: true, ("grpc-status", "0"))));
            Assert.Equal(("shop.Orders/Watch", 0, 250_000_000L), (call.Grpc!.Method, call.Grpc.StatusCode, call.Grpc.Timeout));
            Assert.Equal(((long?)requests, (long?)requests * (requests + 1) * 5, (long?)0), (call.Grpc.Request.Count, call.Grpc.Request.Bytes, call.Grpc.Request.Compressed));
            Assert.Equal(((long?)responses, (long?)responses * (responses - 1) * 7 / 2), (call.Grpc.Response.Count, call.Grpc.Response.Bytes));
            Assert.True(call.Response.First.Exit < call.Grpc.Response.FirstAt && call.Grpc.Response.FirstAt <= call.Grpc.Response.LastAt);
            Assert.True(call.Grpc.Response.LastAt < call.Response.Last.Exit);
        }
    }

    [Fact]
    public void Each_message_of_a_stream_has_its_time_up_to_a_bound()
    {
        var talk = Begun().Client(Headers(1, end: false, Call("/a.B/C")));
        for (var i = 0; i < 150; i++)
        {
            talk.Client(Data(1, Message(3)));
        }

        var call = One(talk.Client(Data(1, [], end: true)).Server(Headers(1, end: false, s_ok)).Server(Data(1, [.. Message(1), .. Message(2)]))
            .Server(Data(1, Message(4))).Server(Headers(1, end: true, ("grpc-status", "0"))));
        Assert.Equal((150L, 100), (call.Grpc!.Request.Count!.Value, call.Grpc.Request.Times!.Count));
        Assert.Equal(Enumerable.Range(1, 100).Select(i => call.Request.First.Exit + (i * 1_000_000L)), call.Grpc.Request.Times);
        Assert.Equal([call.Grpc.Response.FirstAt!.Value, call.Grpc.Response.FirstAt!.Value, call.Grpc.Response.LastAt!.Value], call.Grpc.Response.Times!);
    }

    [Fact]
    public void The_status_of_a_call_stands_in_its_trailers_or_in_the_only_block()
    {
        var inTrailers = One(Begun().Client(Headers(1, end: true, Call("/a.B/C"))).Server(Headers(1, end: false, s_ok))
            .Server(Headers(1, end: true, ("grpc-status", "14"), ("grpc-message", "down%3A 100%25 %e4%bd%a0 %zz %4"))));
        Assert.Equal((14, "down: 100% \u4f60 %zz %4", true), (inTrailers.Grpc!.StatusCode, inTrailers.Grpc.StatusMessage, inTrailers.IsError));

        var only = One(Begun().Client(Headers(1, end: true, Call("/a.B/C"))).Server(Headers(1, end: true, [.. s_ok, ("grpc-status", "12")])));
        Assert.Equal((12, (string?)null), (only.Grpc!.StatusCode, only.Grpc.StatusMessage));
    }

    [Fact]
    public void An_answer_of_something_that_knows_no_gRPC_has_no_messages()
    {
        var call = One(Begun().Client(Headers(1, end: true, Call("/a.B/C")))
            .Server(Headers(1, end: false, (":status", "502"), ("content-type", "text/html"))).Server(Data(1, "<html>"u8.ToArray(), end: true)));
        Assert.Equal((502, (int?)null, (long?)0), (call.StatusCode, call.Grpc!.StatusCode, call.Grpc.Response.Count));
        Assert.Null(One(Begun().Client(Headers(1, end: true, Get("/"))).Server(Headers(1, end: true, (":status", "200")))).Grpc);
    }

    [Fact]
    public void A_hole_inside_a_message_is_counted_and_one_across_messages_makes_the_counts_unknown()
    {
        var inside = Begun().Client(Headers(1, end: true, Call("/a.B/C"))).Server(Headers(1, end: false, s_ok));
        inside.ServerCut(Data(1, [.. Message(500), .. Message(20)]), head: 100, tail: 60).Server(Headers(1, end: true, ("grpc-status", "0")));
        Assert.Equal((2L, 520L), (One(inside).Grpc!.Response.Count!.Value, inside.Exchanges.Cast<HttpExchange>().Single().Grpc!.Response.Bytes!.Value));

        var across = Begun().Client(Headers(1, end: true, Call("/a.B/C"))).Server(Headers(1, end: false, s_ok));
        across.ServerCut(Data(1, [.. Message(50), .. Message(20)]), head: 30, tail: 10).Server(Headers(1, end: true, ("grpc-status", "0")));
        Assert.Equal((null, 0, 80L), (One(across).Grpc!.Response.Count, across.Exchanges.Cast<HttpExchange>().Single().Grpc!.StatusCode, across.Exchanges.Cast<HttpExchange>().Single().ResponseBodySize));
    }

    [Theory]
    [InlineData("1H", 3_600_000_000_000)]
    [InlineData("99999999S", 99_999_999_000_000_000)]
    [InlineData("7u", 7_000L)]
    [InlineData("12n", 12L)]
    [InlineData("0M", 0L)]
    [InlineData("m", null)]
    [InlineData("123456789m", null)]
    [InlineData("-1S", null)]
    [InlineData("1x", null)]
    [InlineData("99999999H", null)]
    public void A_timeout_has_at_most_eight_digits_and_a_unit(string text, long? nanoseconds) =>
        Assert.Equal(nanoseconds, GrpcStatus.ParseTimeout(text));

    private static byte[] Message(int length) => [0, .. UInt32((uint)length), .. new byte[length]];

    private static (string, string)[] Call(string path, params (string, string)[] more) =>
        [(":method", "POST"), (":scheme", "http"), (":path", path), ("content-type", "application/grpc"), ("te", "trailers"), .. more];

    private static Conversation Begun() => Conversation.AtClient().Client([.. Preface, .. Settings()]).Server(Settings());

    private static HttpExchange One(Conversation talk) => Assert.Single(talk.Finish().Cast<HttpExchange>());
}
