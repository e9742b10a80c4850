// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Compression;

/// <summary>How bytes are compressed.</summary>
public enum CompressionAlgorithm : byte
{
    /// <summary>zlib streams (RFC 1950).</summary>
    Zlib,

    /// <summary>zstd frames (RFC 8878).</summary>
    Zstd,
}
