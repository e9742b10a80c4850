// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Numerics;
using L7Trace.Analysis.Http;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export;

/// <summary>Facts about an exchange that several outputs show, told the same way by all.</summary>
public static class ExchangeFacts
{
    /// <summary>
    /// A name that is the same while an exchange runs and when it has finished, and no other exchange of the trace has:
    /// the connection and where in its stream the request begins (or the response, where the request was not seen).
    /// At most 36 characters.
    /// </summary>
    public static ReadOnlySpan<char> FormatId(Exchange exchange, Span<char> buffer)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        var length = WriteHexadecimal(exchange.Connection.Id.Value, buffer);
        // Plaintext of a TLS library is counted on its own.
        buffer[length++] = exchange.Tls ? 't' : '-';
        if (!exchange.Request.Seen)
        {
            buffer[length++] = 'r';
        }

        var offset = exchange.Request.Seen ? exchange.Request.StartOffset : exchange.Response.StartOffset;
        return buffer[..(length + WriteHexadecimal(offset, buffer[length..]))];
    }

    /// <summary>Writes a number in small hexadecimal digits, at most 16; returns how many. The library reads a format each time.</summary>
    internal static int WriteHexadecimal(ulong value, Span<char> buffer)
    {
        var length = Math.Max(1, (67 - BitOperations.LeadingZeroCount(value)) / 4);
        for (var i = length - 1; i >= 0; i--, value >>= 4)
        {
            buffer[i] = (char)"0123456789abcdef"u8[(int)(value & 15)];
        }

        return length;
    }

    /// <summary>
    /// The process that made the exchange's first call, and its name; the name is null when it is known only for another
    /// process of the same socket (after a fork). Id 0 when not known.
    /// </summary>
    public static (uint Id, string? Command) ProcessOf(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return ProcessOf(
            exchange.Connection, exchange.Request.Seen ? exchange.Request.First.ProcessId : exchange.Response.First.ProcessId);
    }

    /// <summary>The same for the process that made a call on a connection; <paramref name="acting"/> is 0 if not known.</summary>
    public static (uint Id, string? Command) ProcessOf(ConnectionInfo connection, uint acting)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var id = acting != 0 ? acting : connection.ProcessId;
        return (id, id == connection.ProcessId && connection.ProcessCommand.Length > 0 ? connection.ProcessCommand : null);
    }

    /// <summary>
    /// OpenTelemetry's error.type: MySQL's error number, the HTTP status from 500 on, gRPC's status other than OK, the name
    /// of the error that ended an HTTP/2 stream, "connection_closed" when the connection ended first, "connection_reset" when one end
    /// is known to have broken it off; null when nothing failed.
    /// </summary>
    public static string? ErrorTypeOf(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return exchange switch
        {
            MySqlExchange { ErrorCode: { } code } => code.ToString(CultureInfo.InvariantCulture),
            HttpExchange { StatusCode: >= 500 and var status } => status.ToString(CultureInfo.InvariantCulture),
            HttpExchange { Grpc.StatusCode: > GrpcStatus.Ok and var status } => GrpcStatus.NameOf(status),
            HttpExchange { IsReset: true, ResetError: var error } => error ?? "_OTHER",
            WebSocketExchange { IsError: true, CloseCode: { } code } => code.ToString(CultureInfo.InvariantCulture),
            { State: ExchangeState.Aborted, IsCutOffByReset: true } => HttpFailures.Reset,
            { State: ExchangeState.Aborted } => HttpFailures.Closed,
            { IsError: true } => "_OTHER",
            _ => null,
        };
    }
}
