// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Text;

/// <summary>A WebSocket connection or message in the columns of a line.</summary>
internal static class WebSocketText
{
    /// <summary>"closed 1000 by client", "aborted", "running"; of a message its type, with "client" or "server".</summary>
    public static string Status(WebSocketExchange exchange) => exchange switch
    {
        { Message: { } message } => $"{(message.IsFromClient ? "client" : "server")} {Words.Of(message.Opcode)}" +
            (exchange.State == ExchangeState.OneWay ? "" : " " + Words.Of(exchange.State)),
        { State: ExchangeState.Running } => "running",
        { IsClosed: true } => "closed " + (exchange.CloseCode is { } code ? code.ToString(CultureInfo.InvariantCulture) + " " : "") +
            (exchange.IsClosedByClient ? "by client" : "by server"),
        _ => Words.Of(exchange.State),
    };

    /// <summary>Messages and bytes of both sides, or bytes of the message.</summary>
    public static string Size(WebSocketExchange exchange) => exchange.Message is { } message
        ? (message.Bytes is { } bytes ? Units.Bytes(bytes) : "")
        : $"client {Totals(exchange.Client)}, server {Totals(exchange.Server)}";

    /// <summary>Host and path; of a message, with `--show-secrets`, what it says.</summary>
    public static string Of(WebSocketExchange exchange, Redaction redaction)
    {
        var target = exchange.Handshake is { } http
            ? redaction.Host(http) + redaction.Path(http) + (redaction.Query(http) is { } query ? "?" + query : "")
            : "?";
        var shown = !redaction.ShowsSecrets ? null
            : exchange.Message is { } message ? MessageText.TextOf(message) ?? MessageText.HexOf(message)
            : exchange.CloseReason;
        return shown is null ? target : $"{target}  {shown}";
    }

    private static string Totals(WebSocketTotals? totals) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(totals?.Messages is null ? ">=" : "")}{totals?.Messages ?? totals?.MessagesAtLeast ?? 0} messages{(totals?.Bytes is { } bytes ? $" {Units.Bytes(bytes)}" : "")}");
}
