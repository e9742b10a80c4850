// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.WebSocket;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.Support;

namespace L7Trace.UnitTests.WebSocket;

/// <summary>WebSocket words for <see cref="Conversation"/>: the handshake, frames as bytes, and what came out as lines.</summary>
internal static class WebSocketWire
{
    public const uint Mask = 0x3d21fa37; // 37 fa 21 3d, of RFC 6455's examples

    public static ParseLimits Messages { get; } = new() { KeepsWebSocketMessages = true };

    /// <summary>The handshake of RFC 6455, section 1.3; <paramref name="extensions"/> is the server's answer.</summary>
    public static Conversation Opened(
        string? extensions = null, EndpointRole role = EndpointRole.Client, ParseLimits? limits = null, string target = "/chat")
    {
        var more = extensions is null ? "" : $"Sec-WebSocket-Extensions: {extensions}\r\n";
        return new Conversation(role, limits: limits ?? Messages)
            .Ask(HttpTalk.Get(target, $"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}"))
            .Answer($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{more}\r\n");
    }

    /// <summary>A frame; the client's are masked. <paramref name="first"/>: FIN, reserved bits and opcode.</summary>
    public static byte[] Frame(byte first, byte[] payload, uint? mask = null)
    {
        var header = new List<byte> { first };
        var marked = (byte)(mask is null ? 0 : 0x80);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(length, (ulong)payload.Length);
        header.AddRange(payload.Length switch
        {
            < 126 => [(byte)(marked | payload.Length)],
            <= ushort.MaxValue => [(byte)(marked | 126), .. length[6..]],
            _ => [(byte)(marked | 127), .. length],
        });
        if (mask is not { } key)
        {
            return [.. header, .. payload];
        }

        var keyBytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(keyBytes, key);
        return [.. header, .. keyBytes, .. payload.Select((b, i) => (byte)(b ^ keyBytes[i & 3]))];
    }

    public static byte[] Text(string text, bool fromClient = false, byte first = 0x81) => Frame(first, Encoding.UTF8.GetBytes(text), fromClient ? Mask : null);

    public static byte[] Closing(int code, string reason = "", bool fromClient = false) =>
        Frame(0x88, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)], fromClient ? Mask : null);

    public static Conversation Says(this Conversation talk, string text, byte first = 0x81) => talk.Client(Text(text, fromClient: true, first));

    public static Conversation Replies(this Conversation talk, string text, byte first = 0x81) => talk.Server(Text(text, first: first));

    /// <summary>What came out behind the handshake: a line for each.</summary>
    public static string[] Lines(this IEnumerable<Exchange> exchanges) => [.. exchanges.OfType<WebSocketExchange>().Select(Line)];

    public static WebSocketExchange Connection(this IEnumerable<Exchange> exchanges) =>
        exchanges.OfType<WebSocketExchange>().Single(e => e.Message is null);

    public static List<WebSocketExchange> Records(this IEnumerable<Exchange> exchanges) =>
        [.. exchanges.OfType<WebSocketExchange>().Where(e => e.Message is not null)];

    public static string Line(WebSocketExchange e)
    {
        if (e.Message is { } m)
        {
            var shown = m.IsText ? Encoding.UTF8.GetString(m.Prefix.Span) : Convert.ToHexStringLower(m.Prefix.Span);
            var size = m.Bytes?.ToString(CultureInfo.InvariantCulture) ?? "-";
            var inflated = m.IsCompressed ? "=" + (m.UncompressedBytes?.ToString(CultureInfo.InvariantCulture) ?? "?") : "";
            return string.Create(CultureInfo.InvariantCulture,
                $"{(m.IsFromClient ? '>' : '<')}{m.Number} {m.Opcode} {size}{inflated}/{m.Frames} {shown}{Mark(e, ExchangeState.OneWay)}");
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"{e.Handshake?.Path ?? "-"} {Totals(e.Client!)} {Totals(e.Server!)} {(e.IsClosed ? $"{(e.IsClosedByClient ? '>' : '<')}{e.CloseCode} {e.CloseReason}" : "open")}{(e.Warnings == 0 ? "" : $" !{e.Warnings}")}{Mark(e, ExchangeState.Done)}");
    }

    /// <summary>Messages compressed one after the other, as zlib's endpoints do (RFC 7692, section 7.2.1).</summary>
    public static byte[][] Deflated(byte[][] messages, bool forgets = false, CompressionLevel level = CompressionLevel.Optimal)
    {
        var output = new MemoryStream();
        var deflate = new DeflateStream(output, level, leaveOpen: true);
        var results = new List<byte[]>();
        foreach (var message in messages)
        {
            if (forgets)
            {
                deflate.Dispose();
                deflate = new DeflateStream(output, level, leaveOpen: true);
            }

            output.SetLength(0);
            deflate.Write(message);
            deflate.Flush();
            var bytes = output.ToArray();
            results.Add(bytes.AsSpan().EndsWith((ReadOnlySpan<byte>)[0, 0, 0xff, 0xff]) ? bytes[..^4] : [0]);
        }

        deflate.Dispose();
        return [.. results];
    }

    private static string Totals(WebSocketTotals t) => string.Create(CultureInfo.InvariantCulture,
        $"{t.Messages?.ToString(CultureInfo.InvariantCulture) ?? $">={t.MessagesAtLeast}"}m{t.Bytes}{(t.UncompressedBytes is { } all ? $"={all}" : "")}{(t.Pings + t.Pongs > 0 ? $"+{t.Pings}/{t.Pongs}" : "")}");

    private static string Mark(WebSocketExchange e, ExchangeState usual) =>
        (e.State == usual ? "" : $" {e.State}") + (e.Completeness.Kind == CompletenessKind.Complete ? "" : $" {e.Completeness.Kind} {e.Completeness.MissingBytes}");
}
