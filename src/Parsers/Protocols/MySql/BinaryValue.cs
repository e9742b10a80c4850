// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Values of the binary protocol. MySQL source documentation, "Binary Protocol Value".</summary>
internal static class BinaryValue
{
    /// <summary>Passes over one value of this type (enum_field_types); false when cut or of no known type.</summary>
    public static bool TrySkip(ref PayloadReader reader, byte type) => TryRead(ref reader, type, out _);

    /// <summary>Takes one value of this type, without the length in front of it; false when cut or of no known type.</summary>
    public static bool TryRead(ref PayloadReader reader, byte type, out ReadOnlySpan<byte> value)
    {
        value = default;
        switch (type)
        {
            case 0x06: // NULL
                return true;
            case 0x01: // TINY
                return reader.TryReadBytes(1, out value);
            case 0x02 or 0x0d: // SHORT, YEAR
                return reader.TryReadBytes(2, out value);
            case 0x03 or 0x04 or 0x09: // LONG, FLOAT, INT24
                return reader.TryReadBytes(4, out value);
            case 0x05 or 0x08: // DOUBLE, LONGLONG
                return reader.TryReadBytes(8, out value);
            case 0x07 or 0x0a or 0x0c or 0x0e: // TIMESTAMP, DATE, DATETIME
                return reader.TryReadByte(out var length) && length is 0 or 4 or 7 or 11 && reader.TryReadBytes(length, out value);
            case 0x0b: // TIME
                return reader.TryReadByte(out var time) && time is 0 or 8 or 12 && reader.TryReadBytes(time, out value);
            default:
                return IsString(type) && reader.TryReadLengthEncodedBytes(out value);
        }
    }

    /// <summary>True for the types that are sent as a counted string.</summary>
    public static bool IsString(byte type) => type is 0x00 or 0x0f or 0x10 or (>= 0xf2 and <= 0xff);

    /// <summary>True for a type with its flags as a client sends them: a known type, and no flag but "unsigned".</summary>
    public static bool IsType(ushort type) =>
        (type >> 8) is 0 or 0x80 && (byte)type is <= 0x0f or 0x10 or (>= 0xf2 and <= 0xff);
}
