// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Export;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Cli.Terminal;

/// <summary>How an exchange ended, in the width of a column: "3 rows", "ERR 1062", "200 1.2KiB", "running".</summary>
internal static class ResultCell
{
    /// <summary>The text; a "~" before it says that the exchange is not complete.</summary>
    public static string Text(Exchange exchange)
    {
        var text = exchange switch
        {
            WebSocketExchange socket => WebSocket(socket),
            { State: ExchangeState.Running } => "running",
            { State: ExchangeState.Aborted } => "aborted",
            { State: ExchangeState.Lost } => "not seen",
            { State: ExchangeState.OneWay } => "sent",
            MySqlExchange mysql => MySql(mysql),
            HttpExchange http => Http(http),
            _ => "done",
        };
        return exchange.Completeness.Kind == CompletenessKind.Complete ? text : "~" + text;
    }

    /// <summary>Its colour, empty for none.</summary>
    public static string Color(Exchange exchange) => exchange switch
    {
        { State: ExchangeState.Running } => Ansi.Yellow,
        { State: ExchangeState.Aborted } => Ansi.Red,
        { State: ExchangeState.Lost } => Ansi.Magenta,
        { State: ExchangeState.OneWay } => Ansi.Dim,
        { IsError: true } => Ansi.Red,
        HttpExchange { StatusCode: null } => Ansi.Magenta,
        HttpExchange { StatusCode: >= 400 } => Ansi.Yellow,
        HttpExchange { StatusCode: >= 300 } => Ansi.Cyan,
        _ => Ansi.Green,
    };

    private static string MySql(MySqlExchange mysql) => mysql switch
    {
        { ErrorCode: { } code } => string.Create(CultureInfo.InvariantCulture, $"ERR {code}"),
        { ReturnedRows: { } rows, ResultSets: > 0 } =>
            string.Create(CultureInfo.InvariantCulture, $"{rows} {(rows == 1 ? "row" : "rows")}"),
        { ReturnedRowsAtLeast: { } rows and > 0 } => string.Create(CultureInfo.InvariantCulture, $">={rows} rows"),
        { ResultSets: > 0 } => "rows unknown",
        { AffectedRows: { } affected and > 0 } => string.Create(CultureInfo.InvariantCulture, $"{affected} affected"),
        _ => "ok",
    };

    private static string WebSocket(WebSocketExchange socket) => socket switch
    {
        { Message: { } message } => Words.Of(message.Opcode) + (message.Bytes is { } bytes ? " " + Units.Bytes(bytes) : ""),
        { State: ExchangeState.Running } => "open",
        { IsClosed: true } => socket.CloseCode is { } code ? string.Create(CultureInfo.InvariantCulture, $"closed {code}") : "closed",
        { State: ExchangeState.Aborted } => "aborted",
        _ => "not seen",
    };

    private static string Http(HttpExchange http) => http.StatusCode is not { } status
        ? "no status"
        : status.ToString(CultureInfo.InvariantCulture) +
            (http.ResponseBodySize is > 0 and { } bytes ? " " + Units.Bytes(bytes) : "");
}
