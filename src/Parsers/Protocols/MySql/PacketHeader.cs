// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>The 4 bytes in front of every packet: payload length (3, little-endian) and sequence id.</summary>
internal readonly record struct PacketHeader(int Length, byte Sequence)
{
    public const int Size = 4;

    /// <summary>A packet of this length is continued by another one.</summary>
    public const int MaxLength = 0xffffff;

    /// <summary>Reads one from the first <see cref="Size"/> bytes, which must be there.</summary>
    public static PacketHeader Read(ReadOnlySpan<byte> bytes) =>
        new(bytes[0] | (bytes[1] << 8) | (bytes[2] << 16), bytes[3]);
}
