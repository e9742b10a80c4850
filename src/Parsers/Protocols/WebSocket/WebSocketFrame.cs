// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>The header of a frame (RFC 6455, section 5.2).</summary>
/// <param name="IsFinal">The last frame of its message.</param>
/// <param name="Reserved">RSV1 (4), RSV2 (2) and RSV3 (1).</param>
/// <param name="Opcode">What it is.</param>
/// <param name="IsMasked">Its payload is masked: a client's.</param>
/// <param name="Mask">The masking key, the first byte lowest; 0 without.</param>
/// <param name="Length">Bytes of payload.</param>
/// <param name="Size">Bytes of this header, 2 to 14.</param>
internal readonly record struct WebSocketFrame(
    bool IsFinal, byte Reserved, WebSocketOpcode Opcode, bool IsMasked, uint Mask, ulong Length, int Size)
{
    /// <summary>The longest header, bytes.</summary>
    public const int MaxSize = 14;

    /// <summary>The most that a control frame carries, bytes (section 5.5).</summary>
    public const int MaxControl = 125;

    /// <summary>Close, ping, pong or a reserved one of that kind.</summary>
    public bool IsControl => ((byte)Opcode & 8) != 0;

    /// <summary>The opcode is one that is defined.</summary>
    public bool IsKnown => Opcode is <= WebSocketOpcode.Binary or (>= WebSocketOpcode.Close and <= WebSocketOpcode.Pong);

    /// <summary>The length stands in as few bytes as it can.</summary>
    public bool IsShortest => Size - (IsMasked ? 4 : 0) == (Length < 126 ? 2 : Length <= ushort.MaxValue ? 4 : 10);

    /// <summary>
    /// Reads the header at the front of <paramref name="bytes"/>. NeedMoreData while it is not whole, InvalidData for a
    /// length beyond 63 bits.
    /// </summary>
    public static ParseStatus TryRead(ReadOnlySpan<byte> bytes, out WebSocketFrame frame)
    {
        frame = default;
        if (bytes.Length < 2)
        {
            return ParseStatus.NeedMoreData;
        }

        var isMasked = (bytes[1] & 0x80) != 0;
        var shortLength = bytes[1] & 0x7f;
        var lengthSize = shortLength switch { 126 => 2, 127 => 8, _ => 0 };
        var size = 2 + lengthSize + (isMasked ? 4 : 0);
        if (lengthSize == 8 && bytes.Length > 2 && bytes[2] > 0x7f)
        {
            return ParseStatus.InvalidData;
        }

        if (bytes.Length < size)
        {
            return ParseStatus.NeedMoreData;
        }

        var length = lengthSize switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            8 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => (ulong)shortLength,
        };
        frame = new WebSocketFrame(
            (bytes[0] & 0x80) != 0,
            (byte)((bytes[0] >> 4) & 7),
            (WebSocketOpcode)(bytes[0] & 15),
            isMasked,
            isMasked ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(size - 4)..]) : 0,
            length,
            size);
        return ParseStatus.Done;
    }
}
