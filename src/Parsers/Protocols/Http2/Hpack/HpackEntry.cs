// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http2.Hpack;

/// <summary>
/// A header field of a table or a message. What stands in the part of a dynamic table that was not seen is unknown: its
/// name, its value or both are null then, and <see cref="Mark"/> says which entry it was.
/// </summary>
/// <param name="Name">The name as sent; null when it is not known.</param>
/// <param name="Value">The value as sent; null when it is not known.</param>
/// <param name="Size">As RFC 7541 counts it (section 4.1): the bytes of both and 32; of an unknown name 32 and the value.</param>
/// <param name="NameSize">Bytes of the name; 0 when it is not known.</param>
/// <param name="Mark">Stands for the entry that is not known, the same one for the same entry of a connection; null when both are known.</param>
internal sealed record HpackEntry(string? Name, string? Value, int Size, int NameSize, string? Mark = null)
{
    /// <summary>What an entry counts besides its bytes.</summary>
    public const int Overhead = 32;

    /// <summary>True when name and value are known.</summary>
    public bool IsKnown => Mark is null;
}
