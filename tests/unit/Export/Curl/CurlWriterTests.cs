// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Export;
using L7Trace.Export.Curl;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.Curl;

public sealed class CurlWriterTests
{
    [Fact]
    public void A_request_is_one_line() =>
        Assert.Equal("curl 'http://shop.example/a?q=?' -H 'User-Agent:' -H 'Accept:'\n", Written(Redaction.Default, Some.Get("/a", "q=1")));

    [Fact]
    public void A_request_of_HTTP_2_is_one_again()
    {
        var exchange = Some.Timed(
            new HttpExchange(Protocol.Http2) { Connection = Some.ClientConnection(), Method = "GET", Path = "/a", Target = "/a", Host = "shop" }, 0, 1);
        Assert.Equal("curl --http2-prior-knowledge 'http://shop/a' -H 'User-Agent:' -H 'Accept:'\n", Written(Redaction.Default, exchange));
    }

    [Fact]
    public void What_is_withheld_is_said() =>
        Assert.Equal(
            "curl -X 'PUT' 'http://h/x' -H 'User-Agent:' -H 'Accept: */*'  # 1 header withheld, body of 5 bytes withheld\n",
            Written(Redaction.Default, Put("it's\n")));

    [Fact]
    public void Nothing_leaves_its_quotes()
    {
        Assert.Equal(
            """curl -X 'PUT' 'http://h/x' -H 'User-Agent:' -H 'Content-Type:' -H 'Accept: */*' -H 'Cookie: a='\''; rm -rf /' --data-raw $'it\047s\012'""" + "\n",
            Written(Redaction.Off, Put("it's\n")));
        Assert.Equal(
            """curl -g --request-target $'/\033[2J$(id)`id`' 'http://shop.example/' -H 'User-Agent:' -H 'Accept:'""" + "\n", Written(Redaction.Off, Some.Get("/\u001b[2J$(id)`id`")));
    }

    [Theory]
    [InlineData("", "\u0001", "$'?\\001' 'http://h/'")]
    [InlineData("", null, "'/' $'http://h\\002/'")]
    public void A_request_without_a_path_has_a_line_too(string path, string? query, string says)
    {
        var exchange = Some.Timed(
            new HttpExchange(Protocol.Http1)
            {
                Connection = Some.ClientConnection(),
                Method = "GET",
                Path = path,
                Query = query,
                Host = query is null ? "h\u0002" : "h",
            },
            0, 1);
        Assert.StartsWith($"curl --request-target {says} ", Written(Redaction.Off, exchange), StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_that_no_argument_can_hold_is_left_out() =>
        Assert.EndsWith("  # body of 2 bytes left out: no argument can hold its zero bytes\n", Written(Redaction.Off, Put("a\0")), StringComparison.Ordinal);

    [Fact]
    public void Statements_are_left_out_and_counted()
    {
        using var writer = new CurlWriter(Stream.Null);
        writer.Write(Some.Query("SELECT 1"));
        Assert.Equal(1, writer.LeftOut);
    }

    private static HttpExchange Put(string body) => Some.Timed(
        new HttpExchange(Protocol.Http1)
        {
            Connection = Some.ClientConnection(),
            Method = "PUT",
            Path = "/x",
            Target = "/x",
            Host = "h",
            RequestHeaders = [new("Host", "h"), new("Accept", "*/*"), new("Cookie", "a='; rm -rf /"), new("Content-Length", "5")],
            RequestBodySize = body.Length,
            RequestBodyPrefix = Encoding.ASCII.GetBytes(body),
        },
        0, 1);

    private static string Written(Redaction redaction, Exchange exchange)
    {
        using var stream = new MemoryStream();
        using (var writer = new CurlWriter(stream, redaction))
        {
            writer.Write(exchange);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
