// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using L7Trace.Probe.Captures.Files;

namespace L7Trace.Probe.Captures.Packets;

/// <summary>
/// Takes TCP segments out of captured packets: link layer, IPv4 and IPv6 with fragments and extension headers, IP in
/// IP. Checksums are not looked at: where a network card computes them, a capture of the sender has them wrong.
/// What carries no TCP is counted by name.
/// </summary>
public sealed class PacketDecoder
{
    private const int MostHeaders = 16; // extension headers and IP in IP, together
    private const int MostNames = 256;

    private readonly IpFragments _fragments = new();
    private readonly Dictionary<string, long> _others = [];
    private readonly Dictionary<int, string> _names = [];

    /// <summary>Packets that carry no TCP, by what they carry instead.</summary>
    public IReadOnlyDictionary<string, long> Others => _others;

    /// <summary>IP datagrams of which not all fragments came.</summary>
    public long AbandonedDatagrams => _fragments.Abandoned;

    /// <summary>True when the packet has a TCP segment, or the last fragment of one. Valid while the packet is.</summary>
    public bool TryDecode(in CapturePacket packet, out TcpSegment segment)
    {
        segment = default;
        var bytes = packet.Bytes;
        var other = LinkLayer.Strip(packet.Interface.LinkType, ref bytes);
        if (other is null)
        {
            // What stands before IP was captured whole, so the rest of the wire length is IP's and a trailer's.
            var link = packet.Bytes.Length - bytes.Length;
            other = Ip(bytes, packet.OriginalLength - (uint)link, packet.Time, 0, ref segment);
        }

        if (other is { Length: > 0 })
        {
            CountOther(other);
        }

        return other is null;
    }

    // Null: the segment is there. Empty: a fragment that waits. Else what is there instead.
    private string? Ip(ReadOnlySpan<byte> bytes, uint onWire, long time, int depth, ref TcpSegment segment)
    {
        if (bytes.IsEmpty)
        {
            return "cut packet";
        }

        return (bytes[0] >> 4) switch
        {
            4 => IpV4(bytes, onWire, time, depth, ref segment),
            6 => IpV6(bytes, onWire, time, depth, ref segment),
            _ => "IP of another version",
        };
    }

    private string? IpV4(ReadOnlySpan<byte> bytes, uint onWire, long time, int depth, ref TcpSegment segment)
    {
        var header = (bytes[0] & 15) * 4;
        if (bytes.Length < 20 || header < 20 || bytes.Length < header)
        {
            return "cut packet";
        }

        // A total length of 0 is that of a packet which the network card was to cut into several.
        long total = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        total = total == 0 ? onWire : total;
        if (total < header)
        {
            return "malformed IP";
        }

        var from = IpEnd.Of(bytes.Slice(12, 4), 0);
        var to = IpEnd.Of(bytes.Slice(16, 4), 0);
        var protocol = bytes[9];
        var length = (int)Math.Min(total - header, int.MaxValue);
        var payload = bytes[header..];
        payload = payload[..Math.Min(payload.Length, length)];
        var fragment = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        if ((fragment & 0x3FFF) != 0)
        {
            var key = new IpFragments.Key(from, to, BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]), protocol);
            if (!_fragments.Add(
                    key, (fragment & 0x1FFF) * 8, length, (fragment & 0x2000) == 0, payload, time, out payload, out length))
            {
                return "";
            }
        }

        return Transport(protocol, payload, length, from, to, time, depth, ref segment);
    }

    private string? IpV6(ReadOnlySpan<byte> bytes, uint onWire, long time, int depth, ref TcpSegment segment)
    {
        if (bytes.Length < 40)
        {
            return "cut packet";
        }

        long length = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        if (length == 0 && onWire > 40)
        {
            length = onWire - 40; // larger than 16 bits can say (RFC 2675), or to be cut by the network card
        }

        var payload = bytes[40..];
        payload = payload[..(int)Math.Min(payload.Length, length)];
        return Transport(
            bytes[6], payload, (int)Math.Min(length, int.MaxValue), IpEnd.Of(bytes.Slice(8, 16), 0),
            IpEnd.Of(bytes.Slice(24, 16), 0), time, depth, ref segment);
    }

    private string? Transport(
        byte protocol, ReadOnlySpan<byte> bytes, int length, IpEnd from, IpEnd to, long time, int depth,
        ref TcpSegment segment)
    {
        for (; depth < MostHeaders; depth++)
        {
            var size = 0;
            switch (protocol)
            {
                case 6:
                    return Tcp(bytes, length, from, to, time, ref segment);
                case 4 or 41: // IP in IP
                    return Ip(bytes, (uint)length, time, depth + 1, ref segment);
                case 44: // fragment (RFC 8200, section 4.5)
                    if (bytes.Length < 8)
                    {
                        return "cut packet";
                    }

                    var fragment = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
                    var key = new IpFragments.Key(from, to, BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), bytes[0]);
                    protocol = bytes[0];
                    if ((fragment & 0xFFF9) == 0)
                    {
                        size = 8; // all of it in one
                    }
                    else if (!_fragments.Add(
                        key, fragment & 0xFFF8, length - 8, (fragment & 1) == 0, bytes[8..], time, out bytes, out length))
                    {
                        return "";
                    }

                    break;
                case 0 or 43 or 60 or 135 or 139 or 140: // extension headers, a length in units of 8 bytes
                    if (bytes.Length < 8)
                    {
                        return "cut packet";
                    }

                    size = (bytes[1] + 1) * 8;
                    protocol = bytes[0];
                    break;
                case 51: // authentication header, a length in units of 4 bytes
                    if (bytes.Length < 8)
                    {
                        return "cut packet";
                    }

                    size = (bytes[1] + 2) * 4;
                    protocol = bytes[0];
                    break;
                default:
                    return NameOf(protocol);
            }

            if (size > bytes.Length || size > length)
            {
                return "cut packet";
            }

            bytes = bytes[size..];
            length -= size;
        }

        return "too many headers";
    }

    private static string? Tcp(
        ReadOnlySpan<byte> bytes, int length, IpEnd from, IpEnd to, long time, ref TcpSegment segment)
    {
        if (bytes.Length < 14)
        {
            return "cut packet";
        }

        var header = (bytes[12] >> 4) * 4;
        if (header < 20 || header > length)
        {
            return "malformed TCP";
        }

        var payload = bytes[Math.Min(bytes.Length, header)..];
        segment = new TcpSegment
        {
            From = new IpEnd(from.High, from.Low, BinaryPrimitives.ReadUInt16BigEndian(bytes)),
            To = new IpEnd(to.High, to.Low, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
            Sequence = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            Acknowledgment = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
            Flags = (TcpFlag)(bytes[13] & 0x17),
            Length = (uint)(length - header),
            Payload = payload,
            Time = time,
        };
        return null;
    }

    private string NameOf(byte protocol)
    {
        if (!_names.TryGetValue(protocol, out var name))
        {
            name = protocol switch
            {
                1 => "ICMP",
                2 => "IGMP",
                17 => "UDP",
                47 => "GRE",
                50 => "ESP",
                58 => "ICMPv6",
                132 => "SCTP",
                _ => "IP protocol " + protocol.ToString(CultureInfo.InvariantCulture),
            };
            _names.Add(protocol, name);
        }

        return name;
    }

    private void CountOther(string name)
    {
        // 65,536 Ethernet types would be as many names.
        name = _others.Count < MostNames || _others.ContainsKey(name) ? name : "something else";
        _others[name] = _others.GetValueOrDefault(name) + 1;
    }
}
