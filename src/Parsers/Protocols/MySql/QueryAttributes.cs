// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// The query attributes in front of the text of COM_QUERY when CLIENT_QUERY_ATTRIBUTES was negotiated. MySQL source
/// documentation, "COM_QUERY".
/// </summary>
internal static class QueryAttributes
{
    private const int MaxInferredCount = 8; // below tab, so that no white space of a text can be taken for it

    /// <summary>
    /// Where the text begins behind the command byte, or -1 when the attributes do not end in these bytes.
    /// <paramref name="negotiated"/> is null when the login was not seen: a statement does not begin with a byte below
    /// 9 followed by 0x01, so the prefix shows itself.
    /// </summary>
    public static int FindText(ReadOnlySpan<byte> bytes, bool? negotiated)
    {
        if (negotiated == false)
        {
            return 0;
        }

        if (negotiated == true)
        {
            return TrySkip(bytes, out var length) ? length : -1;
        }

        return bytes.Length >= 2 && bytes[0] <= MaxInferredCount && bytes[1] == 1 && TrySkip(bytes, out var inferred)
            ? inferred
            : 0;
    }

    /// <summary>The attributes in bytes in front of which <see cref="FindText"/> has found the text; null when there are none.</summary>
    public static MySqlParameters? Read(byte[] bytes)
    {
        var reader = new PayloadReader(bytes);
        if (!reader.TryReadLengthEncoded(out var count) || count is 0 or > ParameterLayout.MaxCount ||
            !reader.TryReadLengthEncoded(out _) ||
            !ParameterLayout.TryFind(bytes, bytes.Length - reader.Rest.Length, (int)count, named: true, out var layout) ||
            !layout.HasTypes)
        {
            return null;
        }

        var types = ParameterTypes.Of(bytes.AsSpan(layout.TypesAt, layout.TypesLength), layout.Count, named: true, null);
        return layout.Fits(bytes, types, null, isCut: false)
            ? new MySqlParameters(bytes, layout, types, null, attributesFrom: 0)
            : null;
    }

    private static bool TrySkip(ReadOnlySpan<byte> bytes, out int length)
    {
        length = 0;
        var reader = new PayloadReader(bytes);
        if (!reader.TryReadLengthEncoded(out var count) || !reader.TryReadLengthEncoded(out var sets) || sets != 1 ||
            count > 65535)
        {
            return false;
        }

        if (count > 0 && !TrySkipParameters(ref reader, (int)count))
        {
            return false;
        }

        length = bytes.Length - reader.Rest.Length;
        return true;
    }

    private static bool TrySkipParameters(ref PayloadReader reader, int count)
    {
        if (!reader.TryReadBytes((count + 7) / 8, out var nulls) || !reader.TryReadByte(out var bound) || bound != 1)
        {
            return false;
        }

        // Types and names come first, then the values of those that are not NULL: two readers over the same bytes.
        var types = reader;
        for (var i = 0; i < count; i++)
        {
            if (!reader.TrySkip(2) || !reader.TryReadLengthEncodedBytes(out _))
            {
                return false;
            }
        }

        for (var i = 0; i < count; i++)
        {
            if (!types.TryReadUInt16(out var type) || !types.TryReadLengthEncodedBytes(out _))
            {
                return false;
            }

            var isNull = (nulls[i / 8] & (1 << (i % 8))) != 0;
            if (!isNull && !BinaryValue.TrySkip(ref reader, (byte)type))
            {
                return false;
            }
        }

        return true;
    }
}
