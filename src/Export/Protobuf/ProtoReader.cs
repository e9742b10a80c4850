// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace L7Trace.Export.Protobuf;

/// <summary>Reads the fields of a message (protobuf's encoding), one after the other. Never throws on input.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int MaxDepth = 32;

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>What is not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>Number of the field that was read.</summary>
    public int Field { get; private set; }

    /// <summary>Its wire type.</summary>
    public ProtoWire Wire { get; private set; }

    /// <summary>Its value, of all but <see cref="ProtoWire.Bytes"/> and groups.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its bytes, of <see cref="ProtoWire.Bytes"/>.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Reads the next field; false at the end and for what is none: then <see cref="Rest"/> is not empty.</summary>
    public bool TryRead()
    {
        var rest = _rest;
        if (!TryVarint(ref rest, out var tag) || tag > uint.MaxValue || tag >> 3 is 0 or > (1 << 29) - 1)
        {
            return false;
        }

        Field = (int)(tag >> 3);
        Wire = (ProtoWire)(tag & 7);
        Number = 0;
        Bytes = default;
        switch (Wire)
        {
            case ProtoWire.Varint when TryVarint(ref rest, out var number):
                Number = number;
                break;
            case ProtoWire.Fixed64 when rest.Length >= 8:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(rest);
                rest = rest[8..];
                break;
            case ProtoWire.Fixed32 when rest.Length >= 4:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(rest);
                rest = rest[4..];
                break;
            case ProtoWire.Bytes when TryVarint(ref rest, out var length) && length <= (ulong)rest.Length:
                Bytes = rest[..(int)length];
                rest = rest[(int)length..];
                break;
            case ProtoWire.StartGroup or ProtoWire.EndGroup:
                break;
            default:
                return false;
        }

        _rest = rest;
        return true;
    }

    /// <summary>True when all of it is fields, groups are closed, and there is at least one.</summary>
    public static bool IsMessage(ReadOnlySpan<byte> bytes)
    {
        Span<int> groups = stackalloc int[MaxDepth];
        var depth = 0;
        var reader = new ProtoReader(bytes);
        while (reader.TryRead())
        {
            if (reader.Wire == ProtoWire.StartGroup)
            {
                if (depth == MaxDepth)
                {
                    return false;
                }

                groups[depth++] = reader.Field;
            }
            else if (reader.Wire == ProtoWire.EndGroup && (depth == 0 || groups[--depth] != reader.Field))
            {
                return false;
            }
        }

        return depth == 0 && reader.Rest.IsEmpty && !bytes.IsEmpty;
    }

    /// <summary>Reads a number of 1 to 10 bytes from the front.</summary>
    public static bool TryVarint(scoped ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < 10 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
