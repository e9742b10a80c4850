// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http1.HttpTalk;

namespace L7Trace.UnitTests.Http1;

/// <summary>Fields behind chunked bodies (RFC 9112 section 7.1.2).</summary>
public sealed class Http1TrailerTests
{
    private const string Asked =
        "PUT /u HTTP/1.1\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\\\"c\";d\r\nabc\r\n0;last\r\nX-Sum: 900\r\n\r\n";

    private const string Answered =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n000\r\nX-One: 1\r\nX-Fold: a\r\n  b\r\n\tc\nno field\r\n and so on\nX-Two:\r\n\r\n";

    [Fact]
    public void Trailers_of_chunked_bodies_are_fields_at_every_split()
    {
        for (var cut = 1; cut < Asked.Length; cut++)
        {
            AssertWhole(Conversation.AtServer().Ask(Asked[..cut]).Ask(Asked[cut..]).Answer(Answered));
        }

        for (var cut = 1; cut < Answered.Length; cut++)
        {
            AssertWhole(Conversation.AtClient().Ask(Asked).Answer(Answered[..cut]).Answer(Answered[cut..]));
        }

        AssertWhole(Conversation.AtClient().Ask(Asked).Answer(Answered).InPiecesOf(1));
    }

    [Fact]
    public void Of_trailers_that_end_too_early_the_last_one_is_left_out()
    {
        var exchange = Assert.Single(Conversation.AtClient().Ask(Get("/1"))
            .Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3")
            .EndOfStream(ofServer: true).Finish().Http());

        Assert.Equal("GET /1 200 0/0 Aborted Complete 0", exchange.Line());
        Assert.Equal(["X-A=1"], exchange.ResponseTrailers.Select(Text)); // X-B might have gone on in the next line
    }

    [Fact]
    public void Trailers_are_kept_up_to_the_cap_and_read_to_their_end()
    {
        var large = string.Concat(Enumerable.Range(0, 20_000).Select(n => $"X-{n}: {n}\r\n"));
        var exchanges = Conversation.AtClient().Ask(Get("/1"))
            .Answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + large + "\r\n")
            .Ask(Get("/2")).Answer(Ok(1)).Finish().Http();

        Assert.Equal(["GET /1 200 0/0 Done Complete 0", "GET /2 200 0/1 Done Complete 0"], exchanges.Lines());
        Assert.InRange(exchanges[0].ResponseTrailers.Count, 1000, 20_000 - 1);
        Assert.All(exchanges[0].ResponseTrailers.Index(), t => Assert.Equal($"X-{t.Index}={t.Index}", Text(t.Item)));
        Assert.True(exchanges[0].ResponseTrailers.Sum(t => t.Key.Length + t.Value.Length) <= ParseLimits.Default.MaxHeaderBlock);
    }

    [Fact]
    public void Where_headers_are_not_kept_trailers_are_not_either()
    {
        var talk = new Conversation(EndpointRole.Client, limits: ParseLimits.Default with { KeepHeaders = false });
        var exchange = Assert.Single(talk.Ask(Asked).Answer(Answered).Finish().Http());

        Assert.Equal("PUT /u 200 3/5 Done Complete 0", exchange.Line());
        Assert.Empty(exchange.ResponseTrailers);
    }

    [Fact]
    public void Lost_bytes_among_trailers_make_no_field_up()
    {
        var bytes = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\nX-B: 2\r\nX-C: 3\r\n\r\n");
        for (var head = bytes.Length - 30; head < bytes.Length; head++)
        {
            var exchanges = Conversation.AtClient().Ask(Get("/1")).ServerCut(bytes, head).Finish(close: true).Http();

            Assert.All(
                exchanges.SelectMany(e => e.ResponseTrailers), t => Assert.Contains(Text(t), new[] { "X-A=1", "X-B=2", "X-C=3" }));
        }
    }

    private static void AssertWhole(Conversation talk)
    {
        var exchange = Assert.Single(talk.Finish().Http());
        Assert.Equal("PUT /u 200 3/5 Done Complete 0", exchange.Line());
        Assert.Equal(["X-Sum=900"], exchange.RequestTrailers.Select(Text));
        Assert.Equal(["X-One=1", "X-Fold=a b c", "X-Two="], exchange.ResponseTrailers.Select(Text));
    }

    private static string Text(KeyValuePair<string, string> field) => $"{field.Key}={field.Value}";
}
