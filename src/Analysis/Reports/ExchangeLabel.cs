// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Analysis.Reports;

/// <summary>Names the group that an exchange belongs to. Not thread-safe.</summary>
public sealed class ExchangeLabel
{
    private const int MaxUnknown = 200;

    private readonly HashSet<string> _unknown = [];
    private readonly DigestCache _digests;
    private readonly RouteTable _routes;

    /// <summary>Makes one that shares these tables.</summary>
    public ExchangeLabel(DigestCache digests, RouteTable routes)
    {
        _digests = digests;
        _routes = routes;
    }

    /// <summary>Kind, scope (schema or host) and text (digest, or method and route); null for other protocols, and for messages of WebSocket.</summary>
    public (GroupKind Kind, string Scope, string Text)? Of(Exchange exchange) => exchange switch
    {
        MySqlExchange mysql => (GroupKind.Statement, mysql.Schema ?? "", Statement(mysql)),
        HttpExchange http => (GroupKind.Route, WithoutUser(http.Host ?? ""), Route(http)),
        WebSocketExchange { Message: null } socket => (GroupKind.WebSocket, WithoutUser(socket.Handshake?.Host ?? ""), Route(socket)),
        _ => null,
    };

    private string Route(WebSocketExchange exchange) =>
        exchange.Handshake is { Path: { } path } http ? _routes.Of(http.Host ?? "", path) : "(handshake not seen)";

    private string Statement(MySqlExchange exchange)
    {
        var command = CommandName.Of(exchange.Command);
        return (_digests.Of(exchange), exchange.Command) switch
        {
            ({ } digest, MySqlCommand.Query or MySqlCommand.StatementExecute) => digest.ToString(),
            ({ } digest, _) => $"{command}: {digest}",
            (null, MySqlCommand.StatementExecute) => $"{command} (statement prepared before the trace)",
            (null, MySqlCommand.Unknown) => "(statement unknown)",
            _ => command,
        };
    }

    private string Route(HttpExchange exchange)
    {
        var method = exchange.Method ?? "(method unknown)";
        return exchange.Path is { } path ? $"{method} {_routes.Of(exchange.Host ?? "", path)}"
            : exchange.Target is { } target ? $"{method} {WithoutUser(target)}"
            : exchange.UnknownRequestFields.Count > 0 ? $"{method} {Unknown(exchange)}"
            : $"{method} (target unknown)";
    }

    // Calls of one route have the same marks as long as the connection's table does; those of two routes never have.
    private string Unknown(HttpExchange exchange)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"(unknown {string.Join(' ', exchange.UnknownRequestFields)} of connection {exchange.Connection.Id.Value:x})");
        return _unknown.Contains(text) || (_unknown.Count < MaxUnknown && _unknown.Add(text)) ? text : "(target unknown)";
    }

    // RFC 3986 section 3.2.1: what stands in front of "@" names a user, with a password at times.
    private static string WithoutUser(string authority) => authority[(authority.LastIndexOf('@') + 1)..];
}
