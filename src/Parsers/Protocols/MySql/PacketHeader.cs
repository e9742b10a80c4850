// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>The 4 bytes in front of every packet: payload length (3, little-endian) and sequence id.</summary>
internal readonly record struct PacketHeader(int Length, byte Sequence)
{
    public const int Size = 4;

    /// <summary>A packet of this length is continued by another one.</summary>
    public const int MaxLength = 0xffffff;

    /// <summary>Reads one from the first <see cref="Size"/> bytes, which must be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PacketHeader Read(ReadOnlySpan<byte> bytes)
    {
        var word = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return new PacketHeader((int)(word & MaxLength), (byte)(word >> 24));
    }
}
