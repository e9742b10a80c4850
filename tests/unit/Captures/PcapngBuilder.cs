// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;

namespace L7Trace.UnitTests.Captures;

/// <summary>Writes pcapng blocks, right ones and others.</summary>
internal sealed class PcapngBuilder(bool bigEndian = false)
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public int Length => _bytes.Count;

    public PcapngBuilder Section(params byte[][] options) =>
        Block(0x0A0D0D0A, [.. U32(0x1A2B3C4D), .. U16(1), .. U16(0), .. U64(ulong.MaxValue), .. options.SelectMany(static o => o)]);

    public PcapngBuilder Interface(ushort linkType = 1, uint snapLength = 0, params byte[][] options) =>
        Block(1, [.. U16(linkType), .. U16(0), .. U32(snapLength), .. options.SelectMany(static o => o)]);

    public PcapngBuilder Packet(ulong units, byte[] bytes, uint number = 0, uint? original = null, params byte[][] options) =>
        Block(6, [
            .. U32(number), .. U32((uint)(units >> 32)), .. U32((uint)units), .. U32((uint)bytes.Length),
            .. U32(original ?? (uint)bytes.Length), .. Padded(bytes), .. options.SelectMany(static o => o)]);

    public PcapngBuilder ObsoletePacket(ulong units, byte[] bytes, ushort number = 0) =>
        Block(2, [
            .. U16(number), .. U16(7), .. U32((uint)(units >> 32)), .. U32((uint)units), .. U32((uint)bytes.Length),
            .. U32((uint)bytes.Length), .. Padded(bytes)]);

    public PcapngBuilder SimplePacket(byte[] bytes, uint original) => Block(3, [.. U32(original), .. Padded(bytes)]);

    public PcapngBuilder Block(uint type, byte[] body)
    {
        var length = (uint)body.Length + 12;
        return Raw([.. U32(type), .. U32(length), .. body, .. U32(length)]);
    }

    public PcapngBuilder Raw(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PcapngBuilder Other(PcapngBuilder other) => Raw(other.Bytes);

    public byte[] Option(ushort code, byte[] value) => [.. U16(code), .. U16((ushort)value.Length), .. Padded(value)];

    public byte[] Comment(string text) => Option(1, Encoding.UTF8.GetBytes(text));

    public byte[] U16(ushort value)
    {
        var bytes = new byte[2];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        }

        return bytes;
    }

    public byte[] U32(uint value) => bigEndian
        ? [.. U16((ushort)(value >> 16)), .. U16((ushort)value)]
        : [.. U16((ushort)value), .. U16((ushort)(value >> 16))];

    public byte[] U64(ulong value) => bigEndian
        ? [.. U32((uint)(value >> 32)), .. U32((uint)value)]
        : [.. U32((uint)value), .. U32((uint)(value >> 32))];

    private static byte[] Padded(byte[] bytes) => [.. bytes, .. new byte[(4 - (bytes.Length & 3)) & 3]];
}
