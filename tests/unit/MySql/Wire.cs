// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.UnitTests.MySql;

/// <summary>Builds what MySQL's clients and servers send.</summary>
internal static class Wire
{
    public const uint ClientFlags = 0x00_1a_a2_0d | (1u << 9) | (1u << 15) | (1u << 19); // no SSL, no compression

    public static byte[] Packet(int sequence, params byte[] payload) =>
        [(byte)payload.Length, (byte)(payload.Length >> 8), (byte)(payload.Length >> 16), (byte)sequence, .. payload];

    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(p => p)];

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] LengthEncoded(ulong value) => value switch
    {
        < 0xfb => [(byte)value],
        <= 0xffff => [0xfc, .. BitConverter.GetBytes((ushort)value)],
        <= 0xffffff => [0xfd, (byte)value, (byte)(value >> 8), (byte)(value >> 16)],
        _ => [0xfe, .. BitConverter.GetBytes(value)],
    };

    public static byte[] LengthEncoded(string text) => [.. LengthEncoded((ulong)Text(text).Length), .. Text(text)];

    public static byte[] Greeting(
        uint flags = 0xffffffff & ~(1u << 5) & ~(1u << 26), string version = "8.0.36", uint connectionId = 77, uint extended = 0) =>
        Packet(0, [10, .. Text(version), 0, .. BitConverter.GetBytes(connectionId), .. Text("12345678"), 0,
            (byte)flags, (byte)(flags >> 8), 45, 2, 0, (byte)(flags >> 16), (byte)(flags >> 24), 21,
            0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(extended), .. Text("123456789012"), 0, .. Text("mysql_native_password"), 0]);

    public static byte[] Login(
        uint flags, string user = "app", string? schema = "shop", string plugin = "mysql_native_password", int sequence = 1)
    {
        flags |= schema is null ? 0 : 8u;
        return Packet(sequence, [.. BitConverter.GetBytes(flags), 0, 0, 0, 1, 45, .. new byte[23], .. Text(user), 0,
            20, .. Enumerable.Repeat((byte)0xaa, 20), .. schema is null ? [] : (byte[])[.. Text(schema), 0], .. Text(plugin), 0]);
    }

    public static byte[] Command(MySqlCommand command, params byte[] body) => Packet(0, [(byte)command, .. body]);

    public static byte[] Query(string sql) => Command(MySqlCommand.Query, Text(sql));

    public static byte[] Prepare(string sql) => Command(MySqlCommand.StatementPrepare, Text(sql));

    public static byte[] Execute(uint id) =>
        Command(MySqlCommand.StatementExecute, [.. BitConverter.GetBytes(id), 0, 1, 0, 0, 0]);

    public static byte[] Close(uint id) => Command(MySqlCommand.StatementClose, BitConverter.GetBytes(id));

    public static byte[] Ok(int sequence = 1, ulong affected = 0, ulong insertId = 0, ushort status = 2, ushort warnings = 0, byte header = 0, byte[]? rest = null) =>
        Packet(sequence, [header, .. LengthEncoded(affected), .. LengthEncoded(insertId),
            .. BitConverter.GetBytes(status), .. BitConverter.GetBytes(warnings), .. rest ?? []]);

    public static byte[] Eof(int sequence, ushort status = 2, ushort warnings = 0) =>
        Packet(sequence, [0xfe, .. BitConverter.GetBytes(warnings), .. BitConverter.GetBytes(status)]);

    public static byte[] Err(int sequence, ushort code, string state = "42000", string message = "no") =>
        Packet(sequence, [0xff, .. BitConverter.GetBytes(code), (byte)'#', .. Text(state), .. Text(message)]);

    public static byte[] Definition(int sequence, string name = "c") => Packet(sequence, [.. LengthEncoded("def"),
        .. LengthEncoded("shop"), .. LengthEncoded("t"), .. LengthEncoded("t"), .. LengthEncoded(name), .. LengthEncoded(name),
        0x0c, 45, 0, 255, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0]);

    public static byte[] ResultSet(
        bool deprecateEof, int rows, int columns = 1, int sequence = 1, ushort status = 2, Func<int, byte[]>? row = null)
    {
        var parts = new List<byte[]> { Packet(sequence++, LengthEncoded((ulong)columns)) };
        for (var i = 0; i < columns; i++)
        {
            parts.Add(Definition(sequence++));
        }

        if (!deprecateEof)
        {
            parts.Add(Eof(sequence++, status));
        }

        for (var i = 0; i < rows; i++)
        {
            parts.Add(Packet(sequence++, row?.Invoke(i) ?? LengthEncoded("value " + i)));
        }

        parts.Add(deprecateEof ? Ok(sequence, header: 0xfe, status: status) : Eof(sequence, status));
        return Join([.. parts]);
    }

    public static byte[] PrepareOk(bool deprecateEof, uint id, int columns, int parameters)
    {
        var sequence = 1;
        var parts = new List<byte[]>
        {
            Packet(sequence++, [0, .. BitConverter.GetBytes(id), (byte)columns, 0, (byte)parameters, 0, 0, 0, 0]),
        };
        foreach (var count in (int[])[parameters, columns])
        {
            for (var i = 0; i < count; i++)
            {
                parts.Add(Definition(sequence++));
            }

            if (count > 0 && !deprecateEof)
            {
                parts.Add(Eof(sequence++));
            }
        }

        return Join([.. parts]);
    }
}
