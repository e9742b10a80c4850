// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.Http1.HttpTalk;

namespace L7Trace.UnitTests.Http1;

public sealed class Http1ReaderTests
{
    private const string Asked =
        "\r\nPOST /a?b HTTP/1.1\r\nHost: h\r\nX-Fold: 1\r\n 2\r\nTransfer-Encoding: chunked\r\n\r\n5;x=\"y\"\r\nhello\r\n" +
        "00A\r\n0123456789\r\n0\r\nT: 1\r\n\r\nHEAD /2 HTTP/1.0\nHost: h\n\nPUT /3 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";

    private const string Answered =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n" +
        "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    private static readonly string[] Expected =
        ["POST /a?b 200 15/4 Done Complete 0", "HEAD /2 200 0/0 Done Complete 0", "PUT /3 404 3/3 Done Complete 0"];

    [Fact]
    public void Every_cut_of_both_streams_gives_the_same_exchanges()
    {
        for (var cut = 1; cut < Asked.Length; cut++)
        {
            Assert.Equal(Expected, Conversation.AtClient().Ask(Asked[..cut]).Ask(Asked[cut..]).Answer(Answered).Finish().Lines());
        }

        for (var cut = 1; cut < Answered.Length; cut++)
        {
            Assert.Equal(Expected, Conversation.AtClient().Ask(Asked).Answer(Answered[..cut]).Answer(Answered[cut..]).Finish().Lines());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Pieces_of_any_size_give_the_same_exchanges(int size) => Assert.Equal(
        Expected, Conversation.AtServer().Ask(Asked).Answer(Answered).InPiecesOf(size).Finish().Lines());

    [Theory]
    [InlineData("GET / HTTP/1.1", "GET", "/", 1)]
    [InlineData("M-SEARCH * HTTP/1.1", "M-SEARCH", "*", 1)]
    [InlineData("GET /with space HTTP/1.0", "GET", "/with space", 0)]
    [InlineData("QUERY  /x  HTTP/1.1  ", "QUERY", "/x", 1)]
    [InlineData("get /\u00e9 HTTP/1.1", "get", "/\u00e9", 1)]
    public void Request_lines_are_split(string line, string method, string target, int minor)
    {
        var bytes = Bytes(line);

        Assert.True(Http1StartLine.TryParseRequest(bytes, lenient: false, out var parts));
        Assert.Equal((method, target, minor), (line[parts.Method], line[parts.Target], parts.MinorVersion));
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET /")]
    [InlineData("GET / HTTP/2.0")]
    [InlineData("PRI * HTTP/2.0")]
    [InlineData("PRI * HTTP/1.1")]
    [InlineData("GET  HTTP/1.1")]
    [InlineData(" GET / HTTP/1.1")]
    [InlineData("G(T / HTTP/1.1")]
    [InlineData("GET /\u0001 HTTP/1.1")]
    [InlineData("GET / RTSP/1.0")]
    [InlineData("INVITE sip:a SIP/2.0")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHI / HTTP/1.1")]
    public void Other_lines_are_no_request_lines(string line) =>
        Assert.False(Http1StartLine.TryParseRequest(Bytes(line), lenient: false, out _));

    [Theory]
    [InlineData("HTTP/1.1 200", 200)]
    [InlineData("HTTP/1.0 404 Not Found", 404)]
    [InlineData("HTTP/1.1 599 \u00e4", 599)]
    public void Status_lines_are_read(string line, int status)
    {
        Assert.True(Http1StartLine.TryParseStatus(Bytes(line), lenient: false, out var parts));
        Assert.Equal((status, Http1Warnings.None), (parts.Status, parts.Warnings));
    }

    [Theory]
    [InlineData("HTTP/1.1 20")]
    [InlineData("HTTP/1.1 2000")]
    [InlineData("HTTP/1.1 099 x")]
    [InlineData("HTTP/2 200")]
    [InlineData("ICY 200 OK")]
    [InlineData("HTTP/1.1  200 OK")]
    public void Other_lines_are_no_status_lines(string line) =>
        Assert.False(Http1StartLine.TryParseStatus(Bytes(line), lenient: false, out _));

    [Theory]
    [InlineData("CCM_POST / HTTP/1.", "CCM_POST", "/", "1.")]
    [InlineData("GET / HTTP/2.0", "GET", "/", "2.0")]
    [InlineData("GET /uri afterspace HTTP/1.1", "GET", "/uri afterspace", "")]
    [InlineData("CONNECT mail.test:25 / HTTP/1.0", "CONNECT", "mail.test:25 /", "")]
    [InlineData("GET /gen?a=1", "GET", "/gen?a=1", "")]
    [InlineData("GET /HTTP/1.1", "GET", "/HTTP/1.1", "")]
    public void Odd_request_lines_are_split_with_a_warning_inside_a_session(string line, string method, string target, string version)
    {
        Assert.True(Http1StartLine.TryParseRequest(Bytes(line), lenient: true, out var parts));
        Assert.Equal((method, target, version), (line[parts.Method], line[parts.Target], line[parts.OddVersion]));
        Assert.Equal(Http1Warnings.BadStartLine, parts.Warnings);
    }

    [Theory]
    [InlineData("GET key")]
    [InlineData("FOO /x")]
    [InlineData("PRI * HTTP/2.0")]
    [InlineData("GET/ HTTP/1.1")]
    [InlineData("GET / RTSP/1.0")]
    [InlineData("GET / HTTP/x")]
    [InlineData("GET /\u0001 HTTP/1.")]
    public void What_no_server_takes_is_no_request_line_inside_a_session_either(string line) =>
        Assert.False(Http1StartLine.TryParseRequest(Bytes(line), lenient: true, out _));

    [Theory]
    [InlineData("HTTP/2.0 200 ok", 200, "2.0")]
    [InlineData("HTTP/0.9 200 ok", 200, "0.9")]
    [InlineData("HTTP/1.01 200 ok", 200, "1.01")]
    [InlineData("HTTP/1\u0000.1 200 ok", 200, "1\u0000.1")]
    [InlineData("HTTP/1.1 200\u0000 ok", 200, "")]
    [InlineData("HTTP/1.1 200\rTransfer-Encoding:chunked", 200, "")]
    [InlineData("HTTP/1.1  200 OK", 200, "")]
    [InlineData("HTTP/1.1 2XX OK", 0, "")]
    [InlineData("HTTP/1.1 2000 ok", 0, "")]
    [InlineData("HTTP/1.1 2\u000000 ok", 0, "")]
    [InlineData("HTTP/1.1 099 ok", 0, "")]
    [InlineData("HTTP/1.1 ", 0, "")]
    public void Odd_status_lines_are_read_with_a_warning_where_an_answer_is_due(string line, int status, string version)
    {
        Assert.True(Http1StartLine.TryParseStatus(Bytes(line), lenient: true, out var parts));
        Assert.Equal((status, version), (parts.Status, line[parts.OddVersion]));
        Assert.Equal(Http1Warnings.BadStartLine, parts.Warnings);
    }

    [Theory]
    [InlineData("ICY 200 OK")]
    [InlineData("HTTP/")]
    [InlineData("HTTP/ 200 OK")]
    [InlineData("HTTP/1.1")]
    [InlineData("HTTP/1.2345678901234 200")]
    [InlineData("$3")]
    public void Other_lines_are_no_status_lines_there_either(string line) =>
        Assert.False(Http1StartLine.TryParseStatus(Bytes(line), lenient: true, out _));

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", DetectionCase.Client)]
    [InlineData("FOO-BAR http://a/ HTTP/1.0\r\nA: b", DetectionCase.Client)]
    [InlineData("CCM_POST / HTTP/1.1\n", DetectionCase.Client)]
    [InlineData("!#$%&'*+-.^_`|~09aZ / HTTP/1.1\r\n", DetectionCase.Client)]
    [InlineData("CCM_POST / HTTP/1.\nHost: a\n", DetectionCase.Client)]
    [InlineData("CCM_POST / HTTP/1.\n", DetectionCase.Maybe)]
    [InlineData("GET /HTTP/1.1\nHost: a\n\n", DetectionCase.Client)]
    [InlineData("GET /a b HTTP/1.1\r\nHost: a\r\n", DetectionCase.Client)]
    [InlineData("CONNECT mail.test:25 / HTTP/1.0\r\nMozilla 4.0 (compatible)\r\n", DetectionCase.Client)]
    [InlineData("GET /key\r\nGET /other\r\n", DetectionCase.No)]
    [InlineData("CWD /pub\r\nTYPE I\r\n", DetectionCase.No)]
    [InlineData("CCM_P", DetectionCase.Maybe)]
    [InlineData("CCM_POST ", DetectionCase.Maybe)]
    [InlineData("\r\nHTTP/1.1 200 OK\r\n", DetectionCase.Server)]
    [InlineData("GE", DetectionCase.Maybe)]
    [InlineData("HTTP/1.", DetectionCase.Maybe)]
    [InlineData("POST /x HTTP/1.1\r", DetectionCase.Maybe)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", DetectionCase.No)]
    [InlineData("PRI ", DetectionCase.No)]
    [InlineData("GET key\r\n", DetectionCase.No)]
    [InlineData("*1\r\n$4\r\nPING\r\n", DetectionCase.No)]
    [InlineData("\u004a\u0000\u0000\u0000\u000a5.5.5", DetectionCase.No)]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001", DetectionCase.No)]
    [InlineData("SSH-2.0-OpenSSH_9\r\n", DetectionCase.No)]
    [InlineData("HTTP/2 200\r\n", DetectionCase.No)]
    [InlineData("EHLO mail.test\r\n", DetectionCase.No)]
    public void Only_http_1_is_detected(string text, DetectionCase expected)
    {
        var result = new Http1Detector().Detect(
            new ReadOnlySequence<byte>(Bytes(text)), Direction.Egress, EndpointRole.Unknown, fromStart: true, 100);

        Assert.Equal(expected.ToString(), result.ToString().Replace("From", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Random_bytes_never_throw_and_never_grow_past_the_caps()
    {
        var random = new Random(7);
        string[] words =
        [
            "GET / HTTP/1.1\r\n", "HTTP/1.1 200 OK\r\n", "Content-Length: 99999999999999999999\r\n", "\r\n", "\n", "5\r\n", "0\r\n",
            "Transfer-Encoding: chunked\r\n", "HTTP/1.1 100 C\r\n\r\n", "HEAD /x HTTP/1.0\r\n\r\n", ": \r\n", " fold\r\n", "A", "\r",
            "Content-Length: 3\r\n", "CONNECT a:1 HTTP/1.1\r\n\r\n", "ffffffffffffffff\r\n", "7fffffffffffffff\r\n", "Upgrade: x\r\n",
        ];
        for (var round = 0; round < 400; round++)
        {
            var talk = new Conversation(round % 2 == 0 ? EndpointRole.Client : EndpointRole.Server, fromStart: round % 3 != 0);
            for (var i = 0; i < 60; i++)
            {
                var bytes = Bytes(words[random.Next(words.Length)]);
                if (random.Next(5) == 0)
                {
                    random.NextBytes(bytes);
                }

                talk = random.Next(2) == 0 ? talk.Client(bytes) : talk.Server(bytes);
                if (random.Next(10) == 0)
                {
                    talk.Lost();
                }
            }

            talk.Finish(close: true);
            Assert.Equal(0UL, talk.Engine.Counters.Faults);
            Assert.All(talk.Exchanges.Http(), e => Assert.True(e.RequestBodyPrefix.Length <= ParseLimits.Default.MaxBodyPrefix));
        }
    }

    [Fact]
    public void A_large_body_and_many_headers_allocate_no_more_than_small_ones()
    {
        // The least of a few: a collection in another test's thread empties the pools in between.
        var small = Enumerable.Range(0, 4).Min(_ => Measure(Bytes(Ok(10)), 1));
        var large = Enumerable.Range(0, 4).Min(_ => Measure(Bytes("HTTP/1.1 200 OK\r\nContent-Length: 16384000\r\n\r\n"), 1001));

        Assert.True(large - small < 16 * 1024, $"{small} and {large} bytes");
    }

    // Bytes allocated for one exchange whose response is this head and then calls of 16 KiB.
    private static long Measure(byte[] head, int calls)
    {
        var talk = Conversation.AtClient();
        for (var n = 0; n < 3; n++)
        {
            talk.Ask(Get("/warm")).Answer(Ok(5000)).Deliver();
        }

        talk.Ask(Get("/x")).Deliver();
        var body = new byte[16384];
        var offset = 5000UL + (3UL * (ulong)Ok(5000).Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < calls; i++)
        {
            var bytes = i == 0 ? head : body;
            talk.Engine.Accept(new Segment
            {
                Connection = talk.Connection.Id,
                Direction = Direction.Ingress,
                StreamOffset = offset,
                ByteCount = (ulong)bytes.Length,
                Head = bytes,
                Time = new SegmentTime(Conversation.Epoch + 1_000_000_000 + i, Conversation.Epoch + 1_000_000_001 + i),
            });
            offset += (ulong)bytes.Length;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(4, talk.Exchanges.Count);
        return allocated;
    }

    public enum DetectionCase
    {
        No,
        Maybe,
        Client,
        Server,
    }
}
