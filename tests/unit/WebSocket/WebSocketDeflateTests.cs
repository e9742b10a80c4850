// SPDX-License-Identifier: Apache-2.0
using System.IO.Compression;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.UnitTests.WebSocket.WebSocketWire;

namespace L7Trace.UnitTests.WebSocket;

/// <summary>permessage-deflate (RFC 7692).</summary>
public sealed class WebSocketDeflateTests
{
    private const string Takeover = "permessage-deflate";
    private const string Forgets = "permessage-deflate; client_no_context_takeover; server_no_context_takeover";

    private static readonly byte[][] s_messages =
        [.. Enumerable.Range(0, 20).Select(i => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"{{\"event\":\"price\",\"n\":{i}}} ", 1 + (i % 5 * 30)))))];

    [Theory] // RFC 7692, section 7.2.3
    [InlineData("c107f248cdc9c90700", "<1 Text 7=5/1 Hello")]
    [InlineData("4103f248cd8004c9c90700", "<1 Text 7=5/2 Hello")]
    [InlineData("c10b000500faff48656c6c6f00", "<1 Text 11=5/1 Hello")]
    [InlineData("c108f348cdc9c9070000", "<1 Text 8=5/1 Hello")]
    [InlineData("c10df248050000 00ffffcac9c90700", "<1 Text 13=5/1 Hello")]
    public void The_examples_of_RFC_7692(string hex, string line) =>
        Assert.Equal(line, Opened(Takeover).Server(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))).Finish().Lines()[0]);

    [Fact]
    public void The_second_message_of_RFC_7692_refers_to_the_first_one() => Assert.Equal(
        ["<1 Text 7=5/1 Hello", "<2 Text 5=5/1 Hello"],
        Opened(Takeover).Server(Convert.FromHexString("c107f248cdc9c90700")).Server(Convert.FromHexString("c105f200110000")).Finish().Lines()[..2]);

    [Fact]
    public void The_window_stays_behind_a_block_that_says_to_be_the_last() => Assert.Equal(
        ["<1 Text 8=5/1 Hello", "<2 Text 5=5/1 Hello"],
        Opened(Takeover).Server(Convert.FromHexString("c108f348cdc9c9070000")).Server(Convert.FromHexString("c105f200110000")).Finish().Lines()[..2]);

    [Theory]
    [InlineData(Takeover, false)]
    [InlineData(Forgets, true)]
    public void Messages_of_both_sides_are_inflated_with_and_without_context(string extensions, bool forgets)
    {
        var deflated = Deflated(s_messages, forgets);
        var talk = Opened(extensions);
        foreach (var message in deflated)
        {
            talk.Client(Frame(0xc1, message, Mask)).Server(Frame(0xc1, message));
        }

        var lines = talk.InPiecesOf(777).Finish(close: true).Records().ToList();
        Assert.Equal(40, lines.Count);
        Assert.All(lines, e => Assert.Equal(Encoding.UTF8.GetString(s_messages[e.Message!.Number!.Value - 1]), Encoding.UTF8.GetString(e.Message.Prefix.Span)));
        var sum = s_messages.Sum(m => (long)m.Length);
        var connection = talk.Exchanges.Connection();
        Assert.Equal((sum, sum), (connection.Client!.UncompressedBytes, connection.Server!.UncompressedBytes));
        Assert.Equal(deflated.Sum(m => (long)m.Length), connection.Client.Bytes);
    }

    [Fact]
    public void Messages_that_are_not_compressed_may_stand_between()
    {
        var deflated = Deflated(s_messages[..2]);
        Assert.Equal(
            [$"<1 Text {deflated[0].Length}={s_messages[0].Length}/1 {Encoding.UTF8.GetString(s_messages[0])}", "<2 Text 5/1 plain", $"<3 Text {deflated[1].Length}={s_messages[1].Length}/1 {Encoding.UTF8.GetString(s_messages[1])}"],
            Opened(Takeover).Server(Frame(0xc1, deflated[0])).Replies("plain").Server(Frame(0xc1, deflated[1])).Finish().Lines()[..3]
                .Select(line => line));
    }

    [Fact]
    public void Behind_a_hole_nothing_is_inflated_with_context_and_the_next_message_without()
    {
        var hello = Deflated([.. Enumerable.Repeat("Hello, hello, hello"u8.ToArray(), 3)], forgets: true);
        string[] Lines(string extensions) => Opened(extensions).Server(Frame(0xc1, hello[0])).ServerCut(Frame(0xc1, hello[1]), 4, 2).Server(Frame(0xc1, hello[2])).Finish().Lines();

        var size = hello[0].Length;
        Assert.Equal($"<1 Text {size}=19/1 Hello, hello, hello", Lines(Takeover)[0]);
        Assert.StartsWith($"<2 Text {size}=?/1 ", Lines(Takeover)[1], StringComparison.Ordinal);
        Assert.Equal($"<3 Text {size}=?/1 ", Lines(Takeover)[2]);
        Assert.Equal($"<3 Text {size}=19/1 Hello, hello, hello", Lines(Forgets)[2]);
    }

    [Fact]
    public void A_bomb_is_cut_off_and_counted()
    {
        var bomb = Deflated([new byte[50_000_000]])[0];
        var limits = Messages with { MaxInflatedMessages = 100_000, MaxInflatedRatio = 1 };
        var exchanges = Opened(Takeover, limits: limits).Server(Frame(0xc2, bomb)).Server(Frame(0xc2, [0])).Finish();

        Assert.Equal([$"<1 Binary {bomb.Length}=?/1", "<2 Binary 1=?/1"], exchanges.Lines()[..2].Select(line => line.Split(' ')[..3]).Select(parts => string.Join(' ', parts)));
    }

    [Fact]
    public void With_no_window_left_messages_are_counted_as_they_were_sent() => Assert.Equal(
        "<1 Text 7=?/1 ", Opened(Takeover, limits: Messages with { MaxInflateWindows = 0 }).Server(Convert.FromHexString("c107f248cdc9c90700")).Finish().Lines()[0]);

    [Fact]
    public void What_does_not_inflate_is_warned_of_and_not_shown()
    {
        var exchanges = Opened(Takeover).Server(Frame(0xc1, [0xff, 0xff, 0xff])).Server(Convert.FromHexString("c107f248cdc9c90700")).Finish(close: true);
        Assert.Equal(["<1 Text 3=?/1 ", "<2 Text 7=?/1 ", "/chat 0m0 2m10 open !BadCompression Aborted"], exchanges.Lines());
    }

    [Fact]
    public void Without_the_extension_a_compressed_message_is_opaque() => Assert.Equal(
        "<1 Text 7/1 f248cdc9c90700", Opened().Server(Convert.FromHexString("c107f248cdc9c90700")).Finish().Lines()[0]);

    [Fact]
    public void Smaller_windows_are_enough_for_what_is_sent_with_them()
    {
        var random = new Random(3);
        var message = Enumerable.Range(0, 600).Select(_ => (byte)random.Next(4)).ToArray(); // below 2^9 a window is as 2^9
        var deflated = Deflated([message[..400], message[..100]], level: CompressionLevel.SmallestSize);
        Assert.Equal([$"<1 Binary {deflated[0].Length}=400/1", $"<2 Binary {deflated[1].Length}=100/1"],
            Opened("permessage-deflate; server_max_window_bits=9").Server(Frame(0xc2, deflated[0])).Server(Frame(0xc2, deflated[1])).Finish().Lines()[..2].Select(l => string.Join(' ', l.Split(' ')[..3])));
    }
}
