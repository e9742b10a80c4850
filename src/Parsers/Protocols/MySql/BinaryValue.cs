// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Values of the binary protocol. MySQL source documentation, "Binary Protocol Value".</summary>
internal static class BinaryValue
{
    /// <summary>Passes over one value of this type (enum_field_types); false when cut or of no known type.</summary>
    public static bool TrySkip(ref PayloadReader reader, byte type) => type switch
    {
        0x06 => true,                               // NULL
        0x01 => reader.TrySkip(1),                  // TINY
        0x02 or 0x0d => reader.TrySkip(2),          // SHORT, YEAR
        0x03 or 0x04 or 0x09 => reader.TrySkip(4),  // LONG, FLOAT, INT24
        0x05 or 0x08 => reader.TrySkip(8),          // DOUBLE, LONGLONG
        0x07 or 0x0a or 0x0b or 0x0c => reader.TryReadByte(out var length) && reader.TrySkip(length), // date and time
        0x00 or 0x0f or 0x10 or (>= 0xf2 and <= 0xff) => reader.TryReadLengthEncodedBytes(out _),      // strings
        _ => false,
    };
}
