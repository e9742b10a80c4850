// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Packets;
using Xunit;
using static L7Trace.UnitTests.Captures.TcpTalk;

namespace L7Trace.UnitTests.Captures;

public class TcpReassemblyTests
{
    private const TcpFlag Ack = TcpFlag.Ack;
    private static readonly string _one = Get(1);
    private static readonly string _two = Get(2);
    private static readonly string _answerOne = Ok(1);
    private static readonly string _answerTwo = Ok(2);
    private static readonly string[] _both = ["/1 200 1 Done Complete", "/2 200 2 Done Complete"];

    [Theory]
    [InlineData(1000u, 5000u)]
    [InlineData(uint.MaxValue, uint.MaxValue - 10)]
    [InlineData(uint.MaxValue - 40, 0x7FFFFFF0u)]
    public void A_request_in_two_pieces_in_any_order_is_one_at_every_split_and_sequence(uint clientIsn, uint serverIsn)
    {
        for (var split = 1; split < _one.Length; split++)
        {
            var talk = new TcpTalk { ClientIsn = clientIsn, ServerIsn = serverIsn }.Handshake()
                .Client(Ack, split, _one[split..])
                .Client(Ack, 0, _one[..split])
                .Server(Ack, 0, _answerOne, _one.Length)
                .Client(Ack, _one.Length, _two, _answerOne.Length)
                .Server(Ack, _answerOne.Length, _answerTwo, _one.Length + _two.Length)
                .Read();
            Assert.Equal(_both, talk.Exchanges);
            Assert.Equal(0ul, talk.Engine!.Counters.Gaps);
        }
    }

    [Fact]
    public void Retransmissions_keep_alives_and_window_probes_change_nothing()
    {
        var talk = new TcpTalk().Handshake()
            .Client(Ack, 0, _one).Client(Ack, 0, _one).Client(Ack, 5, _one[5..])
            .Server(Ack, 0, "", _one.Length)
            .Client(Ack, _one.Length - 1, "\0")
            .Client(Ack, _one.Length - 1)
            .Server(Ack, 0, _answerOne, _one.Length)
            .Server(Ack, 0, _answerOne[..9], _one.Length)
            .Client(Ack, _one.Length - 3, _one[^3..] + _two, _answerOne.Length)
            .Server(Ack, _answerOne.Length, _answerTwo, _one.Length + _two.Length)
            .Read();
        Assert.Equal(_both, talk.Exchanges);
        Assert.Equal(4, talk.Player!.Tcp!.Retransmitted);
    }

    [Fact]
    public void Of_bytes_that_overlap_while_they_wait_the_first_win_and_others_are_counted()
    {
        var talk = new TcpTalk().Handshake()
            .Client(Ack, 5, _one[5..])
            .Client(Ack, 4, "/9" + _one[6..])
            .Client(Ack, 0, _one[..4])
            .Server(Ack, 0, _answerOne, _one.Length)
            .Read();
        Assert.Equal(["/1 200 1 Done Complete"], talk.Exchanges);
        Assert.Equal(1, talk.Player!.Tcp!.DifferentBytes);
    }

    [Fact]
    public void A_lost_request_is_a_hole_of_its_size_once_it_was_acknowledged_and_nothing_is_paired_across_it()
    {
        var three = Get(3);
        var talk = new TcpTalk().Handshake()
            .Client(Ack, 0, _one).Server(Ack, 0, _answerOne, _one.Length)
            .Server(Ack, _answerOne.Length, _answerTwo, _one.Length + _two.Length)
            .Client(Ack, _one.Length + _two.Length, three, _answerOne.Length + _answerTwo.Length)
            .Wait(30)
            .Server(Ack, _answerOne.Length + _answerTwo.Length, Ok(3), _one.Length + _two.Length + three.Length)
            .Wait(500)
            .Client(Ack, _one.Length + _two.Length + three.Length, "", 100)
            .Read();
        Assert.Equal((ulong)_two.Length, talk.Engine!.Counters.GapBytes);
        Assert.Contains("/1 200 1 Done Complete", talk.Exchanges);
        Assert.DoesNotContain(talk.Exchanges, static text => text.StartsWith("/3 200 2", StringComparison.Ordinal));
        Assert.DoesNotContain(talk.Exchanges, static text => text.StartsWith("/1 200 2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_hole_that_nobody_acknowledged_is_waited_for()
    {
        var talk = new TcpTalk().Handshake()
            .Client(Ack, 4, _one[4..])
            .Server(Ack, 0)
            .Wait(20_000)
            .Client(Ack, 0, _one[..4])
            .Server(Ack, 0, _answerOne, _one.Length)
            .Read();
        Assert.Equal(["/1 200 1 Done Complete"], talk.Exchanges);
        Assert.Equal(0ul, talk.Engine!.Counters.Gaps);
    }

    [Fact]
    public void An_acknowledgment_captured_ahead_of_its_bytes_loses_nothing()
    {
        var talk = new TcpTalk().Handshake()
            .Client(Ack, 4, _one[4..])
            .Server(Ack, 0, "", _one.Length)
            .Client(Ack, 0, _one[..4])
            .Server(Ack, 0, _answerOne, _one.Length)
            .Read();
        Assert.Equal(["/1 200 1 Done Complete"], talk.Exchanges);
    }

    [Fact]
    public void A_payload_cut_by_the_capture_is_a_hole_inside_its_message()
    {
        var body = new string('x', 500);
        var answer = $"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{body}";
        var talk = new TcpTalk().Handshake()
            .Client(Ack, 0, _one).Server(Ack, 0, answer, _one.Length, captured: 60)
            .Client(Ack, _one.Length, _two, answer.Length).Server(Ack, answer.Length, _answerTwo, _one.Length + _two.Length)
            .Read();
        Assert.StartsWith("/1 200", talk.Exchanges[0], StringComparison.Ordinal);
        Assert.EndsWith("Done Truncated", talk.Exchanges[0], StringComparison.Ordinal);
        Assert.Equal("/2 200 2 Done Complete", talk.Exchanges[1]);
    }

    [Fact]
    public void The_same_ends_again_are_another_connection()
    {
        var talk = new TcpTalk().Handshake()
            .Client(Ack, 0, _one).Server(Ack, 0, _answerOne, _one.Length);
        talk.ClientIsn = 900_000;
        talk.ServerIsn = 77;
        talk.Handshake().Client(Ack, 0, _two).Server(Ack, 0, _answerTwo, _two.Length).Read();
        Assert.Equal(_both, talk.Exchanges);
    }

    [Fact]
    public void A_connection_joined_in_the_middle_is_read_without_its_handshake()
    {
        var talk = new TcpTalk()
            .Client(Ack, 700, _one).Server(Ack, 900, _answerOne, 700 + _one.Length)
            .Client(Ack, 700 + _one.Length, _two).Server(Ack, 900 + _answerOne.Length, _answerTwo)
            .Read();
        Assert.Equal(["/1 200 1", "/2 200 2"], talk.Exchanges.Select(static text => text[..8]));
    }

    [Fact]
    public void A_reset_and_two_fins_end_a_connection_and_a_stray_reset_does_not()
    {
        var talk = new TcpTalk().Handshake().Client(Ack, 0, _one)
            .Server(TcpFlag.Rst, 500_000_000)
            .Server(Ack, 0, _answerOne, _one.Length)
            .Client(Ack, _one.Length, _two, _answerOne.Length)
            .Server(TcpFlag.Rst | Ack, _answerOne.Length, "", _one.Length)
            .Read();
        Assert.Equal(["/1 200 1 Done Complete", "/2   Aborted Complete"], talk.Exchanges.Select(static text => text.Replace("Truncated", "Complete", StringComparison.Ordinal)));
        Assert.Equal(1, talk.Player!.Tcp!.RefusedResets);
        Assert.Equal(0, talk.Engine!.ConnectionCount);

        var ended = new TcpTalk().Handshake().Client(Ack, 0, _one).Server(Ack | TcpFlag.Fin, 0, _answerOne, _one.Length)
            .Client(Ack | TcpFlag.Fin, _one.Length, "", _answerOne.Length + 1)
            .Client(Ack | TcpFlag.Fin, _one.Length, "", _answerOne.Length + 1)
            .Read();
        Assert.Equal(["/1 200 1 Done Complete"], ended.Exchanges);
        Assert.Equal(0, ended.Engine!.ConnectionCount);
    }

    [Fact]
    public void A_request_that_a_reset_cuts_off_says_so_and_one_that_a_fin_does_not()
    {
        var reset = new TcpTalk().Handshake().Client(Ack, 0, _one).Server(Ack, 0, _answerOne, _one.Length)
            .Client(Ack, _one.Length, _two, _answerOne.Length).Server(TcpFlag.Rst | Ack, _answerOne.Length, "", _one.Length).Read();
        Assert.Equal([null, "connection_reset"], reset.Found.Select(ExchangeFacts.ErrorTypeOf));

        var ended = new TcpTalk().Handshake().Client(Ack, 0, _one).Server(Ack | TcpFlag.Fin, 0, "", _one.Length)
            .Client(Ack | TcpFlag.Fin, _one.Length, "", 1).Client(Ack | TcpFlag.Fin, _one.Length, "", 1)
            .Client(TcpFlag.Rst, _one.Length + 1).Read();
        Assert.Equal(["connection_closed"], ended.Found.Select(ExchangeFacts.ErrorTypeOf));
    }

    [Fact]
    public void Mutated_captures_never_throw_and_stay_small()
    {
        var seed = new TcpTalk().Handshake().Client(Ack, 0, _one).Server(Ack, 0, _answerOne, _one.Length)
            .Client(Ack, _one.Length + 3, _two, 5).Client(Ack, _one.Length, _two)
            .Server(Ack | TcpFlag.Fin, _answerOne.Length, _answerTwo, _one.Length + _two.Length).Build();
        for (var i = 0; i < 20_000; i++)
        {
            var random = new Random(i);
            var file = (byte[])seed.Clone();
            for (var n = random.Next(1, 12); n > 0; n--)
            {
                file[random.Next(24, file.Length)] = (byte)random.Next(256);
            }

            using var player = CapturePlayer.Open([("x", (Stream)new MemoryStream(file))]);
            var engine = new TraceEngine(new TcpTalk());
            player.Run(engine, static _ => { }, CancellationToken.None);
            Assert.Equal(0ul, engine.Counters.Faults);
        }
    }
}
