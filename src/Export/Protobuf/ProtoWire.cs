// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Protobuf;

/// <summary>Wire types of protobuf's encoding.</summary>
internal enum ProtoWire : byte
{
    /// <summary>A number of 1 to 10 bytes.</summary>
    Varint = 0,

    /// <summary>Eight bytes.</summary>
    Fixed64 = 1,

    /// <summary>A length and so many bytes: text, bytes, a message, packed numbers.</summary>
    Bytes = 2,

    /// <summary>A group begins.</summary>
    StartGroup = 3,

    /// <summary>A group ends.</summary>
    EndGroup = 4,

    /// <summary>Four bytes.</summary>
    Fixed32 = 5,
}
