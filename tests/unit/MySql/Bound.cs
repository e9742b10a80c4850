// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.UnitTests.MySql;

/// <summary>A value that a test binds: its type with flags as sent, its bytes, and how we show it (null: NULL).</summary>
internal sealed record Bound(MySqlFieldType Type, byte[] Bytes, string? Shown, bool Unsigned = false, string Name = "")
{
    public static Bound Null(MySqlFieldType type = MySqlFieldType.VarString) => new(type, [], null);

    public static Bound Int(int value) => new(MySqlFieldType.Long, BitConverter.GetBytes(value), value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public static Bound Text(string text, string name = "") => new(MySqlFieldType.VarString, Wire.LengthEncoded(text), text, Name: name);

    /// <summary>COM_STMT_EXECUTE with these values.</summary>
    public static byte[] Execute(
        uint id, IReadOnlyList<Bound> values, bool sendTypes = true, byte flags = 0, bool named = false, Func<int, bool>? longData = null) =>
        Wire.Command(MySqlCommand.StatementExecute,
            [.. BitConverter.GetBytes(id), flags, 1, 0, 0, 0, .. named ? Wire.LengthEncoded((ulong)values.Count) : [],
                .. values.Count == 0 ? [] : Block(values, sendTypes, named, longData)]);

    /// <summary>COM_QUERY with query attributes.</summary>
    public static byte[] Query(string sql, IReadOnlyList<Bound> attributes) =>
        Wire.Command(MySqlCommand.Query,
            [.. Wire.LengthEncoded((ulong)attributes.Count), 1, .. attributes.Count == 0 ? [] : Block(attributes, true, true, null), .. Wire.Text(sql)]);

    private static byte[] Block(IReadOnlyList<Bound> values, bool sendTypes, bool named, Func<int, bool>? longData)
    {
        var nulls = new byte[(values.Count + 7) / 8];
        var types = new List<byte>();
        var bytes = new List<byte>();
        for (var i = 0; i < values.Count; i++)
        {
            types.AddRange([(byte)values[i].Type, (byte)(values[i].Unsigned ? 0x80 : 0)]);
            types.AddRange(named ? Wire.LengthEncoded(values[i].Name) : []);
            if (values[i].Shown is null)
            {
                nulls[i / 8] |= (byte)(1 << (i % 8));
            }
            else if (longData?.Invoke(i) != true)
            {
                bytes.AddRange(values[i].Bytes);
            }
        }

        return [.. nulls, (byte)(sendTypes ? 1 : 0), .. sendTypes ? types : [], .. bytes];
    }
}
