// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql.Compression;

/// <summary>What a <see cref="CompressedStream"/> gives next.</summary>
internal enum CompressedStep : byte
{
    /// <summary>Nothing: more bytes are needed.</summary>
    NeedMoreData,

    /// <summary>Packets' bytes stand in its window.</summary>
    Bytes,

    /// <summary>Packets' bytes are missing behind those in its window: a unit could not be inflated to its end.</summary>
    Hole,

    /// <summary>These are no compressed packets.</summary>
    InvalidData,
}
