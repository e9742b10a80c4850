// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Probe.Captures.Packets;
using L7Trace.Probe.Captures.Recording;
using Xunit;

namespace L7Trace.UnitTests.Captures.Recording;

public sealed class SyntheticPacketTests
{
    // RFC 1071, section 3: the words 0001 f203 f4f5 f6f7 have the one's complement sum ddf2.
    [Fact]
    public void The_checksum_of_the_rfc_example_is_the_one_it_gives() =>
        Assert.Equal(0x220D, SyntheticPacket.Fold(SyntheticPacket.Sum([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7])));

    // By hand: 4500 + 002A + 4000 + 4006 + 7F00 + 0001 + 7F00 + 0001 = 1C332; C332 + 1 = C333; complement 3CCC.
    [Fact]
    public void An_ipv4_packet_is_as_computed_by_hand()
    {
        var headers = new byte[SyntheticPacket.MaxHeaders];
        var length = SyntheticPacket.WriteHeaders(
            headers,
            new IPEndPoint(IPAddress.Loopback, 0x1000),
            new IPEndPoint(IPAddress.Loopback, 3306),
            1,
            2,
            TcpFlag.Ack | TcpFlag.Push,
            [0x41, 0x42]);
        const int Tcp4Sum =
            0x7F00 + 0x0001 + 0x7F00 + 0x0001 + 6 + 22 + // pseudo header
            0x1000 + 0x0CEA + 0 + 1 + 0 + 2 + 0x5018 + 0xFFFF + 0 +
            0x4142;
        const int Checksum = 0xFFFF - ((Tcp4Sum & 0xFFFF) + (Tcp4Sum >> 16));
        Assert.Equal(40, length);
        Assert.Equal("4500002A0000400040063CCC7F0000017F000001", Convert.ToHexString(headers.AsSpan(0, 20)));
        Assert.Equal(
            "10000CEA00000001000000025018FFFF" + Checksum.ToString("X4", null) + "0000",
            Convert.ToHexString(headers.AsSpan(20, 20)));
    }

    [Theory]
    [InlineData("127.0.0.1", 0)]
    [InlineData("192.168.1.200", 1)]
    [InlineData("::1", 1459)]
    [InlineData("2001:db8::17", SyntheticPacket.MaxPayload)]
    [InlineData("10.1.2.3", SyntheticPacket.MaxPayload)]
    public void A_receiver_that_sums_everything_finds_all_ones(string address, int size)
    {
        var payload = new byte[size];
        new Random(7).NextBytes(payload);
        var headers = new byte[SyntheticPacket.MaxHeaders];
        var end = new IPEndPoint(IPAddress.Parse(address), 65535);
        TcpFlag[] all = size == 0 ? [TcpFlag.Syn, TcpFlag.Ack, TcpFlag.Fin | TcpFlag.Ack] : [TcpFlag.Ack];
        foreach (var flags in all)
        {
            var length = SyntheticPacket.WriteHeaders(headers, end, end, uint.MaxValue, 5, flags, payload);
            byte[] packet = [.. headers.AsSpan(0, length), .. payload];
            var ip6 = packet[0] >> 4 == 6;
            var ip = ip6 ? 40 : 20;
            var addresses = ip6 ? packet.AsSpan(8, 32) : packet.AsSpan(12, 8);
            var sum = SyntheticPacket.Sum(addresses) + 6 + (ulong)(packet.Length - ip) + SyntheticPacket.Sum(packet.AsSpan(ip));
            Assert.Equal(0, SyntheticPacket.Fold(sum));
            Assert.True(ip6 || SyntheticPacket.Fold(SyntheticPacket.Sum(packet.AsSpan(0, 20))) == 0);
            Assert.Equal(packet.Length - (ip6 ? 40 : 0), ip6 ? (packet[4] << 8) | packet[5] : (packet[2] << 8) | packet[3]);
        }
    }
}
