// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.UnitTests.Captures;

/// <summary>Writes pcap files.</summary>
internal sealed class PcapBuilder
{
    private readonly List<byte> _bytes = [];
    private readonly PcapngBuilder _numbers;

    public PcapBuilder(
        uint linkType = 1, bool bigEndian = false, bool nanoseconds = false, uint snapLength = 262144, ushort minor = 4)
    {
        _numbers = new PcapngBuilder(bigEndian);
        Raw([
            .. _numbers.U32(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4), .. _numbers.U16(2), .. _numbers.U16(minor),
            .. new byte[8], .. _numbers.U32(snapLength), .. _numbers.U32(linkType)]);
    }

    public byte[] Bytes => [.. _bytes];

    public PcapBuilder Packet(uint seconds, uint fraction, byte[] bytes, uint? original = null) => Raw([
        .. _numbers.U32(seconds), .. _numbers.U32(fraction), .. _numbers.U32((uint)bytes.Length),
        .. _numbers.U32(original ?? (uint)bytes.Length), .. bytes]);

    public PcapBuilder Raw(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }
}
