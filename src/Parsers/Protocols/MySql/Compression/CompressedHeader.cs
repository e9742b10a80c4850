// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;

namespace L7Trace.Parsers.Protocols.MySql.Compression;

/// <summary>
/// The 7 bytes in front of every compressed packet: length of what follows (3, little-endian), sequence id of its own,
/// and the length that it has uncompressed (3), 0 when it is not compressed at all. MySQL source documentation,
/// "Compressed Packet".
/// </summary>
internal readonly record struct CompressedHeader(int Length, byte Sequence, int InflatedLength)
{
    public const int Size = 7;

    /// <summary>Bytes of a body that tell its algorithm.</summary>
    public const int MagicBytes = 4;

    /// <summary>Bytes of the packets inside.</summary>
    public int UnitLength => InflatedLength == 0 ? Length : InflatedLength;

    /// <summary>Reads one from the first <see cref="Size"/> bytes, which must be there.</summary>
    public static CompressedHeader Read(ReadOnlySpan<byte> bytes) => new(
        bytes[0] | (bytes[1] << 8) | (bytes[2] << 16), bytes[3], bytes[4] | (bytes[5] << 8) | (bytes[6] << 16));

    /// <summary>
    /// Tells the algorithm by a body's first bytes: zstd's magic number (RFC 8878, 3.1.1), or zlib's header with method
    /// 8 and its check (RFC 1950, 2.2). Null when it is neither.
    /// </summary>
    public static CompressionAlgorithm? AlgorithmOf(ReadOnlySpan<byte> body)
    {
        if (body.StartsWith((ReadOnlySpan<byte>)[0x28, 0xb5, 0x2f, 0xfd]))
        {
            return CompressionAlgorithm.Zstd;
        }

        return body.Length >= 2 && (body[0] & 0x0f) == 8 && (body[0] >> 4) <= 7 && ((body[0] << 8) | body[1]) % 31 == 0
            ? CompressionAlgorithm.Zlib
            : null;
    }
}
