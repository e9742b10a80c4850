// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;

namespace L7Trace.Probe.Captures.Packets;

/// <summary>One end of a connection. IPv4 addresses are kept in their IPv6-mapped form.</summary>
/// <param name="High">Upper half of the address.</param>
/// <param name="Low">Lower half.</param>
/// <param name="Port">TCP port.</param>
public readonly record struct IpEnd(ulong High, ulong Low, ushort Port)
{
    private const ulong MappedPrefix = 0x0000_FFFF_0000_0000;

    /// <summary>Makes one of 4 or 16 bytes of address.</summary>
    public static IpEnd Of(ReadOnlySpan<byte> address, ushort port) => address.Length == 4
        ? new IpEnd(0, MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(address), port)
        : new IpEnd(
            BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]), port);

    /// <summary>As the framework names it.</summary>
    public IPEndPoint ToEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return High == 0 && (Low & 0xFFFF_FFFF_0000_0000) == MappedPrefix
            ? new IPEndPoint(new IPAddress(bytes[12..]), Port)
            : new IPEndPoint(new IPAddress(bytes), Port);
    }

    /// <summary>An order of ends, of no meaning: both directions of a connection give the same pair with it.</summary>
    public int CompareTo(IpEnd other)
    {
        var order = High.CompareTo(other.High);
        order = order != 0 ? order : Low.CompareTo(other.Low);
        return order != 0 ? order : Port.CompareTo(other.Port);
    }
}
