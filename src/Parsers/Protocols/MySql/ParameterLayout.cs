// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// Where the parts of bound parameters stand in a run of bytes: how many there are, the bitmap of NULLs, the types if
/// they were sent, the values. MySQL source documentation, "COM_STMT_EXECUTE" and "COM_QUERY".
/// </summary>
internal readonly record struct ParameterLayout(int Count, int NullsAt, int TypesAt, int TypesLength, int ValuesAt, bool Named)
{
    /// <summary>A statement has 65,535 parameters at most.</summary>
    public const int MaxCount = 65535;

    /// <summary>True when the types stand in the bytes; else those sent last hold.</summary>
    public bool HasTypes => TypesAt > 0;

    /// <summary>
    /// Finds the parts from <paramref name="at"/> on for this many parameters. False when they do not fit: the bytes are
    /// too few or one part is malformed. What stands behind the types is not looked at.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<byte> bytes, int at, int count, bool named, out ParameterLayout layout)
    {
        layout = default;
        var reader = new PayloadReader(bytes[at..]);
        if (count is <= 0 or > MaxCount || !reader.TryReadBytes((count + 7) / 8, out _) ||
            !reader.TryReadByte(out var bound) || bound > 1)
        {
            return false;
        }

        var typesAt = bytes.Length - reader.Rest.Length;
        if (bound == 1 && !ParameterTypes.TrySkip(ref reader, count, named))
        {
            return false;
        }

        var valuesAt = bytes.Length - reader.Rest.Length;
        layout = new ParameterLayout(count, at, bound == 1 ? typesAt : 0, bound == 1 ? valuesAt - typesAt : 0, valuesAt, named);
        return true;
    }

    /// <summary>True when the parameter is marked as NULL.</summary>
    public bool IsNull(ReadOnlySpan<byte> bytes, int index) => (bytes[NullsAt + (index / 8)] & (1 << (index % 8))) != 0;

    /// <summary>
    /// True when the values, read by these types, are well formed and end exactly where the bytes end. When the bytes
    /// are only the beginning (<paramref name="isCut"/>), they need not end there, but may not go wrong in front of it.
    /// </summary>
    public bool Fits(ReadOnlySpan<byte> bytes, ParameterTypes types, LongData? longData, bool isCut)
    {
        if (types.Count != Count)
        {
            return false;
        }

        var reader = new PayloadReader(bytes[ValuesAt..]);
        for (var i = 0; i < Count; i++)
        {
            if (longData is not null && longData.TryGet(i, out _, out _))
            {
                continue;
            }

            if (!IsNull(bytes, i) && !BinaryValue.TrySkip(ref reader, types.TypeOf(i)))
            {
                return isCut && EndsInValue(reader, types.TypeOf(i));
            }
        }

        return !isCut && reader.IsEmpty;
    }

    // Cut in the middle of a value: what is there must not be malformed.
    private static bool EndsInValue(PayloadReader reader, byte type) => BinaryValue.IsString(type)
        ? reader.IsEmpty || reader.Rest[0] is not (0xfb or 0xff)
        : reader.Rest.Length < 13;
}
