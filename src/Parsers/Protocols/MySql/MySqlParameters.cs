// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql.Payloads;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// The values that the client bound to one execution, and its query attributes. Kept as the wire's bytes and read when
/// somebody looks.
/// </summary>
public sealed class MySqlParameters
{
    private readonly byte[] _bytes;
    private readonly ParameterLayout _layout;
    private readonly ParameterTypes? _types;
    private readonly LongData? _longData;
    private readonly int _attributesFrom;
    private IReadOnlyList<MySqlParameter>? _values;
    private IReadOnlyList<MySqlParameter>? _attributes;

    /// <summary>Those of one execution or query; the bytes were found to fit.</summary>
    internal MySqlParameters(byte[] bytes, ParameterLayout layout, ParameterTypes types, LongData? longData, int attributesFrom)
    {
        _bytes = bytes;
        _layout = layout;
        _types = types;
        _longData = longData;
        _attributesFrom = attributesFrom;
    }

    /// <summary>Ready ones.</summary>
    /// <param name="values">In the order of the statement's parameter markers.</param>
    /// <param name="attributes">Query attributes, with their names.</param>
    public MySqlParameters(IReadOnlyList<MySqlParameter> values, IReadOnlyList<MySqlParameter> attributes)
    {
        _bytes = [];
        _values = values;
        _attributes = attributes;
    }

    /// <summary>The statement's parameters, in the order of its markers; of the first row when several were sent.</summary>
    public IReadOnlyList<MySqlParameter> Values => _values ?? Read().Values;

    /// <summary>Query attributes, in the order sent.</summary>
    public IReadOnlyList<MySqlParameter> Attributes => _attributes ?? Read().Attributes;

    private (IReadOnlyList<MySqlParameter> Values, IReadOnlyList<MySqlParameter> Attributes) Read()
    {
        var values = new MySqlParameter[Math.Min(_attributesFrom, _layout.Count)];
        var attributes = new MySqlParameter[_layout.Count - values.Length];
        var at = _layout.ValuesAt;
        var isCut = false;
        for (var i = 0; i < _layout.Count; i++)
        {
            var value = ReadOne(i, ref at, ref isCut);
            if (i < values.Length)
            {
                values[i] = value;
            }
            else
            {
                attributes[i - values.Length] = value with { Name = _types!.NameOf(i) ?? "" };
            }
        }

        (_values, _attributes) = (values, attributes);
        return (values, attributes);
    }

    private MySqlParameter ReadOne(int index, ref int at, ref bool isCut)
    {
        var type = _types!.TypeOf(index);
        var value = new MySqlParameter(
            (MySqlFieldType)type, _types.IsUnsigned(index), MySqlParameterState.Null, default, 0, null);
        if (_longData is not null && _longData.TryGet(index, out var sent, out var length))
        {
            return value with { State = MySqlParameterState.Value, Bytes = sent, Length = length };
        }

        if (type == (byte)MySqlFieldType.Null || _layout.IsNull(_bytes, index))
        {
            return value;
        }

        return isCut ? value with { State = MySqlParameterState.NotCaptured } : ReadValue(value, _bytes, ref at, ref isCut);
    }

    /// <summary>Takes one value from the bytes; of one that ends behind them, the beginning.</summary>
    internal static MySqlParameter ReadValue(MySqlParameter value, byte[] bytes, ref int at, ref bool isCut)
    {
        var reader = new PayloadReader(bytes.AsSpan(at));
        var start = reader;
        if (BinaryValue.TryRead(ref reader, (byte)value.Type, out var content))
        {
            at = bytes.Length - reader.Rest.Length;
            return value with
            {
                State = MySqlParameterState.Value,
                Bytes = bytes.AsMemory(at - content.Length, content.Length),
                Length = content.Length,
            };
        }

        isCut = true;
        return BinaryValue.IsString((byte)value.Type) && start.TryReadLengthEncoded(out var length) && length <= long.MaxValue
            ? value with
            {
                State = MySqlParameterState.Value,
                Bytes = bytes.AsMemory(bytes.Length - start.Rest.Length),
                Length = (long)length,
            }
            : value with { State = MySqlParameterState.NotCaptured };
    }
}
