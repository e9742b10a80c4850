// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Packets;
using Xunit;

namespace L7Trace.UnitTests.Captures;

public class PacketDecoderTests
{
    // Ports 4660 to 80, sequence 1, acknowledgment 2, PSH ACK, "hello".
    private const string Tcp = "12340050" + "00000001" + "00000002" + "50180100" + "00000000" + "68656C6C6F";
    private const string V4 = "4500002D" + "00010000" + "40060000" + "0A000001" + "0A000002";
    private const string V6 = "60000000" + "00190640" + "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002";
    private const string Macs = "020000000001" + "020000000002";
    private const string Four = "10.0.0.1:4660 10.0.0.2:80 hello/5";
    private const string Six = "[2001:db8::1]:4660 [2001:db8::2]:80 hello/5";

    [Theory]
    [InlineData(1, Macs + "0800" + V4 + Tcp, Four)]
    [InlineData(1, Macs + "0800" + V4 + Tcp + "000000000000", Four)]
    [InlineData(1, Macs + "8100" + "00010800" + V4 + Tcp, Four)]
    [InlineData(1, Macs + "88A8" + "00018100" + "000286DD" + V6 + Tcp, Six)]
    [InlineData(1, Macs + "0028" + "AAAA03000000" + "0800" + V4 + Tcp, Four)]
    [InlineData(1, Macs + "8847" + "00001040" + "00002140" + V4 + Tcp, Four)]
    [InlineData(1, Macs + "8864" + "110000010033" + "0021" + V4 + Tcp, Four)]
    [InlineData(113, "0000" + "0001" + "0006" + "0200000000010000" + "0800" + V4 + Tcp, Four)]
    [InlineData(276, "86DD" + "0000" + "00000001" + "0001" + "00" + "06" + "0200000000010000" + V6 + Tcp, Six)]
    [InlineData(101, V4 + Tcp, Four)]
    [InlineData(101, V6 + Tcp, Six)]
    [InlineData(228, V4 + Tcp, Four)]
    [InlineData(229, V6 + Tcp, Six)]
    [InlineData(0, "02000000" + V4 + Tcp, Four)]
    [InlineData(0, "0000001E" + V6 + Tcp, Six)]
    [InlineData(108, "00000018" + V6 + Tcp, Six)]
    [InlineData(101, "45000041" + "00010000" + "40040000" + "01010101" + "02020202" + V4 + Tcp, Four)]
    [InlineData(101, "60000000" + "00290040" + "20010DB8000000000000000000000001" + "20010DB8000000000000000000000002" + "3C00010400000000" + "0600010400000000" + Tcp, Six)]
    public void Every_link_layer_and_header_chain_leads_to_the_segment(int linkType, string hex, string expected)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.Equal([expected], Decode((uint)linkType, [bytes]));

        // Cut at every place: the same segment with less of its payload, or none; never an exception.
        for (var length = 0; length < bytes.Length; length++)
        {
            foreach (var text in Decode((uint)linkType, [bytes[..length]], bytes.Length))
            {
                Assert.StartsWith(expected[..expected.LastIndexOf(' ')], text, StringComparison.Ordinal);
                Assert.EndsWith("/5", text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Fragments_in_any_order_are_put_together_and_the_first_bytes_win()
    {
        var tcp = Convert.FromHexString(Tcp);
        byte[] First(byte[] data) => [.. Convert.FromHexString("4500" + (20 + data.Length).ToString("X4", CultureInfo.InvariantCulture) + "00072000" + "40060000" + "0A000001" + "0A000002"), .. data];
        byte[] Last(int at, byte[] data) => [.. Convert.FromHexString("4500" + (20 + data.Length).ToString("X4", CultureInfo.InvariantCulture) + "0007" + (at / 8).ToString("X4", CultureInfo.InvariantCulture) + "40060000" + "0A000001" + "0A000002"), .. data];
        Assert.Equal([Four], Decode(101, [First(tcp[..16]), Last(16, tcp[16..])]));
        Assert.Equal([Four], Decode(101, [Last(16, tcp[16..]), First(tcp[..16])]));
        Assert.Equal([Four], Decode(101, [First(tcp[..16]), First(new byte[16]), Last(16, tcp[16..])]));
        Assert.Empty(Decode(101, [Last(16, tcp[16..])]));
    }

    [Fact]
    public void What_is_no_tcp_is_counted_by_name()
    {
        var decoder = new PacketDecoder();
        Decode(1, [Convert.FromHexString(Macs + "0806" + "0001"), Convert.FromHexString(Macs + "0800" + V4.Replace("4006", "4011", StringComparison.Ordinal) + Tcp), new byte[5]], 0, decoder);
        Decode(147, [new byte[9]], 0, decoder);
        Assert.Equal("ARP 1, UDP 1, cut packet 1, link type 147 1", string.Join(", ", decoder.Others.Select(static o => $"{o.Key} {o.Value}")));
    }

    private static List<string> Decode(uint linkType, byte[][] packets, int original = 0, PacketDecoder? decoder = null)
    {
        var file = new PcapBuilder(linkType);
        foreach (var packet in packets)
        {
            file.Packet(1, 1, packet, (uint)Math.Max(original, packet.Length));
        }

        decoder ??= new PacketDecoder();
        var texts = new List<string>();
        using var reader = CaptureReader.Open(new MemoryStream(file.Bytes));
        while (reader.Read())
        {
            if (decoder.TryDecode(reader.Packet, out var segment))
            {
                texts.Add($"{segment.From.ToEndPoint()} {segment.To.ToEndPoint()} {Encoding.ASCII.GetString(segment.Payload)}/{segment.Length}");
            }
        }

        return texts;
    }
}
