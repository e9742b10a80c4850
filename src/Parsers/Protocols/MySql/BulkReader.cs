// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Reads MariaDB's COM_STMT_BULK_EXECUTE: flags, the types if they are sent, then row after row, in which an indicator
/// stands in front of each value. MariaDB knowledge base, "COM_STMT_BULK_EXECUTE".
/// </summary>
internal static class BulkReader
{
    private const ushort SendTypes = 128;
    private const byte LastIndicator = 4;

    /// <summary>
    /// The values of the first row, or null; <paramref name="rows"/> is how many there are, null when that can't be told.
    /// <paramref name="bytes"/> begin with the flags, <paramref name="isCut"/> says that more followed them.
    /// </summary>
    public static MySqlParameters? Read(byte[] bytes, bool isCut, PreparedStatement statement, int epoch, out int? rows)
    {
        rows = null;
        var types = bytes.Length >= 2 && statement.Parameters is > 0 and { } count
            ? TypesOf(bytes, count, statement.TypesIn(epoch), out var at)
            : TypesOf(default, 0, null, out at);
        statement.SetTypes(types, epoch);
        if (types is null)
        {
            return null;
        }

        MySqlParameter[]? first = null;
        var counted = 0;
        while (at < bytes.Length)
        {
            var row = first is null ? new MySqlParameter[types.Count] : null;
            if (!TryReadRow(bytes, ref at, types, row))
            {
                return isCut && first is not null ? new MySqlParameters(first, []) : null;
            }

            first ??= row;
            counted++;
        }

        rows = isCut || counted == 0 ? null : counted;
        return first is null ? null : new MySqlParameters(first, []);
    }

    private static ParameterTypes? TypesOf(ReadOnlySpan<byte> bytes, int count, ParameterTypes? last, out int at)
    {
        at = 2;
        if (bytes.IsEmpty)
        {
            return null;
        }

        if ((BinaryPrimitives.ReadUInt16LittleEndian(bytes) & SendTypes) == 0)
        {
            return last?.Count == count ? last : null;
        }

        var reader = new PayloadReader(bytes[at..]);
        if (!ParameterTypes.TrySkip(ref reader, count, named: false))
        {
            return null;
        }

        var from = at;
        at = bytes.Length - reader.Rest.Length;
        return ParameterTypes.Of(bytes[from..at], count, named: false, last);
    }

    private static bool TryReadRow(byte[] bytes, ref int at, ParameterTypes types, MySqlParameter[]? row)
    {
        for (var i = 0; i < types.Count; i++)
        {
            if (at >= bytes.Length || bytes[at] > LastIndicator)
            {
                return false;
            }

            var state = bytes[at++] switch
            {
                0 => MySqlParameterState.Value,
                1 => MySqlParameterState.Null,
                2 => MySqlParameterState.Default,
                _ => MySqlParameterState.Ignore,
            };
            var value = new MySqlParameter((MySqlFieldType)types.TypeOf(i), types.IsUnsigned(i), state, default, 0, null);
            var isCut = false;
            if (state == MySqlParameterState.Value)
            {
                value = MySqlParameters.ReadValue(value, bytes, ref at, ref isCut);
            }

            if (isCut)
            {
                return false;
            }

            if (row is not null)
            {
                row[i] = value;
            }
        }

        return true;
    }
}
