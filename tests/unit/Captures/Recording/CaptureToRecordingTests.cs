// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Packets;
using Xunit;

namespace L7Trace.UnitTests.Captures.Recording;

public sealed class CaptureToRecordingTests
{
    private static readonly string Request = TcpTalk.Get(1);
    private static readonly string Answer = TcpTalk.Ok(1);

    public static TheoryData<string, int> Talks => new()
    {
        { "whole", 2 },
        { "joined", 2 },
        { "lost", 1 },
        { "cut", 2 },
        { "disorder", 2 },
        { "wrapped", 2 },
        { "reused", 2 },
        { "one way", 1 },
    };

    [Theory]
    [MemberData(nameof(Talks))]
    public void What_a_capture_shows_its_recording_shows(string name, int atLeast)
    {
        var trip = RoundTrip.Of(Talk(name).Build());
        Assert.Null(trip.Difference);
        Assert.True(trip.Shown.Count >= atLeast, string.Join('\n', trip.Shown));
    }

    [Fact]
    public void A_recording_of_a_recording_is_the_same_again()
    {
        foreach (var name in (string[])["whole", "lost", "cut"])
        {
            var first = RoundTrip.Of(Talk(name).Build());
            var second = RoundTrip.Of(first.Files[0].ToArray());
            Assert.Equal(first.Shown, second.Back);
        }
    }

    [Fact]
    public void Sequence_numbers_and_addresses_are_those_of_the_capture()
    {
        var trip = RoundTrip.Of(Talk("lost").Build());
        var seen = Packets(trip.Files[0].ToArray());
        Assert.Equal((1000u, 40000), (seen[0].Sequence, seen[0].Port)); // SYN
        Assert.Equal((5000u, 80), (seen[1].Sequence, seen[1].Port));
        var data = seen.Where(static x => x.Payload.Length > 0 && x.Port == 40000).Select(static x => x.Sequence);
        Assert.Equal([1001u, (uint)(1001 + (2 * Request.Length))], data); // the second request is missing, and its place is
    }

    [Fact]
    public void What_is_neither_mysql_nor_http_is_not_in_it()
    {
        var talk = new TcpTalk().Handshake();
        for (var i = 0; i < 30; i++)
        {
            talk.Client(TcpFlag.Ack, i * 13, "secret words\n");
        }

        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(RoundTrip.Of(talk.Build()).Files[0].ToArray()), StringComparison.Ordinal);
    }

    private static TcpTalk Talk(string name)
    {
        var (ask, reply) = (Request.Length, Answer.Length);
        var talk = new TcpTalk();
        switch (name)
        {
            case "whole":
                return Second(First(talk.Handshake()), ask, reply).Client(TcpFlag.Fin | TcpFlag.Ack, 2 * ask, "", 2 * reply)
                    .Server(TcpFlag.Fin | TcpFlag.Ack, 2 * reply, "", (2 * ask) + 1);
            case "joined":
                return Second(First(talk), ask, reply);
            case "wrapped":
                talk.ClientIsn = uint.MaxValue - 10;
                talk.ServerIsn = uint.MaxValue;
                return Second(First(talk.Handshake()), ask, reply);
            case "lost": // the second request and its answer; both sides have acknowledged what followed
                return First(talk.Handshake()).Client(TcpFlag.Ack, 2 * ask, TcpTalk.Get(3), 2 * reply)
                    .Server(TcpFlag.Ack, 2 * reply, TcpTalk.Ok(3), 3 * ask).Client(TcpFlag.Ack, 3 * ask, "", 3 * reply)
                    .Wait(100).Client(TcpFlag.Ack, 3 * ask, "", 3 * reply);
            case "cut": // by snaplen, in the body
                return Second(
                    talk.Handshake().Client(TcpFlag.Ack, 0, Request).Server(TcpFlag.Ack, 0, Answer, ask, captured: reply - 1),
                    ask,
                    reply);
            case "disorder":
                return talk.Handshake().Server(TcpFlag.Ack, 5, Answer[5..], ask).Client(TcpFlag.Ack, 0, Request)
                    .Client(TcpFlag.Ack, 0, Request).Server(TcpFlag.Ack, 0, Answer[..5], ask)
                    .Client(TcpFlag.Ack, ask, TcpTalk.Get(2), reply).Server(TcpFlag.Rst, reply, "", 2 * ask);
            case "reused":
                First(talk.Handshake()).Server(TcpFlag.Rst, reply, "", ask);
                (talk.ClientIsn, talk.ServerIsn) = (900_000, 70_000);
                return First(talk.Wait(5).Handshake());
            default:
                return talk.Client(TcpFlag.Ack, 0, Request).Wait(2000).Client(TcpFlag.Ack, ask, TcpTalk.Get(2));
        }
    }

    private static TcpTalk First(TcpTalk talk) =>
        talk.Client(TcpFlag.Ack, 0, Request).Server(TcpFlag.Ack, 0, Answer, Request.Length);

    private static TcpTalk Second(TcpTalk talk, int ask, int reply) =>
        talk.Client(TcpFlag.Ack, ask, TcpTalk.Get(2), reply).Server(TcpFlag.Ack, reply, TcpTalk.Ok(2), 2 * ask);

    private static List<(int Port, uint Sequence, byte[] Payload)> Packets(byte[] file)
    {
        var packets = new List<(int, uint, byte[])>();
        using var input = CaptureReader.Open(new MemoryStream(file));
        while (input.Read())
        {
            if (input.Packet.Interface.LinkType == 101)
            {
                var tcp = input.Packet.Bytes[20..];
                packets.Add((BinaryPrimitives.ReadUInt16BigEndian(tcp), BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]), tcp[((tcp[12] >> 4) * 4)..].ToArray()));
            }
        }

        return packets;
    }
}
