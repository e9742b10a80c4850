// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;

namespace L7Trace.Fuzz;

/// <summary>
/// Conversations for <see cref="HttpTarget"/> to begin with. A call is a byte (bit 0: the server's; bit 1: bytes are missing
/// behind it, one more than the upper six bits say), two of length, and its bytes. To add one: a method that returns calls,
/// and its name in <see cref="Http1"/> or <see cref="Http2"/>.
/// </summary>
internal static class HttpSeeds
{
    /// <summary>Bytes in front of those of a call.</summary>
    public const int CallHeader = 3;

    private const byte EndStream = 1, EndHeaders = 4, Padded = 8, Priority = 32;

    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, IEnumerable<Call>> Http1 { get; } = new Dictionary<string, IEnumerable<Call>>
    {
        ["simple"] = [Client("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")],
        ["chunks"] =
        [
            Client("POST /x?y=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;e=\"q\"\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"),
            Server("HTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n"),
        ],
        ["pipeline"] =
        [
            Client("GET /1 HTTP/1.1\r\n\r\nHEAD /2 HTTP/1.1\r\n\r\nPOST /3 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"),
            Server("HTTP/1.1 204 No\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n"),
        ],
        ["continue"] =
        [
            Client("PUT /c HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"), Server("HTTP/1.1 100 Continue\r\n\r\n"), Client("body"),
            Server("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
        ],
        ["early"] =
        [
            Client("POST /e HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf"), Server("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), Client("other"),
        ],
        ["old"] = [Client("GET /o HTTP/1.0\r\n\r\n"), Server("HTTP/1.0 200 OK\r\n\r\nto the end")],
        ["odd"] =
        [
            Client("GET /a b HTTP/1.1\nA: 1\n  folded\r\nContent-Length: 2\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            Server("HTTP/1.1 099 Strange\r\nContent-Length: 1, 1\r\n\r\nx"),
        ],
        ["connect"] = [Client("CONNECT b:443 HTTP/1.1\r\n\r\n"), Server("HTTP/1.1 200 Yes\r\n\r\n"), Client("GET /in HTTP/1.1\r\n\r\n"), Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")],
        ["gzip"] =
        [
            Client("GET /z HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n"),
            Server([.. "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 23\r\n\r\n"u8, 31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 76, 74, 6, 0, 194, 65, 36, 53, 3, 0, 0, 0]),
        ],
        ["upgrade"] =
        [
            .. Upgrade(), Client(0x81, 0x82, 1, 2, 3, 4, 0x69, 0x6b), Server(0x81, 2, (byte)'o', (byte)'k'), Client(0x88, 0x80, 1, 2, 3, 4), Server(0x88, 2, 3, 232),
        ],
        ["fragments"] =
        [
            .. Upgrade(), Server([0x01, 3, .. "Hel"u8, 0x89, 2, .. "hi"u8, 0x00, 0, 0x80, 2, .. "lo"u8]), Client([0x8a, 0x82, 0, 0, 0, 0, .. "hi"u8]),
            Client([0x82, 0xfe, 0, 126, 9, 8, 7, 6, .. new byte[126]]), Server([0x02, 126, 0, 130, .. new byte[100]]), Server([.. new byte[30], 0x80, 127, 0, 0, 0, 0, 0, 0, 0, 1, 7]),
            Server([0x88, 6, 3, 233, .. "away"u8]), Client(0x88, 0x82, 0, 0, 0, 0, 3, 233),
        ],
        ["deflate"] =
        [
            .. Upgrade("permessage-deflate; client_no_context_takeover; server_max_window_bits=10"), Server(0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 7, 0), Server(0xc1, 5, 0xf2, 0, 0x11, 0, 0),
            Server(0x41, 3, 0xf2, 0x48, 0xcd, 0x80, 4, 0xc9, 0xc9, 7, 0), Client([0xc1, 0x8b, 0, 0, 0, 0, 0, 5, 0, 0xfa, 0xff, .. "Hello"u8, 0]), Client(0xc2, 0x88, 0, 0, 0, 0, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 7, 0, 0),
            Client(0xc1, 0x81, 0, 0, 0, 0, 2), Server(0x88, 0), Client(0x88, 0x82, 0, 0, 0, 0, 3, 232),
        ],
        ["frames lost"] =
        [
            .. Upgrade("permessage-deflate; server_no_context_takeover"), Server([0x82, 20, .. new byte[10]], missing: 10), Server(0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 7, 0),
            Client([0xc1, 0x87, 0, 0, 0, 0, 0xf2, 0x48], missing: 5), Client([0x81, 0x81, 0, 0, 0, 0, 65], missing: 9), Client(0x81, 0x81, 0, 0, 0, 0, 65), Client(0x81, 0x81, 0, 0, 0, 0, 66), Client(0x81, 0x81, 0, 0, 0, 0, 67),
        ],
        ["odd frames"] =
        [
            .. Upgrade("x-other"), Client(0xb1, 0x01, 65, 0x83, 0x80, 0, 0, 0, 0, 0x80, 0x80, 0, 0, 0, 0), Server([0x81, 0x81, 1, 1, 1, 1, 64, 0x81, 126, 0, 2, 0xc3, 0x28, 0x09, 126, 0, 126, .. new byte[126]]),
            Server(0x88, 1, 3, 0x81, 0), Client(0x88, 0x82, 0, 0, 0, 0, 3, 237),
        ],
        ["lost"] =
        [
            Client("POST /l HTTP/1.1\r\nContent-Length: 20\r\n\r\nten bytes ", missing: 10), Server("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nfour", missing: 4),
            Client("GET /m HTTP/1.1\r\n\r\n"), Server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ],
    };

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, IEnumerable<Call>> Http2 { get; } = new Dictionary<string, IEnumerable<Call>>
    {
        ["simple"] =
        [
            .. Begin(), Client(Frame(1, EndStream | EndHeaders, 1, Get)), Server(Frame(1, EndHeaders, 1, Ok), Frame(0, EndStream, 1, "hello"u8)),
            Client(Frame(1, EndStream | EndHeaders, 3, [0x82, 0x84, 0x86, 0xbe])), Server(Frame(1, EndStream | EndHeaders, 3, [0x89])),
        ],
        ["table"] =
        [
            .. Begin(), Client(Frame(1, EndStream | EndHeaders, 1, [0x3f, 0xe1, 0x1f, 0x20, 0x82, 0x84, 0x86, 0x40, 1, (byte)'a', 1, (byte)'b', 0x40, 1, (byte)'c', 0x82, 0x1f, 0xff, 0x10, 1, (byte)'s', 1, (byte)'t'])),
            Client(Frame(1, EndStream | EndHeaders, 3, [0x82, 0x84, 0x86, 0xbe, 0xbf, 0xc0, 0xff, 0xff, 0xff, 0xff, 0x0f])), Server(Frame(1, EndStream | EndHeaders, 1, Ok)),
        ],
        ["continuation"] =
        [
            .. Begin(), Client(Frame(1, EndStream, 1, Get.AsSpan(0, 5)), Frame(9, 0, 1, Get.AsSpan(5, 3)), Frame(9, EndHeaders, 1, Get.AsSpan(8))),
            Server(Frame(1, 0, 1, Ok.AsSpan(0, 1)), Frame(9, EndHeaders, 1, Ok.AsSpan(1)), Frame(0, 0, 1, "part"u8), Frame(1, EndStream | EndHeaders, 1, [0x40, 5, .. "x-sum"u8, 1, (byte)'7'])),
        ],
        ["padding"] =
        [
            .. Begin(), Client(Frame(1, EndHeaders | Padded | Priority, 1, [2, 0, 0, 0, 0, 15, .. Get, 0, 0]), Frame(0, EndStream | Padded, 1, [3, .. "data"u8, 0, 0, 0])),
            Server(Frame(1, EndHeaders, 1, Ok), Frame(0, Padded, 1, [0, 1, 2]), Frame(0, EndStream | Padded, 1, [5, 1, 0, 0, 0, 0, 0])),
        ],
        ["streams"] =
        [
            .. Begin(), Client(Frame(1, EndHeaders, 1, Get), Frame(1, EndStream | EndHeaders, 3, Get), Frame(0, 0, 1, "up"u8)),
            Server(Frame(1, EndHeaders, 3, Ok), Frame(1, EndStream | EndHeaders, 1, [0x8d]), Frame(3, 0, 1, [0, 0, 0, 0])), Client(Frame(0, EndStream, 1, "late"u8), Frame(3, 0, 3, [0, 0, 0, 8])),
            Server(Frame(0, EndStream, 3, "more"u8), Frame(7, 0, 0, [0, 0, 0, 3, 0, 0, 0, 2])),
        ],
        ["push"] =
        [
            .. Begin(), Client(Frame(1, EndStream | EndHeaders, 1, Get)), Server(Frame(5, EndHeaders, 1, [0, 0, 0, 2, .. Get]), Frame(1, EndStream | EndHeaders, 2, Ok), Frame(1, EndStream | EndHeaders, 1, Ok)),
        ],
        ["interim"] =
        [
            .. Begin(), Client(Frame(1, EndHeaders, 1, Get)), Server(Frame(1, EndHeaders, 1, [0x08, 3, .. "100"u8])), Client(Frame(0, EndStream, 1, "body"u8)), Server(Frame(1, EndStream | EndHeaders, 1, Ok)),
        ],
        ["h2c"] =
        [
            Client("GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n"),
            Server("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), Server(Frame(4, 0, 0, []), Frame(1, EndHeaders, 1, Ok)),
            Client(Preface), Client(Frame(4, 0, 0, [])), Server(Frame(0, EndStream, 1, "upgraded"u8)), Client(Frame(1, EndStream | EndHeaders, 3, Get)), Server(Frame(1, EndStream | EndHeaders, 3, Ok)),
        ],
        ["grpc"] =
        [
            .. Begin(), Client(Frame(1, EndHeaders, 1, [0x83, 0x86, 0x44, 4, .. "/s/m"u8, 0x5f, 16, .. "application/grpc"u8, 0x40, 12, .. "grpc-timeout"u8, 2, .. "5S"u8]), Frame(0, EndStream, 1, [0, 0, 0, 0, 2, 8, 1])),
            Server(Frame(1, EndHeaders, 1, [0x88, 0x5f, 16, .. "application/grpc"u8]), Frame(0, 0, 1, [0, 0, 0, 0, 1, 9, 1, 0, 0, 0]), Frame(0, 0, 1, [3, 1, 2, 3]), Frame(1, EndStream | EndHeaders, 1, [0x40, 11, .. "grpc-status"u8, 1, (byte)'0'])),
            Client(Frame(1, EndHeaders | EndStream, 3, [0x83, 0x86, 0x44, 4, .. "/s/n"u8, 0xc0])), Server(Frame(1, EndStream | EndHeaders, 3, [0x88, 0xbf, 0x40, 11, .. "grpc-status"u8, 1, (byte)'5', 0, 12, .. "grpc-message"u8, 5, .. "a%20b"u8])),
        ],
        ["websocket"] =
        [
            .. Begin(), Client(Frame(1, EndHeaders, 1, [2, 7, .. "CONNECT"u8, 0, 9, .. ":protocol"u8, 9, .. "websocket"u8, 0x86, 4, 2, .. "/w"u8])),
            Server(Frame(1, EndHeaders, 1, [0x88, 0, 24, .. "sec-websocket-extensions"u8, 18, .. "permessage-deflate"u8])),
            Client(Frame(0, 0, 1, [0x81, 0x82, 1, 2, 3, 4, 0x69, 0x6b]), Frame(0, 0, 1, [0x01, 0x81, 0, 0, 0, 0, 65])), Server(Frame(0, 0, 1, [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9]), Frame(0, 0, 1, [0xc9, 7, 0, 0x89, 0])),
            Client(Frame(0, 0, 1, [0x80, 0x80, 0, 0, 0, 0])), Server(Frame(0, EndStream, 1, [0x88, 2, 3, 232])), Client(Frame(0, EndStream, 1, [0x88, 0x82, 0, 0, 0, 0, 3, 232])),
        ],
        ["lost"] =
        [
            .. Begin(), Client(Frame(1, EndHeaders, 1, Get), [0, 0, 20, 0, EndStream, 0, 0, 0, 1, .. "ten bytes "u8], missing: 10),
            Server(Frame(1, EndHeaders, 1, Ok), missing: 30), Server(Frame(0, EndStream, 1, "rest"u8)), Client(Frame(1, EndStream | EndHeaders, 3, [0x82, 0x84, 0x86, 0xbe])), Server(Frame(1, EndStream | EndHeaders, 3, Ok)),
        ],
        ["control"] =
        [
            .. Begin(), Client(Frame(6, 0, 0, new byte[8]), Frame(8, 0, 0, [0, 0, 1, 0]), Frame(2, 0, 1, [0, 0, 0, 0, 9]), Frame(16, 0, 0, [0, 0, 0, 1, .. "u=1"u8]), Frame(99, 0, 0, [1, 2])),
            Server(Frame(4, 1, 0, []), Frame(4, 0, 0, [0, 1, 0, 0, 0, 0]), Frame(12, 0, 0, [0, 0]), Frame(7, 0, 0, [127, 255, 255, 255, 0, 0, 0, 0])), Client(Frame(1, EndStream | EndHeaders, 1, Get)), Server(Frame(1, EndStream | EndHeaders, 1, Ok)),
        ],
    };

    // :method GET, :scheme http, :path /a (literal, indexed), :authority h (Huffman)
    private static byte[] Get => [0x82, 0x86, 0x44, 2, (byte)'/', (byte)'a', 0x41, 0x81, 0x9f];

    private static byte[] Ok => [0x88, 0x5c, 1, (byte)'5'];

    /// <summary>Writes one file each, for both roles and two sizes of pieces.</summary>
    public static void Write(string folder, IReadOnlyDictionary<string, IEnumerable<Call>> seeds)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, calls) in seeds)
        {
            foreach (var first in new byte[] { 0x00, 0x21 })
            {
                File.WriteAllBytes(Path.Combine(folder, $"{name}-{first:x2}"), [first, .. calls.SelectMany(static x => x.Encoded)]);
            }
        }
    }

    private static Call[] Begin() => [Client([.. Encoding.ASCII.GetBytes(Preface), .. Frame(4, 0, 0, [0, 3, 0, 0, 0, 100])]), Server(Frame(4, 0, 0, []))];

    // With the key and the answer of RFC 6455, section 1.3.
    private static Call[] Upgrade(string extensions = "") =>
    [
        Client("GET /w HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
        Server($"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Extensions: {extensions}\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
    ];

    private static byte[] Frame(byte type, byte flags, byte stream, ReadOnlySpan<byte> payload) =>
        [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];

    private static Call Client(string text, int missing = 0) => new(0, Encoding.ASCII.GetBytes(text), missing);

    private static Call Client(params byte[] bytes) => new(0, bytes, 0);

    private static Call Client(byte[] frame, byte[] next, int missing) => new(0, [.. frame, .. next], missing);

    private static Call Client(byte[] bytes, int missing) => new(0, bytes, missing);

    private static Call Client(params byte[][] frames) => new(0, [.. frames.SelectMany(static x => x)], 0);

    private static Call Server(string text, int missing = 0) => new(1, Encoding.ASCII.GetBytes(text), missing);

    private static Call Server(params byte[] bytes) => new(1, bytes, 0);

    private static Call Server(byte[] frame, int missing) => new(1, frame, missing);

    private static Call Server(params byte[][] frames) => new(1, [.. frames.SelectMany(static x => x)], 0);

    /// <summary>One call.</summary>
    internal sealed record Call(int Side, byte[] Bytes, int Missing)
    {
        /// <summary>As it stands in a file.</summary>
        public byte[] Encoded
        {
            get
            {
                var header = new byte[CallHeader];
                header[0] = (byte)(Side | (Missing > 0 ? 2 | ((Missing - 1) << 2) : 0));
                BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(1), (ushort)Bytes.Length);
                return [.. header, .. Bytes];
            }
        }
    }
}
