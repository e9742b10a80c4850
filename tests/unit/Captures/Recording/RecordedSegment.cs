// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.UnitTests.Captures.Recording;

/// <summary>A packet of a recording, as a program sees it that reads no comments.</summary>
internal sealed record RecordedSegment(
    uint LinkType, byte FirstOfAddress, int SourcePort, int DestinationPort, uint Sequence, uint Acknowledgement, int Flags, byte[] Payload)
{
    public static List<RecordedSegment> Packets(MemoryStream file)
    {
        var packets = new List<RecordedSegment>();
        using var input = CaptureReader.Open(new MemoryStream(file.ToArray()));
        while (input.Read())
        {
            var bytes = input.Packet.Bytes;
            var isIp6 = bytes.Length >= 60 && bytes[0] >> 4 == 6;
            var tcp = isIp6 ? bytes[40..] : bytes.Length >= 40 ? bytes[20..] : new byte[20];
            packets.Add(new RecordedSegment(
                input.Packet.Interface.LinkType,
                isIp6 ? bytes[8] : bytes.Length >= 40 ? bytes[12] : (byte)0,
                BinaryPrimitives.ReadUInt16BigEndian(tcp),
                BinaryPrimitives.ReadUInt16BigEndian(tcp[2..]),
                BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]),
                BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]),
                tcp[13],
                RecordedPacket.Payload(input.Packet).ToArray()));
        }

        return packets;
    }
}
