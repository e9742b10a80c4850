// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Net;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Files;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>Looks into packets as <see cref="SyntheticPacket"/> makes them. Any bytes are possible input.</summary>
internal static class RecordedPacket
{
    private const int PortsLength = 4;

    /// <summary>The bytes behind the TCP header; empty when there is none.</summary>
    public static ReadOnlySpan<byte> Payload(in CapturePacket packet)
    {
        if (!TryTcp(packet, out _, out _, out var tcp) || tcp.Length < 13)
        {
            return default;
        }

        var header = (tcp[12] >> 4) * 4;
        return header <= tcp.Length ? tcp[header..] : default;
    }

    /// <summary>
    /// What a packet tells about the connection of its call when the facts are gone; null when it tells nothing, as the
    /// stand-in addresses of Unix sockets do.
    /// </summary>
    public static ConnectionInfo? Connection(in CapturePacket packet, in RecordedFact call)
    {
        if (!TryTcp(packet, out var source, out var destination, out var tcp) || tcp.Length < PortsLength || IsStandIn(source))
        {
            return null;
        }

        var from = new IPEndPoint(new IPAddress(source), BinaryPrimitives.ReadUInt16BigEndian(tcp));
        var to = new IPEndPoint(new IPAddress(destination), BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]));
        var isSent = call.Direction == Direction.Egress;
        return new ConnectionInfo
        {
            Id = call.Id,
            ProcessId = call.ProcessId,
            Local = isSent ? from : to,
            Remote = isSent ? to : from,
            FirstSeen = packet.Time,
        };
    }

    private static bool IsStandIn(ReadOnlySpan<byte> address) =>
        address.Length == 16 && address[0] == 1 && address[1..8].IndexOfAnyExcept((byte)0) < 0;

    private static bool TryTcp(
        in CapturePacket packet, out ReadOnlySpan<byte> source, out ReadOnlySpan<byte> destination, out ReadOnlySpan<byte> tcp)
    {
        var bytes = packet.Bytes;
        source = destination = tcp = default;
        if (packet.Interface.LinkType is not (RecordingWords.RawIp or RecordingWords.Private) || bytes.IsEmpty)
        {
            return false;
        }

        if (bytes[0] >> 4 == 4 && bytes.Length >= 20 && bytes[9] == 6)
        {
            var header = (bytes[0] & 15) * 4;
            if (header < 20 || header > bytes.Length)
            {
                return false;
            }

            source = bytes.Slice(12, 4);
            destination = bytes.Slice(16, 4);
            tcp = bytes[header..];
            return true;
        }

        if (bytes[0] >> 4 != 6 || bytes.Length < 40 || bytes[6] != 6)
        {
            return false;
        }

        source = bytes.Slice(8, 16);
        destination = bytes.Slice(24, 16);
        tcp = bytes[40..];
        return true;
    }
}
