// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers.Protocols.Http2;
using L7Trace.UnitTests.Http2;
using L7Trace.UnitTests.MySql;

namespace L7Trace.Micro;

/// <summary>The loads, by name. To add one: a method here and a line in <see cref="Names"/>.</summary>
internal static class ParserLoads
{
    private const int Small = 1_000;          // exchanges of a connection where they are small
    private const int Large = 8 * 1024 * 1024; // bytes of an answer where it is large
    private const int Frame = 16 * 1024 - 9;   // bytes of a DATA frame that fits into a call

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["mysql-point", "mysql-prepared", "http1-small", "http2-small", "mysql-rows", "mysql-wide-rows", "http1-body", "http1-chunks", "http2-body"];

    /// <summary>True where bytes count, false where exchanges do.</summary>
    public static bool IsOfBytes(string name) => name is "mysql-rows" or "mysql-wide-rows" or "http1-body" or "http1-chunks" or "http2-body";

    /// <summary>
    /// Makes one. <paramref name="scale"/> 1 is what is measured; a test takes less than that: so much less of requests and of rows.
    /// </summary>
    public static ParserLoad Make(string name, double scale = 1) => name switch
    {
        "mysql-point" => PointSelects(name, Scaled(Small, scale)),
        "mysql-prepared" => Executions(name, Scaled(Small, scale)),
        "mysql-rows" => Rows(name, 100, Scaled(Large / 105, scale)),
        "mysql-wide-rows" => Rows(name, 8_000, Scaled(Large / 8_007, scale)),
        "http1-small" => Requests(name, Scaled(Small, scale)),
        "http1-body" => Download(name, $"Content-Length: {Text(Scaled(Large, scale))}", new byte[Scaled(Large, scale)]),
        "http1-chunks" => Download(name, "Transfer-Encoding: chunked", Chunks(Scaled(Large, scale))),
        "http2-small" => Streams(name, Scaled(Small, scale)),
        "http2-body" => Frames(name, Scaled(Large, scale)),
        _ => throw new ArgumentException("no such load", nameof(name)),
    };

    // Text protocol, one row of 120 bytes: sysbench's oltp_point_select.
    private static ParserLoad PointSelects(string name, int count)
    {
        var load = Login(name, 2 + count);
        for (var i = 0; i < count; i++)
        {
            load.Ask(Wire.Query($"SELECT c FROM sbtest1 WHERE id={Text(4_000 + i)}"));
            load.Answer(Wire.ResultSet(deprecateEof: false, rows: 1, row: static _ => Row(120)));
        }

        return Quit(load);
    }

    private static ParserLoad Executions(string name, int count)
    {
        var load = Login(name, 3 + count);
        load.Ask(Wire.Prepare("SELECT c FROM sbtest1 WHERE id=?")).Answer(Wire.PrepareOk(deprecateEof: false, id: 1, columns: 1, parameters: 1));
        for (var i = 0; i < count; i++)
        {
            // No value is NULL, types follow: one BIGINT.
            load.Ask([.. Wire.Packet(0, [0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 8, 0, .. BitConverter.GetBytes(4_000L + i)])]);
            load.Answer(Wire.ResultSet(deprecateEof: false, rows: 1, row: static _ => [0, 0, .. Row(120)]));
        }

        return Quit(load);
    }

    private static ParserLoad Rows(string name, int size, int count)
    {
        var load = Login(name, 3);
        load.Ask(Wire.Query("SELECT c FROM sbtest1")).Answer(Wire.ResultSet(deprecateEof: false, rows: count, row: _ => Row(size)));
        return Quit(load);
    }

    private static ParserLoad Requests(string name, int count)
    {
        var load = new ParserLoad(name, 80) { Exchanges = count };
        for (var i = 0; i < count; i++)
        {
            load.Ask(Ascii($"GET /item/{Text(i)} HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: wrk/4.1.0\r\nAccept: */*\r\n\r\n"));
            load.Answer(Ascii($"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Thu, 26 Nov 2026 12:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 100\r\nConnection: keep-alive\r\n\r\n{new string('x', 100)}"));
        }

        return load;
    }

    private static ParserLoad Download(string name, string framing, byte[] body) => new ParserLoad(name, 80) { Exchanges = 1 }
        .Ask(Ascii("GET /large HTTP/1.1\r\nHost: shop.test\r\n\r\n"))
        .Answer([.. Ascii($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{framing}\r\n\r\n"), .. body]);

    private static byte[] Chunks(int length)
    {
        const int Size = 8 * 1024;
        var all = new List<byte>();
        for (var left = length; left > 0; left -= Size)
        {
            var size = Math.Min(left, Size);
            all.AddRange(Ascii(size.ToString("x", CultureInfo.InvariantCulture) + "\r\n"));
            all.AddRange(new byte[size]);
            all.AddRange("\r\n"u8);
        }

        return [.. all, .. "0\r\n\r\n"u8];
    }

    // Fields as clients and servers send them: in the table after the first time, but for a path that differs.
    private static ParserLoad Streams(string name, int count)
    {
        var load = Preface(name, count);
        var (client, server) = (new Http2Encoder(), new Http2Encoder());
        for (var i = 0; i < count; i++)
        {
            var stream = (uint)(2 * i) + 1;
            var path = i % 8 == 0 ? $"/item/{Text(i)}" : $"/item/{Text(i % 8)}";
            load.Ask(Headers(stream, true, client.Block([(":method", "GET"), (":scheme", "http"), (":authority", "shop.test"), (":path", path), ("user-agent", "h2load"), ("accept", "*/*")])));
            load.Answer([
                .. Headers(stream, false, server.Block([(":status", "200"), ("server", "nghttpd"), ("content-length", "100"), ("content-type", "text/plain")])),
                .. Http2Wire.Data(stream, new byte[100], end: true)]);
        }

        return load;
    }

    private static ParserLoad Frames(string name, int length)
    {
        var load = Preface(name, 1).Ask(Headers(1, true, Http2Wire.Block(Http2Wire.Get("/large")))).Answer(Headers(1, false, Http2Wire.Block((":status", "200"))));
        for (var left = length; left > 0; left -= Frame)
        {
            load.Answer(Http2Wire.Data(1, new byte[Math.Min(left, Frame)], end: left <= Frame));
        }

        return load;
    }

    private static ParserLoad Preface(string name, int exchanges) => new ParserLoad(name, 80) { Exchanges = exchanges }
        .Ask([.. Http2Wire.Preface, .. Http2Wire.Settings()]).Answer(Http2Wire.Settings());

    private static byte[] Headers(uint stream, bool end, byte[] block) =>
        Http2Wire.Frame(Http2FrameType.Headers, (byte)(Http2Wire.EndHeaders | (end ? Http2Wire.EndStream : 0)), stream, block);

    private static ParserLoad Login(string name, int exchanges) => new ParserLoad(name, 3306) { Exchanges = exchanges }
        .Answer(Wire.Greeting()).Ask(Wire.Login(Wire.ClientFlags)).Answer(Wire.Ok(sequence: 2));

    private static ParserLoad Quit(ParserLoad load) => load.Ask(Wire.Packet(0, 1));

    private static byte[] Row(int size) => [.. Wire.LengthEncoded((ulong)size), .. Enumerable.Repeat((byte)'c', size)];

    private static int Scaled(int count, double scale) => Math.Max(1, (int)(count * scale));

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
