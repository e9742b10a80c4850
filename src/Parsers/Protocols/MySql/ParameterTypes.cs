// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// The types of one statement's parameters as the client sent them last, with the names of query attributes. Shared by
/// all executions until the client sends others.
/// </summary>
internal sealed class ParameterTypes
{
    private const ushort Unsigned = 0x8000;

    private readonly byte[] _bytes; // as sent
    private readonly ushort[] _types;
    private readonly string?[]? _names;

    private ParameterTypes(byte[] bytes, ushort[] types, string?[]? names)
    {
        _bytes = bytes;
        _types = types;
        _names = names;
    }

    public int Count => _types.Length;

    public byte TypeOf(int index) => (byte)_types[index];

    public bool IsUnsigned(int index) => (_types[index] & Unsigned) != 0;

    /// <summary>Name of a query attribute; null for one without.</summary>
    public string? NameOf(int index) => _names?[index];

    /// <summary>
    /// Passes over <paramref name="count"/> types, each with a name behind it when <paramref name="named"/>; false when
    /// they are cut or one is no type.
    /// </summary>
    public static bool TrySkip(ref PayloadReader reader, int count, bool named)
    {
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryReadUInt16(out var type) || !BinaryValue.IsType(type) ||
                (named && !reader.TryReadLengthEncodedBytes(out _)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Of bytes that <see cref="TrySkip"/> passed; <paramref name="last"/> itself when nothing changed.</summary>
    public static ParameterTypes Of(ReadOnlySpan<byte> bytes, int count, bool named, ParameterTypes? last)
    {
        if (last is not null && last.Count == count && (last._names is not null) == named && bytes.SequenceEqual(last._bytes))
        {
            return last;
        }

        var reader = new PayloadReader(bytes);
        var types = new ushort[count];
        var names = named ? new string?[count] : null;
        for (var i = 0; i < count && reader.TryReadUInt16(out types[i]); i++)
        {
            if (named && reader.TryReadLengthEncodedBytes(out var name) && !name.IsEmpty)
            {
                names![i] = Encoding.UTF8.GetString(name);
            }
        }

        return new ParameterTypes(bytes.ToArray(), types, names);
    }
}
