// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using L7Trace.Export;
using L7Trace.Export.Har;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.UnitTests.Export.Bodies;
using L7Trace.UnitTests.Support;
using L7Trace.UnitTests.WebSocket;
using Xunit;

namespace L7Trace.UnitTests.Export.Har;

public sealed class HarWriterTests
{
    [Fact]
    public void A_document_without_entries_is_whole()
    {
        var log = Written(Redaction.Default).GetProperty("log");
        Assert.Equal(("1.2", "l7trace", 0), (log.GetProperty("version").GetString(), log.GetProperty("creator").GetProperty("name").GetString(), log.GetProperty("entries").GetArrayLength()));
    }

    [Fact]
    public void Messages_of_a_WebSocket_connection_stand_in_the_entry_of_its_handshake()
    {
        var exchanges = WebSocketWire.Opened("permessage-deflate").Says("hi").Server(Convert.FromHexString("c107f248cdc9c90700"))
            .Server(WebSocketWire.Frame(0x82, [1, 2])).Finish(close: true);
        var entry = Written(Redaction.Off, [.. exchanges]).GetProperty("log").GetProperty("entries").EnumerateArray().Single();
        var withheld = Written(Redaction.Default, [.. exchanges]).GetProperty("log").GetProperty("entries")[0].GetProperty("_webSocketMessages")[0];

        Assert.Equal("websocket", entry.GetProperty("_resourceType").GetString());
        Assert.Equal(
            ["send 1 hi", "receive 1 Hello", "receive 2 AQI="],
            entry.GetProperty("_webSocketMessages").EnumerateArray().Select(m => $"{m.GetProperty("type").GetString()} {m.GetProperty("opcode").GetInt32()} {m.GetProperty("data").GetString()}"));
        Assert.Equal(("", "withheld (--show-secrets shows it)"), (withheld.GetProperty("data").GetString(), withheld.GetProperty("_comment").GetString()));
    }

    [Fact]
    public void An_entry_has_every_field_that_the_format_asks_for()
    {
        var entry = Written(Redaction.Default, Post()).GetProperty("log").GetProperty("entries")[0];
        foreach (var name in new[] { "startedDateTime", "time", "request", "response", "cache", "timings" })
        {
            Assert.True(entry.TryGetProperty(name, out _), name);
        }

        foreach (var name in new[] { "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize" })
        {
            Assert.True(entry.GetProperty("request").TryGetProperty(name, out _), name);
        }

        foreach (var name in new[] { "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize", "bodySize" })
        {
            Assert.True(entry.GetProperty("response").TryGetProperty(name, out _), name);
        }

        var timings = entry.GetProperty("timings");
        Assert.Equal(
            entry.GetProperty("time").GetDecimal(),
            timings.GetProperty("send").GetDecimal() + timings.GetProperty("wait").GetDecimal() + timings.GetProperty("receive").GetDecimal());
        Assert.Equal(2.5m, entry.GetProperty("time").GetDecimal());
        Assert.Equal("http://shop.example/buy?card=?", entry.GetProperty("request").GetProperty("url").GetString());
        Assert.Equal("127.0.0.1", entry.GetProperty("serverIPAddress").GetString());
    }

    [Fact]
    public void Values_of_headers_and_bodies_are_withheld_unless_asked_for()
    {
        var hidden = Written(Redaction.Default, Post()).GetRawText();
        foreach (var secret in new[] { "4242", "sesame", "thanks", "number=1" })
        {
            Assert.DoesNotContain(secret, hidden, StringComparison.Ordinal);
        }

        Assert.Contains("text/plain", hidden, StringComparison.Ordinal);
        var entry = Written(Redaction.Off, Post()).GetProperty("log").GetProperty("entries")[0];
        Assert.Equal("number=1", entry.GetProperty("request").GetProperty("postData").GetProperty("text").GetString());
        Assert.Equal("thanks", entry.GetProperty("response").GetProperty("content").GetProperty("text").GetString());
        Assert.Equal("Bearer sesame", entry.GetProperty("request").GetProperty("headers")[1].GetProperty("value").GetString());
        Assert.Equal("4242", entry.GetProperty("request").GetProperty("queryString")[0].GetProperty("value").GetString());
    }

    [Fact]
    public void Trailers_stand_under_a_name_of_their_own_and_are_withheld_like_headers()
    {
        var exchange = Some.Timed(
            new HttpExchange(Protocol.Http1)
            {
                Connection = Some.ClientConnection(),
                Method = "POST",
                Path = "/",
                StatusCode = 200,
                RequestTrailers = [new("Authorization", "Bearer sesame")],
                ResponseTrailers = [new("X-Sum", "4"), new("Server-Timing", "db;dur=5")],
            },
            0, 1);
        var shown = Written(Redaction.Off, exchange).GetProperty("log").GetProperty("entries")[0];
        Assert.Equal("""[{"name":"Authorization","value":"Bearer sesame"}]""", shown.GetProperty("request").GetProperty("_trailers").GetRawText());
        Assert.Equal("""[{"name":"X-Sum","value":"4"},{"name":"Server-Timing","value":"db;dur=5"}]""", shown.GetProperty("response").GetProperty("_trailers").GetRawText());
        Assert.DoesNotContain("sesame", Written(Redaction.Default, exchange).GetProperty("log").GetProperty("entries")[0].GetProperty("request").GetRawText(), StringComparison.Ordinal);
        Assert.False(Written(Redaction.Off, Post()).GetProperty("log").GetProperty("entries")[0].GetProperty("request").TryGetProperty("_trailers", out _));
    }

    [Fact]
    public void A_body_that_is_no_text_is_base64()
    {
        var exchange = Some.Timed(
            new HttpExchange(Protocol.Http1)
            {
                Connection = Some.ClientConnection(),
                Method = "GET",
                Path = "/",
                StatusCode = 200,
                ResponseBodySize = 9,
                ResponseBodyPrefix = new byte[] { 0xff, 0xfe },
            },
            0, 1);
        var content = Written(Redaction.Off, exchange).GetProperty("log").GetProperty("entries")[0].GetProperty("response").GetProperty("content");
        Assert.Equal(("//4=", "base64", "the first 2 of 9 bytes"), (content.GetProperty("text").GetString(), content.GetProperty("encoding").GetString(), content.GetProperty("comment").GetString()));
    }

    [Fact]
    public void A_compressed_body_is_decoded_and_both_sizes_are_said()
    {
        var encoded = ContentDecoderTests.Encode("gzip", Encoding.UTF8.GetBytes(new string('a', 5000)));
        var response = Written(Redaction.Off, Compressed(encoded, encoded.Length)).GetProperty("log").GetProperty("entries")[0].GetProperty("response");
        var content = response.GetProperty("content");
        Assert.Equal((5000, 5000 - encoded.Length, encoded.Length), (content.GetProperty("size").GetInt32(), content.GetProperty("compression").GetInt32(), response.GetProperty("bodySize").GetInt32()));
        Assert.Equal(new string('a', 5000), content.GetProperty("text").GetString());

        var cut = Written(Redaction.Default, Compressed(encoded[..^12], encoded.Length)).GetProperty("log").GetProperty("entries")[0].GetProperty("response").GetProperty("content");
        Assert.Equal(-1, cut.GetProperty("size").GetInt32());
        Assert.Contains($"gzip: {encoded.Length} bytes encoded, ", cut.GetProperty("comment").GetString(), StringComparison.Ordinal);
        Assert.False(cut.TryGetProperty("text", out _));
    }

    [Fact]
    public void Other_protocols_and_what_still_runs_are_left_out_and_counted()
    {
        using var stream = new MemoryStream();
        using var writer = new HarWriter(stream, "1");
        writer.Write(Some.Query("SELECT 1"));
        writer.Write(Some.Running(Some.Get("/")));
        Assert.Equal(2, writer.LeftOut);
    }

    private static HttpExchange Compressed(byte[] body, int size) => Some.Timed(
        new HttpExchange(Protocol.Http1)
        {
            Connection = Some.ClientConnection(),
            Method = "GET",
            Path = "/",
            StatusCode = 200,
            ResponseHeaders = [new("Content-Encoding", "gzip")],
            ResponseBodySize = size,
            ResponseBodyPrefix = body,
        },
        0, 1);

    private static HttpExchange Post() => Some.Timed(
        new HttpExchange(Protocol.Http1)
        {
            Connection = Some.ClientConnection(),
            Method = "POST",
            Path = "/buy",
            Target = "/buy?card=4242",
            Query = "card=4242",
            Host = "shop.example",
            Version = "1.1",
            StatusCode = 200,
            RequestHeaders = [new("Host", "shop.example"), new("Authorization", "Bearer sesame"), new("Content-Type", "text/plain")],
            ResponseHeaders = [new("Set-Cookie", "id=sesame"), new("Content-Type", "text/plain")],
            RequestBodySize = 8,
            ResponseBodySize = 6,
            RequestBodyPrefix = "number=1"u8.ToArray(),
            ResponseBodyPrefix = "thanks"u8.ToArray(),
        },
        0, 2.5);

    private static JsonElement Written(Redaction redaction, params Exchange[] exchanges)
    {
        using var stream = new MemoryStream();
        using (var writer = new HarWriter(stream, "1.2", redaction))
        {
            foreach (var exchange in exchanges)
            {
                writer.Write(exchange);
            }
        }

        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }
}
