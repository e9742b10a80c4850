// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Analysis.Ends;

/// <summary>
/// Names one exchange the same from either end of its connection: the connection, seen from the client, and where in it
/// the request begins (of a WebSocket message that the server sent: where that begins). IP: the low 32 bits of the offset, which are the TCP sequence number. Unix: bytes since the
/// beginning, and only where the beginning was seen. TLS: HTTP/2's number of the stream, which is the same at both ends; else bytes
/// of plaintext, and only where its beginning was seen (<see cref="Exchange.IsPlaintextWhole"/>): they are counted from the first call on.
/// </summary>
internal readonly record struct ExchangeProof(EndPair FromClient, ulong Position, bool IsServers = false, bool IsTls = false)
{
    /// <summary>The proof of an exchange; null when it has none.</summary>
    public static ExchangeProof? Of(Exchange exchange, ConnectionPairs pairs)
    {
        var connection = exchange.Connection;
        var isServers = exchange is WebSocketExchange { Message.IsFromClient: false };
        var sent = isServers ? exchange.Response : exchange.Request;
        if (!sent.Seen || connection.Role == EndpointRole.Unknown
            || pairs.PairOf(connection) is not { } pair)
        {
            return null;
        }

        var client = connection.Role == EndpointRole.Client;
        var fromClient = client ? pair : pair.Mirrored;
        if (exchange.Tls)
        {
            return exchange is HttpExchange { StreamId: { } stream } ? new ExchangeProof(fromClient, stream, IsTls: true)
                : exchange.IsPlaintextWhole ? new ExchangeProof(fromClient, sent.StartOffset, isServers, IsTls: true)
                : null;
        }

        if (connection.Local is not null)
        {
            return new ExchangeProof(fromClient, (uint)sent.StartOffset, isServers);
        }

        var begin = client != isServers ? connection.EgressOffset : connection.IngressOffset;
        return connection is { FromStart: true, OffsetsKnown: true } && sent.StartOffset >= begin
            ? new ExchangeProof(fromClient, sent.StartOffset - begin, isServers)
            : null;
    }

    /// <summary>
    /// False when two views with the same proof contradict each other: then they are not the same exchange, or one of
    /// them is wrong, and they must not be joined.
    /// </summary>
    public static bool Agree(Exchange client, Exchange server)
    {
        // Nothing is received before it is sent; both times come from one clock.
        if (client.Protocol != server.Protocol || (client.Request.Seen
            ? server.Request.First.Exit < client.Request.First.Enter
            : client.Response.First.Exit < server.Response.First.Enter))
        {
            return false;
        }

        // Nor is the answer.
        if (client.Response.Seen && server.Response.Seen && client.Response.Last.Exit < server.Response.First.Enter)
        {
            return false;
        }

        return (client, server) switch
        {
            (MySqlExchange a, MySqlExchange b) =>
                (a.Command == b.Command || a.Command == MySqlCommand.Unknown || b.Command == MySqlCommand.Unknown)
                && Agree(a.ErrorCode, b.ErrorCode, a, b) && AgreeIfKnown(a.ReturnedRows, b.ReturnedRows),
            (HttpExchange a, HttpExchange b) =>
                (a.Method == b.Method || a.Method is null || b.Method is null) && AgreeIfKnown(a.StatusCode, b.StatusCode),
            (WebSocketExchange a, WebSocketExchange b) => a.Message?.Opcode == b.Message?.Opcode,
            _ => false,
        };
    }

    private static bool AgreeIfKnown<T>(T? a, T? b)
        where T : struct, IEquatable<T> => a is null || b is null || a.Value.Equals(b.Value);

    // No error code means "no error" only where the answer was seen to its end.
    private static bool Agree(ushort? a, ushort? b, Exchange client, Exchange server) =>
        a == b || !IsWhole(client) || !IsWhole(server);

    private static bool IsWhole(Exchange exchange) =>
        exchange.State == ExchangeState.Done && exchange.Completeness.Kind == CompletenessKind.Complete;
}
