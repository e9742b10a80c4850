// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Json;

/// <summary>Reads back what a JSON line says of a WebSocket connection or message.</summary>
internal static class WebSocketRecord
{
    private static readonly Dictionary<string, WebSocketWarnings> s_warnings = Enum.GetValues<WebSocketWarnings>()
        .Where(static warning => warning != WebSocketWarnings.None)
        .ToDictionary(static warning => Words.Of(warning).Single(), StringComparer.Ordinal);

    /// <summary>The connection, or the message.</summary>
    public static WebSocketExchange Read(JsonElement record, ConnectionInfo connection)
    {
        var isMessage = JsonLinesReader.Text(record, "websocket.record") == "message";
        return new WebSocketExchange
        {
            Connection = connection,
            Handshake = JsonLinesReader.Text(record, "url.path") is { } path
                ? new HttpExchange(Protocol.Http1)
                {
                    Connection = connection,
                    Path = path,
                    Query = JsonLinesReader.Text(record, "url.query"),
                    Host = JsonLinesReader.Text(record, "http.request.header.host"),
                }
                : null,
            HandshakeId = JsonLinesReader.Text(record, "websocket.handshake.id"),
            Options = isMessage ? null : new WebSocketOptions
            {
                Subprotocol = JsonLinesReader.Text(record, "websocket.subprotocol"),
                HasDeflate = JsonLinesReader.Text(record, "websocket.compression") is not null,
            },
            Message = isMessage ? Message(record) : null,
            Client = isMessage ? null : Totals(record, "client"),
            Server = isMessage ? null : Totals(record, "server"),
            OpenTime = JsonLinesReader.Number(record, "websocket.open_ns"),
            IsClosed = JsonLinesReader.Text(record, "websocket.closed_by") is not null,
            IsClosedByClient = JsonLinesReader.Text(record, "websocket.closed_by") == "client",
            CloseCode = isMessage ? null : (int?)JsonLinesReader.Number(record, "websocket.close_code", ushort.MaxValue),
            CloseReason = JsonLinesReader.Text(record, "websocket.close_reason"),
            Warnings = Warnings(record),
        };
    }

    private static WebSocketTotals Totals(JsonElement record, string side) => new()
    {
        Messages = JsonLinesReader.Number(record, $"websocket.{side}.messages"),
        MessagesAtLeast = JsonLinesReader.Number(record, $"websocket.{side}.messages.lower_bound")
            ?? JsonLinesReader.Number(record, $"websocket.{side}.messages") ?? 0,
        Bytes = JsonLinesReader.Number(record, $"websocket.{side}.message_bytes"),
        UncompressedBytes = JsonLinesReader.Number(record, $"websocket.{side}.uncompressed_bytes"),
        Pings = JsonLinesReader.Number(record, $"websocket.{side}.pings"),
        Pongs = JsonLinesReader.Number(record, $"websocket.{side}.pongs"),
    };

    private static WebSocketMessage Message(JsonElement record)
    {
        var text = JsonLinesReader.Text(record, "websocket.message.text");
        return new WebSocketMessage
        {
            Opcode = JsonLinesReader.Text(record, "websocket.message.type") switch
            {
                "text" => WebSocketOpcode.Text,
                "close" => WebSocketOpcode.Close,
                "ping" => WebSocketOpcode.Ping,
                "pong" => WebSocketOpcode.Pong,
                _ => WebSocketOpcode.Binary,
            },
            IsFromClient = JsonLinesReader.Text(record, "websocket.message.from") == "client",
            Number = JsonLinesReader.Number(record, "websocket.message.number"),
            Frames = (int)(JsonLinesReader.Number(record, "websocket.message.frames", int.MaxValue) ?? 0),
            Bytes = JsonLinesReader.Number(record, "websocket.message.bytes"),
            UncompressedBytes = JsonLinesReader.Number(record, "websocket.message.uncompressed_bytes"),
            IsCompressed = JsonLinesReader.Number(record, "websocket.message.uncompressed_bytes") is not null,
            IsText = text is not null,
            Prefix = text is not null ? Encoding.UTF8.GetBytes(text) : Hex(JsonLinesReader.Text(record, "websocket.message.hex")),
            CloseCode = (int?)JsonLinesReader.Number(record, "websocket.close_code", ushort.MaxValue),
        };
    }

    private static byte[] Hex(string? digits) =>
        digits is { Length: > 0 } && digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : [];

    private static WebSocketWarnings Warnings(JsonElement record)
    {
        var warnings = WebSocketWarnings.None;
        if (record.TryGetProperty("websocket.warnings", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (var word in list.EnumerateArray())
            {
                warnings |= word.ValueKind == JsonValueKind.String ? s_warnings.GetValueOrDefault(word.GetString()!) : 0;
            }
        }

        return warnings;
    }
}
