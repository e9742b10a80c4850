// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Export.Follow;

namespace L7Trace.Export.Protobuf;

/// <summary>
/// Writes a message, a field on each line: with names and types where a schema has them, else by number and wire type. Bytes
/// that nobody describes are taken for a message only where they are one from first to last byte and can't be text; that is a
/// guess and marked with "?".
/// </summary>
/// <param name="lines">Where it goes.</param>
/// <param name="schema">Names and types; null without.</param>
/// <param name="showsSecrets">Values may be written, not only the shape.</param>
internal sealed class ProtoText(BodyLines lines, ProtoSchema? schema, bool showsSecrets)
{
    private const int MaxDepth = 32;
    private const int MaxHex = 64;

    /// <summary>Writes it; <paramref name="type"/> is its full name, null when it is not known.</summary>
    public void Write(ReadOnlySpan<byte> message, string? type) => Write(message, type, 0);

    private void Write(ReadOnlySpan<byte> message, string? type, int depth)
    {
        var start = depth;
        var outer = new Stack<string?>();
        var reader = new ProtoReader(message);
        while (reader.TryRead())
        {
            if (reader.Wire == ProtoWire.EndGroup)
            {
                if (depth > start)
                {
                    type = outer.Pop();
                    Line(--depth, "}");
                }

                continue;
            }

            var field = schema?.FieldOf(type, reader.Field);
            if (reader.Wire == ProtoWire.StartGroup && depth < MaxDepth)
            {
                Line(depth++, $"{Head(field, reader.Field, "group")} {{");
                outer.Push(type);
                type = field?.TypeName;
            }
            else if (field is null || !TryKnown(field, reader, depth))
            {
                WriteUnknown(reader, depth);
            }

            if (lines.IsFull)
            {
                return;
            }
        }

        if (!reader.Rest.IsEmpty)
        {
            lines.Note(string.Create(CultureInfo.InvariantCulture, $"{reader.Rest.Length} bytes that are no field, or cut"));
        }
    }

    // False when the wire type is not the field's: then it is shown as it stands.
    private bool TryKnown(ProtoField field, ProtoReader reader, int depth)
    {
        if (reader.Wire != ProtoWire.Bytes)
        {
            return reader.Wire == WireOf(field.Type) && Value(depth, field.Name, NumberText(field, reader.Number));
        }

        switch (field.Type)
        {
            case ProtoType.String:
                return Value(depth, field.Name, Quoted(reader.Bytes) ?? Hex(reader.Bytes));
            case ProtoType.Bytes:
                return Value(depth, field.Name, Hex(reader.Bytes));
            case ProtoType.Message when depth < MaxDepth:
                WriteMessage(reader.Bytes, field.Name, field.TypeName, depth);
                return true;
            case ProtoType.Message or ProtoType.Group:
                return false;
            default:
                return Packed(field, reader.Bytes) is { } values && Value(depth, field.Name, $"[{values}]");
        }
    }

    private void WriteUnknown(ProtoReader reader, int depth)
    {
        switch (reader.Wire)
        {
            case ProtoWire.Varint:
                Value(depth, Name(reader.Field, "varint"), reader.Number.ToString(CultureInfo.InvariantCulture));
                break;
            case ProtoWire.Fixed32:
                Value(depth, Name(reader.Field, "fixed32"), string.Create(CultureInfo.InvariantCulture, $"0x{reader.Number:x8}"));
                break;
            case ProtoWire.Fixed64:
                Value(depth, Name(reader.Field, "fixed64"), string.Create(CultureInfo.InvariantCulture, $"0x{reader.Number:x16}"));
                break;
            default:
                if (Quoted(reader.Bytes) is { } text)
                {
                    Value(depth, Name(reader.Field, "bytes"), text);
                }
                else if (depth < MaxDepth && ProtoReader.IsMessage(reader.Bytes))
                {
                    WriteMessage(reader.Bytes, Name(reader.Field, "message?"), null, depth);
                }
                else
                {
                    Value(depth, Name(reader.Field, "bytes"), Hex(reader.Bytes));
                }

                break;
        }
    }

    private void WriteMessage(ReadOnlySpan<byte> message, string name, string? type, int depth)
    {
        Line(depth, name + " {");
        Write(message, type, depth + 1);
        Line(depth, "}");
    }

    private bool Value(int depth, string name, string value)
    {
        Line(depth, $"{name}: {(showsSecrets ? value : "?")}");
        return true;
    }

    private void Line(int depth, string text) => lines.Line(new string(' ', 2 * depth) + text);

    private static string Head(ProtoField? field, int number, string kind) => field?.Name ?? Name(number, kind);

    private static string Name(int number, string kind) => string.Create(CultureInfo.InvariantCulture, $"{number} {kind}");

    // Text has no control characters but those of lines; a message that holds anything has, or is no UTF-8.
    private static string? Quoted(ReadOnlySpan<byte> bytes)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return null;
        }

        foreach (var b in bytes)
        {
            if (b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r') || b == 0x7f)
            {
                return null;
            }
        }

        return "\"" + Encoding.UTF8.GetString(bytes).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal) + "\"";
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => bytes.Length <= MaxHex
        ? "0x" + Convert.ToHexStringLower(bytes)
        : string.Create(CultureInfo.InvariantCulture, $"0x{Convert.ToHexStringLower(bytes[..MaxHex])}... ({bytes.Length} bytes)");

    // Packed numbers (repeated ones in one field); null when the bytes are not so many whole ones.
    private string? Packed(ProtoField field, ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        while (!bytes.IsEmpty && text.Length < BodyLines.MaxBody)
        {
            ulong number;
            switch (WireOf(field.Type))
            {
                case ProtoWire.Varint when ProtoReader.TryVarint(ref bytes, out number):
                    break;
                case ProtoWire.Fixed32 when bytes.Length >= 4:
                    number = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
                    bytes = bytes[4..];
                    break;
                case ProtoWire.Fixed64 when bytes.Length >= 8:
                    number = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes);
                    bytes = bytes[8..];
                    break;
                default:
                    return null;
            }

            text.Append(text.Length == 0 ? "" : ", ").Append(NumberText(field, number));
        }

        return text.ToString();
    }

    private static ProtoWire? WireOf(ProtoType type) => type switch
    {
        ProtoType.Double or ProtoType.Fixed64 or ProtoType.SFixed64 => ProtoWire.Fixed64,
        ProtoType.Float or ProtoType.Fixed32 or ProtoType.SFixed32 => ProtoWire.Fixed32,
        ProtoType.Int64 or ProtoType.UInt64 or ProtoType.Int32 or ProtoType.Bool or ProtoType.UInt32 or ProtoType.Enum
            or ProtoType.SInt32 or ProtoType.SInt64 => ProtoWire.Varint,
        _ => null,
    };

    private string NumberText(ProtoField field, ulong number) => field.Type switch
    {
        ProtoType.Double => BitConverter.UInt64BitsToDouble(number).ToString("R", CultureInfo.InvariantCulture),
        ProtoType.Float => BitConverter.UInt32BitsToSingle((uint)number).ToString("R", CultureInfo.InvariantCulture),
        ProtoType.Int64 or ProtoType.SFixed64 => ((long)number).ToString(CultureInfo.InvariantCulture),
        ProtoType.Int32 or ProtoType.SFixed32 => ((int)number).ToString(CultureInfo.InvariantCulture),
        ProtoType.UInt32 => ((uint)number).ToString(CultureInfo.InvariantCulture),
        ProtoType.Bool => number == 0 ? "false" : "true",
        ProtoType.SInt32 or ProtoType.SInt64 => ((long)(number >> 1) ^ -(long)(number & 1)).ToString(CultureInfo.InvariantCulture),
        ProtoType.Enum => schema?.NameOf(field.TypeName, (int)number) ?? ((int)number).ToString(CultureInfo.InvariantCulture),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
