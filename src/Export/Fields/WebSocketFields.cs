// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.WebSocket;
using Socket = L7Trace.Export.Fields.FieldsOf<L7Trace.Parsers.Protocols.WebSocket.WebSocketExchange>;

namespace L7Trace.Export.Fields;

/// <summary>Fields of WebSocket connections and of the messages on them: a line each, in the order of the JSON lines.</summary>
internal static class WebSocketFields
{
    private const string Own = "l7trace";

    private static readonly string[] s_records = ["connection", "message"];
    private static readonly string[] s_sides = ["client", "server"];
    private static readonly string[] s_types = ["text", "binary", "close", "ping", "pong"];
    private static readonly string[] s_compressions = ["permessage-deflate"];
    private static readonly string[] s_warnings = [.. Words.Of((WebSocketWarnings)int.MaxValue)];

    public static ExchangeField[] All { get; } =
    [
        Socket.Word("websocket.record", "WebSocket: `connection` once for each, at its end; `message` for each message and control frame, with `--ws-messages`", Own, s_records, static e => s_records[e.Message is null ? 0 : 1]),
        Socket.Text("websocket.handshake.id", "WebSocket, when the handshake was seen: `id` of its exchange", Own, static e => HandshakeId(e)),
        Socket.Text("websocket.subprotocol", "WebSocket, when the server chose one", Own, static e => e.Options?.Subprotocol).In(FieldGroup.WebSocketConnection),
        Socket.Word("websocket.compression", "WebSocket, when agreed on", Own, s_compressions, static e => e.Options?.HasDeflate == true ? s_compressions[0] : null).In(FieldGroup.WebSocketConnection),
        Socket.Duration("websocket.open_ns", "WebSocket connection, when the handshake was seen: from its end to the last frame", Own, static (_, e) => e.OpenTime).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.client.messages", "WebSocket connection, when all were seen: whole text and binary messages of the client", Own, static e => e.Client?.Messages, atLeast: static (_, e) => (e as WebSocketExchange)?.Client?.MessagesAtLeast).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.client.messages.lower_bound", "in place of `websocket.client.messages` when frames may have been missed: those that were seen", Own, static e => AtLeast(e.Client)).In(FieldGroup.WebSocketConnection),
        Socket.Bytes("websocket.client.message_bytes", "with `websocket.client.messages`: bytes of those, as sent", Own, static e => e.Client?.Bytes).In(FieldGroup.WebSocketConnection),
        Socket.Bytes("websocket.client.uncompressed_bytes", "the client sent compressed messages, and all could be inflated: bytes of all", Own, static e => e.Client?.UncompressedBytes).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.client.pings", "with `websocket.client.messages`, when there were any", Own, static e => AboveZero(e.Client?.Pings)).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.client.pongs", "with `websocket.client.messages`, when there were any", Own, static e => AboveZero(e.Client?.Pongs)).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.server.messages", "as `websocket.client.messages`, of the server", Own, static e => e.Server?.Messages, atLeast: static (_, e) => (e as WebSocketExchange)?.Server?.MessagesAtLeast).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.server.messages.lower_bound", "as `websocket.client.messages.lower_bound`, of the server", Own, static e => AtLeast(e.Server)).In(FieldGroup.WebSocketConnection),
        Socket.Bytes("websocket.server.message_bytes", "as `websocket.client.message_bytes`, of the server", Own, static e => e.Server?.Bytes).In(FieldGroup.WebSocketConnection),
        Socket.Bytes("websocket.server.uncompressed_bytes", "as `websocket.client.uncompressed_bytes`, of the server", Own, static e => e.Server?.UncompressedBytes).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.server.pings", "with `websocket.server.messages`, when there were any", Own, static e => AboveZero(e.Server?.Pings)).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.server.pongs", "with `websocket.server.messages`, when there were any", Own, static e => AboveZero(e.Server?.Pongs)).In(FieldGroup.WebSocketConnection),
        Socket.Word("websocket.closed_by", "WebSocket connection, when a close frame was seen: who sent the first one", Own, s_sides, static e => e.IsClosed ? s_sides[e.IsClosedByClient ? 0 : 1] : null).In(FieldGroup.WebSocketConnection),
        Socket.Integer("websocket.close_code", "WebSocket connection: status code of the first close frame, when it has one; message: of this close frame", Own, static e => e.Message is { } message ? message.CloseCode : e.CloseCode),
        Socket.Text("websocket.close_reason", "with `websocket.close_code`, when sent, and only with `--show-secrets`, because reasons quote data", Own, static (context, e) => context.Redaction.ShowsSecrets ? e.CloseReason : null, needsSecrets: true).In(FieldGroup.WebSocketConnection),
        Socket.List("websocket.warnings", "WebSocket connection, when a side did what RFC 6455 forbids; see docs/protocols/websocket.md", Own, s_warnings, static e => e.Warnings == 0 ? [] : Words.Of(e.Warnings)).In(FieldGroup.WebSocketConnection),
        Socket.Word("websocket.message.type", "WebSocket message", Own, s_types, static e => e.Message is { } message ? Words.Of(message.Opcode) : null).In(FieldGroup.WebSocketMessage),
        Socket.Word("websocket.message.from", "WebSocket message: who sent it", Own, s_sides, static e => e.Message is { } message ? s_sides[message.IsFromClient ? 0 : 1] : null).In(FieldGroup.WebSocketMessage),
        Socket.Integer("websocket.message.number", "WebSocket message, text or binary, when none was missed: which of its sender's it is, from 1", Own, static e => e.Message?.Number).In(FieldGroup.WebSocketMessage),
        Socket.Integer("websocket.message.frames", "WebSocket message: frames that it came in", Own, static e => e.Message?.Frames).In(FieldGroup.WebSocketMessage),
        Socket.Bytes("websocket.message.bytes", "WebSocket message, when its end was seen: bytes of payload, as sent", Own, static e => e.Message?.Bytes).In(FieldGroup.WebSocketMessage),
        Socket.Bytes("websocket.message.uncompressed_bytes", "WebSocket message, when it was compressed and could be inflated", Own, static e => e.Message?.UncompressedBytes).In(FieldGroup.WebSocketMessage),
        Socket.Text("websocket.message.text", "WebSocket message of text, only with `--show-secrets`: its beginning, inflated, when it is UTF-8 and was seen", Own, static (context, e) => context.Redaction.ShowsSecrets ? MessageText.TextOf(e.Message) : null, needsSecrets: true).In(FieldGroup.WebSocketMessage),
        Socket.Text("websocket.message.hex", "WebSocket message of anything else, only with `--show-secrets`: the same in hexadecimal digits", Own, static (context, e) => context.Redaction.ShowsSecrets ? MessageText.HexOf(e.Message) : null, needsSecrets: true).In(FieldGroup.WebSocketMessage),
    ];

    private static string? HandshakeId(WebSocketExchange exchange) => exchange.HandshakeId ??
        (exchange.Handshake is { } http ? ExchangeFacts.FormatId(http, stackalloc char[ExchangeField.BufferSize]).ToString() : null);

    private static long? AtLeast(WebSocketTotals? totals) => totals is { Messages: null } ? totals.MessagesAtLeast : null;

    private static long? AboveZero(long? value) => value > 0 ? value : null;
}
