// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using System.Text.Json;
using L7Trace.Export;
using L7Trace.Export.Plaintext;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Export.Plaintext;

public sealed class PlaintextTests
{
    private const string Request =
        "GET /a?token=5esame1&x= HTTP/1.1\r\nHost: u:5esame2@shop.test\r\nAuthorization: Bearer 5esame3\r\nCookie: sid=5esame4\r\n" +
        "X-Unheard-Of: 5esame5\r\n folded 5esame6\r\nAccept: text/plain\r\n\r\n";

    private const string Response =
        "HTTP/1.1 200 OK\r\nSet-Cookie: sid=5esame7; Path=/\r\nContent-Type: text/plain\r\n\r\nhello";

    [Fact]
    public void A_call_says_who_which_way_to_whom_and_how_that_is_known()
    {
        var text = Text([Call(Stream(Direction.Egress), 0, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", Protocol.Http1)]);
        Assert.Equal(
            "00:00:01.000000 curl[42] -> 10.0.0.2:443  http/1  27 bytes  [peer by ciphertext match]\n  GET / HTTP/1.1\n  Host: a\n  \n", text);
    }

    [Fact]
    public void What_is_not_proven_is_said()
    {
        var stream = Stream(Direction.Ingress);
        stream.Connection.PeerProof = PeerProof.Unknown;
        stream.Connection.Remote = null;
        Assert.Equal(
            "00:00:01.000000 curl[42] <- ?  protocol unknown  2 bytes  [peer unknown]\n  hi\n", Text([Call(stream, 0, "hi")]));
    }

    [Fact]
    public void Heads_lose_their_values_wherever_the_calls_cut_them()
    {
        var whole = Encoding.Latin1.GetBytes(Request + Request);
        for (var cut = 1; cut < whole.Length; cut++)
        {
            foreach (var protocol in (Protocol[])[Protocol.Http1, Protocol.Unknown])
            {
                var stream = Stream(Direction.Egress);
                var text = Text([Call(stream, 0, whole[..cut], protocol), Call(stream, (ulong)cut, whole[cut..], protocol)]);
                Assert.DoesNotContain("5esame", Joined(text), StringComparison.Ordinal);
                Assert.Contains("Accept: text/plain", text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_shape_stays_and_the_body_is_shown()
    {
        var request = Text([Call(Stream(Direction.Egress), 0, Request, Protocol.Http1)]);
        Assert.Contains("GET /a?token=?&x=? HTTP/1.1\n", request, StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer ?\n", request, StringComparison.Ordinal);
        var response = Text([Call(Stream(Direction.Ingress), 0, Response, Protocol.Http1)]);
        Assert.Contains("Set-Cookie: sid=?; Path=/\n", response, StringComparison.Ordinal);
        Assert.EndsWith("  hello\n", response, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_answers_in_one_call_are_two_heads()
    {
        var text = Text([Call(Stream(Direction.Ingress), 0, Response + Response, Protocol.Http1)]);
        Assert.DoesNotContain("5esame", text, StringComparison.Ordinal);
        Assert.Contains("helloHTTP/1.1 200 OK", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_follows_missing_bytes_is_withheld_to_the_end_of_its_line()
    {
        var whole = Encoding.Latin1.GetBytes(Request);
        for (var missing = 1; missing < 40; missing++)
        {
            for (var cut = 0; cut + missing < whole.Length; cut++)
            {
                var stream = Stream(Direction.Egress);
                var text = Text([Call(stream, 0, whole[..cut], Protocol.Http1), Call(stream, (ulong)(cut + missing), whole[(cut + missing)..], Protocol.Http1)]);
                // Of headers that only a known head makes withheld, the line that was hit may leave a piece; credentials never do.
                Assert.DoesNotContain("5esame3", Joined(text), StringComparison.Ordinal);
                Assert.DoesNotContain("5esame4", Joined(text), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void With_secrets_everything_is_shown_as_sent() =>
        Assert.Contains("Authorization: Bearer 5esame3\n",
            Text([Call(Stream(Direction.Egress), 0, Request, Protocol.Http1)], Redaction.Off), StringComparison.Ordinal);

    [Fact]
    public void Header_blocks_of_HTTP2_are_withheld_at_every_cut()
    {
        byte[] whole =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(4, 0, ""), .. Frame(1, 1, "5esame1"), .. Frame(9, 1, "5esame2"),
            .. Frame(0, 1, "the body"), .. Frame(1, 3, "5esame3"),
        ];
        for (var cut = 24; cut < whole.Length; cut++)
        {
            var stream = Stream(Direction.Egress);
            var text = Text([Call(stream, 0, whole[..cut], Protocol.Http2), Call(stream, (ulong)cut, whole[cut..], Protocol.Http2)]);
            Assert.DoesNotContain("5es", Joined(text), StringComparison.Ordinal);
            Assert.Contains("[HEADERS, stream 1, 7 bytes withheld]", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Frames_behind_missing_bytes_are_withheld_but_in_a_body_they_go_on()
    {
        var stream = Stream(Direction.Egress);
        byte[] frames = [.. Frame(0, 1, "0123456789"), .. Frame(1, 3, "5esame")];
        var inBody = Text([Call(stream, 0, frames[..12], Protocol.Http2), Call(stream, 15, frames[15..], Protocol.Http2)]);
        Assert.Contains("[HEADERS, stream 3, 6 bytes withheld]", inBody, StringComparison.Ordinal);
        stream = Stream(Direction.Egress);
        var behind = Text([Call(stream, 0, frames[..12], Protocol.Http2), Call(stream, 25, frames[25..], Protocol.Http2)]);
        Assert.Contains("bytes withheld]", behind, StringComparison.Ordinal);
        Assert.DoesNotContain("5esame", inBody + behind, StringComparison.Ordinal);
    }

    [Fact]
    public void The_login_of_MySQL_is_withheld_and_statements_are_shown()
    {
        byte[] whole = [.. Packet(2, "user\0\u00015esame1"), .. Packet(4, "5esame2"), .. Packet(0, "\u0003SELECT 42"), .. Packet(0, "\u00115esame3"), .. Packet(3, "5esame4")];
        for (var cut = 1; cut < whole.Length; cut++)
        {
            var stream = Stream(Direction.Egress);
            var text = Text([Call(stream, 0, whole[..cut], Protocol.MySql), Call(stream, (ulong)cut, whole[cut..], Protocol.MySql)]);
            Assert.DoesNotContain("5es", Joined(text), StringComparison.Ordinal);
        }

        Assert.Contains("SELECT 42", Joined(Text([Call(Stream(Direction.Egress), 0, Packet(0, "\u0003SELECT 42"), Protocol.MySql)])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_login_is_known_also_before_the_protocol_is()
    {
        var stream = Stream(Direction.Egress);
        var login = new byte[60];
        login[0] = 56;
        login[3] = 2;
        login[5] = 0xa2; // CLIENT_PROTOCOL_41
        "5esame1"u8.CopyTo(login.AsSpan(40));
        var text = Text([Call(stream, 0, login), Call(stream, 60, Packet(4, "5esame2"))]);
        Assert.DoesNotContain("5esame", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_was_sent_acts_on_the_terminal()
    {
        var text = Text([Call(Stream(Direction.Ingress), 0, "\e[2J\u202eevil\u0007 and more of a text that is long enough\u009b1m")]);
        Assert.DoesNotContain('\e', text);
        Assert.DoesNotContain('\u202e', text);
        Assert.Contains("\\x1b[2J\\u202eevil\\x07", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_text_is_dumped_and_so_is_everything_with_hex()
    {
        var binary = Text([Call(Stream(Direction.Ingress), 0, [0, 1, 2, 0xff, 0xfe, (byte)'A'])]);
        Assert.EndsWith("  000000  00 01 02 ff fe 41                                 |.....A|\n", binary, StringComparison.Ordinal);
        Assert.EndsWith("|hello|\n", Text([Call(Stream(Direction.Ingress), 0, "hello")], hex: true), StringComparison.Ordinal);
    }

    [Fact]
    public void So_much_of_a_call_is_shown_and_the_rest_is_counted()
    {
        var text = Text([Call(Stream(Direction.Ingress), 0, new string('a', 100))], maxBytes: 10);
        Assert.EndsWith("  aaaaaaaaaa\n  [90 more bytes: --max-bytes]\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_missing_are_counted()
    {
        var stream = Stream(Direction.Ingress);
        Assert.Contains("[7 bytes before are missing]", Text([Call(stream, 0, "abc"), Call(stream, 10, "def")]), StringComparison.Ordinal);
        stream = Stream(Direction.Ingress);
        Assert.Contains("[some bytes before are missing]", Text([Call(stream, 0, "abc"), Call(stream, 1UL << 32, "def")]), StringComparison.Ordinal);
    }

    [Fact]
    public void Random_bytes_in_random_pieces_never_fail()
    {
        var random = new Random(7);
        foreach (var protocol in Enum.GetValues<Protocol>())
        {
            for (var round = 0; round < 200; round++)
            {
                var stream = Stream(Direction.Egress);
                var calls = new List<PlaintextCall>();
                for (ulong at = 0; calls.Count < 20;)
                {
                    var bytes = new byte[random.Next(0, 60)];
                    random.NextBytes(bytes);
                    if (random.Next(3) == 0)
                    {
                        bytes.AsSpan().Replace((byte)128, (byte)'\n');
                        bytes.AsSpan(0, Math.Min(4, bytes.Length)).Clear();
                    }

                    calls.Add(Call(stream, at + (ulong)random.Next(0, 3), bytes, protocol));
                    at += (ulong)bytes.Length;
                }

                Assert.NotEmpty(Text(calls));
            }
        }
    }

    [Fact]
    public void Programs_get_an_object_per_call()
    {
        var output = new MemoryStream();
        var writer = new PlaintextJsonWriter(output, Redaction.Default, 1000);
        var stream = Stream(Direction.Ingress);
        writer.Write(Call(stream, 0, Response, Protocol.Http1));
        writer.Write(Call(stream, 200, [0, 255]));
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal("plaintext", lines[0].GetProperty("type").GetString());
        Assert.Equal("ingress", lines[0].GetProperty("direction").GetString());
        Assert.Equal("10.0.0.2", lines[0].GetProperty("network.peer.address").GetString());
        Assert.Equal("ciphertext_match", lines[0].GetProperty("peer.proof").GetString());
        Assert.EndsWith("\r\n\r\nhello", lines[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("5esame", lines[0].ToString(), StringComparison.Ordinal);
        Assert.Equal("AP8=", lines[1].GetProperty("base64").GetString());
        Assert.Equal(200 - Response.Length, lines[1].GetProperty("missing_before").GetInt32());
    }

    // Without what stands in front of lines, so that what a cut parted is found again.
    private static string Joined(string text) => string.Concat(text.Split('\n').Where(static line => line.StartsWith("  ", StringComparison.Ordinal))
        .Select(static line => line.Contains('|', StringComparison.Ordinal) ? line[(line.IndexOf('|', StringComparison.Ordinal) + 1)..].TrimEnd('|') : line[2..]));

    private static string Text(IEnumerable<PlaintextCall> calls, Redaction? redaction = null, bool hex = false, int maxBytes = 10_000)
    {
        var output = new StringWriter();
        var writer = new PlaintextTextWriter(output, redaction ?? Redaction.Default, hex, maxBytes, TimeZoneInfo.Utc);
        foreach (var call in calls)
        {
            writer.Write(call);
        }

        return output.ToString();
    }

    private static PlaintextStream Stream(Direction direction) => new(
        new ConnectionInfo
        {
            Id = new ConnectionId(42),
            Role = EndpointRole.Client,
            ProcessId = 42,
            ProcessCommand = "curl",
            Local = new IPEndPoint(IPAddress.Parse("10.0.0.1"), 5555),
            Remote = new IPEndPoint(IPAddress.Parse("10.0.0.2"), 443),
            PeerProof = PeerProof.CiphertextMatch,
        },
        direction);

    private static PlaintextCall Call(PlaintextStream stream, ulong offset, string text, Protocol protocol = Protocol.Unknown) =>
        Call(stream, offset, Encoding.UTF8.GetBytes(text), protocol);

    private static PlaintextCall Call(PlaintextStream stream, ulong offset, byte[] bytes, Protocol protocol = Protocol.Unknown) => new()
    {
        Stream = stream,
        Time = 1_000_000_000,
        ProcessId = 42,
        Source = SegmentSource.OpenSsl,
        Protocol = protocol,
        Offset = offset,
        ByteCount = (ulong)bytes.Length,
        Head = bytes,
    };

    private static byte[] Frame(byte type, byte stream, string payload) =>
        [0, 0, (byte)payload.Length, type, 0, 0, 0, 0, stream, .. Encoding.Latin1.GetBytes(payload)];

    private static byte[] Packet(byte number, string payload) =>
        [(byte)payload.Length, 0, 0, number, .. Encoding.Latin1.GetBytes(payload)];
}
