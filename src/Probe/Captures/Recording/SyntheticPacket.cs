// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using L7Trace.Probe.Captures.Packets;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// Puts the headers of an IP packet with a TCP segment in front of bytes that were taken at a socket: RFC 791, RFC 8200,
/// RFC 9293. Lengths and checksums are those that a receiver would accept.
/// </summary>
internal static class SyntheticPacket
{
    /// <summary>Longest headers: IPv6 and a SYN's options.</summary>
    public const int MaxHeaders = Ip6Header + TcpHeader + SynOptions;

    /// <summary>Most bytes that one packet carries, by the 16-bit length of IPv4.</summary>
    public const int MaxPayload = ushort.MaxValue - Ip4Header - TcpHeader;

    private const int Ip4Header = 20;
    private const int Ip6Header = 40;
    private const int TcpHeader = 20;
    private const int SynOptions = 8;
    private const byte HopLimit = 64;
    private const byte ProtocolTcp = 6;

    /// <summary>Writes the headers; gives their length.</summary>
    /// <param name="target">At least <see cref="MaxHeaders"/> bytes.</param>
    /// <param name="source">Sender; of the same family as the destination.</param>
    /// <param name="destination">Receiver.</param>
    /// <param name="sequence">Sequence number of the first byte.</param>
    /// <param name="acknowledgement">Acknowledgement number; not used without <see cref="TcpFlag.Ack"/>.</param>
    /// <param name="flags">Flags.</param>
    /// <param name="payload">At most <see cref="MaxPayload"/> bytes.</param>
    public static int WriteHeaders(
        Span<byte> target,
        IPEndPoint source,
        IPEndPoint destination,
        uint sequence,
        uint acknowledgement,
        TcpFlag flags,
        ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayload);
        var ip6 = source.AddressFamily == AddressFamily.InterNetworkV6;
        var ip = target[..(ip6 ? Ip6Header : Ip4Header)];
        var tcp = target.Slice(ip.Length, TcpHeader + ((flags & TcpFlag.Syn) != 0 ? SynOptions : 0));
        var length = tcp.Length + payload.Length;
        if (ip6)
        {
            WriteIp6(ip, source.Address, destination.Address, length);
        }
        else
        {
            WriteIp4(ip, source.Address, destination.Address, length);
        }

        WriteTcp(tcp, source.Port, destination.Port, sequence, acknowledgement, flags);
        var addresses = ip6 ? ip.Slice(8, 32) : ip.Slice(12, 8);
        var sum = Sum(addresses) + (ulong)length + ProtocolTcp + Sum(tcp) + Sum(payload);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], Fold(sum));
        return ip.Length + tcp.Length;
    }

    /// <summary>
    /// The bytes as 16-bit big-endian words, added up; an odd last byte is followed by a zero (RFC 1071). Parts of even
    /// length may be summed apart.
    /// </summary>
    public static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        // 2^16 is 1 modulo 2^16-1, so wider words give the same sum; a 64-bit sum of 32-bit words can't overflow here.
        ulong sum = 0;
        while (bytes.Length >= 4)
        {
            sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
            bytes = bytes[4..];
        }

        if (bytes.Length >= 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[2..];
        }

        return bytes.IsEmpty ? sum : sum + ((ulong)bytes[0] << 8);
    }

    /// <summary>The Internet checksum of a sum: folded into 16 bits with end-around carry, complemented.</summary>
    public static ushort Fold(ulong sum)
    {
        while (sum >> 16 != 0)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    private static void WriteIp4(Span<byte> ip, IPAddress source, IPAddress destination, int length)
    {
        ip.Clear();
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(Ip4Header + length));
        ip[6] = 0x40; // don't fragment: so the identification may be 0 (RFC 6864)
        ip[8] = HopLimit;
        ip[9] = ProtocolTcp;
        source.TryWriteBytes(ip[12..], out _);
        destination.TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Fold(Sum(ip)));
    }

    private static void WriteIp6(Span<byte> ip, IPAddress source, IPAddress destination, int length)
    {
        ip.Clear();
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)length);
        ip[6] = ProtocolTcp;
        ip[7] = HopLimit;
        source.TryWriteBytes(ip[8..], out _);
        destination.TryWriteBytes(ip[24..], out _);
    }

    private static void WriteTcp(
        Span<byte> tcp, int sourcePort, int destinationPort, uint sequence, uint acknowledgement, TcpFlag flags)
    {
        tcp.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], (flags & TcpFlag.Ack) != 0 ? acknowledgement : 0);
        tcp[12] = (byte)(tcp.Length / 4 << 4);
        tcp[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], ushort.MaxValue);
        if ((flags & TcpFlag.Syn) != 0)
        {
            // The largest segment that is ever written, and a window so large that no reader finds it full.
            ReadOnlySpan<byte> options = [2, 4, MaxPayload >> 8, MaxPayload & 0xFF, 1, 3, 3, 14];
            options.CopyTo(tcp[TcpHeader..]);
        }
    }
}
