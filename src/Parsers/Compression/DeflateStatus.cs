// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Compression;

/// <summary>How far a <see cref="DeflateDecoder"/> came.</summary>
internal enum DeflateStatus
{
    /// <summary>All input was taken.</summary>
    Done,

    /// <summary>The input is no DEFLATE data at this place; nothing that follows can be inflated.</summary>
    Malformed,

    /// <summary>It would give more than is allowed; nothing that follows can be inflated.</summary>
    TooMuch,
}
