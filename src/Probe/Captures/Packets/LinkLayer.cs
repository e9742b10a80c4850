// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;

namespace L7Trace.Probe.Captures.Packets;

/// <summary>Finds the IP packet behind a link layer's header (www.tcpdump.org/linktypes.html).</summary>
internal static class LinkLayer
{
    private const int MostTags = 8;

    /// <summary>
    /// Takes the headers off <paramref name="bytes"/>. Null when IP follows; else a name for what stands there, for the
    /// count of what was left out.
    /// </summary>
    public static string? Strip(uint linkType, ref ReadOnlySpan<byte> bytes)
    {
        switch (linkType)
        {
            case 0: // BSD loopback: the address family in the byte order of who wrote it
            case 108: // the same of OpenBSD, in network byte order
                return Loopback(ref bytes);
            case 1:
                return Ethernet(ref bytes);
            case 12 or 14 or 101: // raw IP, also under the numbers that some systems wrote into files
            case 228 or 229:
                return bytes.IsEmpty ? "cut packet" : null;
            case 113: // Linux cooked
                return Cooked(ref bytes, 14, 16);
            case 276: // Linux cooked, version 2
                return Cooked(ref bytes, 0, 20);
            default:
                return "link type " + linkType.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static string? Loopback(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 5)
        {
            return "cut packet";
        }

        var family = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        family = family > 0xFFFF ? BinaryPrimitives.ReverseEndianness(family) : family;
        bytes = bytes[4..];
        return family is 2 or 10 or 24 or 28 or 30 ? null : "loopback family " + family.ToString(CultureInfo.InvariantCulture);
    }

    private static string? Ethernet(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 14)
        {
            return "cut packet";
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(bytes[12..]);
        bytes = bytes[14..];
        return Network(type, ref bytes);
    }

    private static string? Cooked(ref ReadOnlySpan<byte> bytes, int typeAt, int size)
    {
        if (bytes.Length < size)
        {
            return "cut packet";
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(bytes[typeAt..]);
        bytes = bytes[size..];
        return Network(type, ref bytes);
    }

    private static string? Network(ushort type, ref ReadOnlySpan<byte> bytes)
    {
        for (var tags = 0; tags < MostTags; tags++)
        {
            switch (type)
            {
                case 0x0800 or 0x86DD:
                    return null;
                case 0x8100 or 0x88A8 or 0x9100 or 0x9200 or 0x9300: // VLAN tags
                    if (bytes.Length < 4)
                    {
                        return "cut packet";
                    }

                    type = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
                    bytes = bytes[4..];
                    break;
                case 0x8864: // PPPoE session: six bytes, then PPP's own type
                    if (bytes.Length < 8)
                    {
                        return "cut packet";
                    }

                    type = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]) switch
                    {
                        0x0021 => (ushort)0x0800,
                        0x0057 => (ushort)0x86DD,
                        _ => (ushort)0,
                    };
                    bytes = bytes[8..];
                    break;
                case 0x8847 or 0x8848: // MPLS: labels down to the one with the bottom bit
                    while (bytes.Length >= 4 && (bytes[2] & 1) == 0)
                    {
                        bytes = bytes[4..];
                    }

                    if (bytes.Length < 5)
                    {
                        return "cut packet";
                    }

                    bytes = bytes[4..];
                    return (bytes[0] >> 4) is 4 or 6 ? null : "MPLS without IP";
                case < 1536: // a length: IEEE 802.2, with SNAP when it can carry IP
                    if (bytes.Length < 8 || bytes[0] != 0xAA || bytes[1] != 0xAA)
                    {
                        return "IEEE 802.2";
                    }

                    type = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
                    bytes = bytes[8..];
                    break;
                case 0x0806:
                    return "ARP";
                default:
                    return "Ethernet type 0x" + type.ToString("x4", CultureInfo.InvariantCulture);
            }
        }

        return "too many tags";
    }
}
