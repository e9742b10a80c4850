// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;

namespace L7Trace.Fuzz;

/// <summary>Conversations in <see cref="SegmentTarget"/>'s form, for the fuzzer to begin with.</summary>
internal static class SegmentSeeds
{
    private const int Client = 0;
    private const int Server = 1;

    /// <summary>Writes one file each into the folder.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var role in new[] { 1, 2 })
        {
            Save("mysql", 4, MySqlFromStart());
            Save("mysql-joined", 8, MySqlJoined());
            Save("http", 4, Http());
            Save("mysql-dump", 4, MySqlDump());
            Save("mysqlx", 4, MySqlX());
            File.WriteAllBytes(Path.Combine(folder, $"mysql-tls-{role}"), [(byte)(role | 4), .. MySqlInTls().SelectMany(x =>
                Call(x.Side ^ (role == 1 ? 0 : 1), x.Bytes, x.IsPlaintext))]);

            void Save(string name, int age, IEnumerable<(int Side, byte[] Bytes)> talk) =>
                File.WriteAllBytes(Path.Combine(folder, $"{name}-{role}"), [(byte)(role | age), .. talk.SelectMany(x => Call(x.Side ^ (role == 1 ? 0 : 1), x.Bytes))]);
        }
    }

    private static IEnumerable<(int, byte[])> MySqlFromStart() =>
    [
        (Server, Packet(0, [10, .. "8.0.36\0"u8, 7, 0, 0, 0, .. "12345678\0"u8, 0xff, 0xff, 0x21, 2, 0, 0xff, 0xc1, 21, .. new byte[10], .. "123456789012\0mysql_native_password\0"u8])),
        (Client, Packet(1, [0xa6, 0xa6, 0x0f, 0, 0, 0, 0, 1, 0x21, .. new byte[23], .. "root\0\0db\0mysql_native_password\0"u8])),
        (Server, Ok(2)),
        (Client, Packet(0, "\u0003SELECT 1"u8)),
        (Server, Rows()),
        (Client, Packet(0, [0x16, .. "SELECT ?"u8])),
        (Server, [.. Packet(1, [0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0]), .. Definition(2), .. Eof(3), .. Definition(4), .. Eof(5)]),
        (Client, Packet(0, [0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 8, 0, 5, 0, 0, 0, 0, 0, 0, 0])),
        (Server, Rows()),
        (Client, Packet(0, [0x19, 1, 0, 0, 0])),
        (Client, Packet(0, "\u0003SELEC 1"u8)),
        (Server, Packet(1, [0xff, 0x28, 4, .. "#42000You have an error"u8])),
    ];

    private static IEnumerable<(int, byte[])> MySqlDump() =>
    [
        .. MySqlFromStart().Take(3),
        (Client, Packet(0, [0x12, 4, 0, 0, 0, 1, 0, 9, 0, 0, 0, .. "log.1"u8])),
        (Server, [.. Packet(1, [0, 1, 2, 3, 4, 4, 7, 0, 0, 0, 27, 0, 0, 0, 0, 0, 0, 0, 0, 0]), .. Packet(2, [0, 1, 2, 3, 4, 15])]),
        (Server, Eof(3)),
    ];

    private static IEnumerable<(int, byte[])> MySqlX() =>
    [
        (Server, [5, 0, 0, 0, 11, 8, 5, 0x1a, 0]),
        (Client, [10, 0, 0, 0, 4, 0x0a, 7, .. "MYSQL41"u8]),
        (Server, [3, 0, 0, 0, 3, 0x0a, 0]),
    ];

    private static IEnumerable<(int Side, byte[] Bytes, bool IsPlaintext)> MySqlInTls()
    {
        var talk = MySqlFromStart().ToList();
        yield return (Server, talk[0].Item2, false);
        yield return (Client, Packet(1, [0xa6, 0xae, 0x0f, 0, 0, 0, 0, 1, 0x21, .. new byte[23]]), false);
        yield return (Client, [0x16, 3, 1, 0, 2, 1, 0], false);
        for (var i = 1; i < talk.Count; i++)
        {
            var bytes = talk[i].Item2;
            bytes[3] += (byte)(i <= 2 ? 1 : 0); // the login's sequence goes on behind the SSLRequest
            yield return (talk[i].Item1, bytes, true);
            yield return (talk[i].Item1, [0x17, 3, 3, 0, 1, 9], false);
        }
    }

    private static IEnumerable<(int, byte[])> MySqlJoined() =>
    [
        (Server, Rows()[20..]),
        (Client, Packet(0, "\u0003INSERT INTO t VALUES (1)"u8)),
        (Server, Ok(1)),
        (Client, Packet(0, "\u0003SELECT 1"u8)),
        (Server, Rows()),
        (Client, Packet(0, [0x0e])),
        (Server, Ok(1)),
    ];

    private static IEnumerable<(int, byte[])> Http() =>
    [
        (Client, Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
        (Server, Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")),
        (Client, Encoding.ASCII.GetBytes("POST /x?y=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")),
        (Server, Encoding.ASCII.GetBytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n0\r\nX: y\r\n\r\n")),
        (Client, Encoding.ASCII.GetBytes("HEAD / HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")),
        (Server, Encoding.ASCII.GetBytes("HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\nHTTP/1.0 200 OK\r\n\r\nto the end")),
    ];

    private static byte[] Rows() => [.. Packet(1, [1]), .. Definition(2), .. Eof(3), .. Packet(4, "\u00011"u8), .. Eof(5)];

    private static byte[] Definition(byte sequence) =>
        Packet(sequence, [3, .. "def"u8, 0, 0, 0, 1, (byte)'1', 0, 12, 0x3f, 0, 1, 0, 0, 0, 8, 0x81, 0, 0, 0, 0]);

    private static byte[] Ok(byte sequence) => Packet(sequence, [0, 1, 0, 2, 0, 0, 0]);

    private static byte[] Eof(byte sequence) => Packet(sequence, [0xfe, 0, 0, 2, 0]);

    private static byte[] Packet(byte sequence, ReadOnlySpan<byte> payload)
    {
        var header = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(header, payload.Length);
        header[3] = sequence;
        return [.. header, .. payload];
    }

    private static byte[] Call(int direction, byte[] bytes, bool isPlaintext = false) =>
    [
        (byte)(direction | 8 | (isPlaintext ? 64 : 0)), (byte)bytes.Length, (byte)(bytes.Length >> 8),
        .. isPlaintext ? [16] : (byte[])[], .. bytes,
    ];
}
