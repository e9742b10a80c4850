// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Analysis.Http;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>
/// HTTP client and server spans (semantic conventions 1.44, "HTTP spans"). A route is one that the user named: none is
/// guessed, since a path in a span's name makes as many names as there are ids in paths.
/// </summary>
internal sealed class HttpSpan(Redaction redaction, IReadOnlySet<string> methods, IReadOnlyList<RoutePattern> routes)
{
    private const string CancelError = "CANCEL";

    /// <summary>Fills in name, attributes and status.</summary>
    public void Fill(Span span, HttpExchange exchange)
    {
        var isServer = exchange.Connection.Role == EndpointRole.Server;
        var attributes = span.Attributes;
        var method = exchange.Method is { } sent && methods.Contains(sent) ? sent : HttpMethods.Other;
        var route = RouteOf(exchange);
        var name = method == HttpMethods.Other ? "HTTP" : method;
        span.Name = route is null ? name : $"{name} {route}";
        attributes.Set("http.request.method", method);
        attributes.Set("http.request.method_original", method == HttpMethods.Other ? exchange.Method : null);
        attributes.Set("http.response.status_code", (long?)exchange.StatusCode);
        attributes.Set("network.protocol.version", exchange.Version);
        NetworkEnds.SetServer(attributes, exchange.Connection, exchange.Host, exchange.Tls ? 443 : 80);
        NetworkEnds.SetPeer(attributes, exchange.Connection);
        if (isServer)
        {
            attributes.Set("url.scheme", SchemeOf(exchange));
            attributes.Set("url.path", redaction.Path(exchange));
            attributes.Set("url.query", redaction.Query(exchange) is { Length: > 0 } query ? query : null);
            attributes.Set("http.route", route);
            attributes.Set("user_agent.original", exchange.UserAgent);
            NetworkEnds.SetClient(attributes, exchange.Connection, withPort: false);
        }
        else
        {
            attributes.Set("url.full", UrlOf(exchange));
            attributes.Set("url.template", route);
        }

        if (ErrorTypeOf(exchange, isServer) is { } error)
        {
            attributes.Set("error.type", error);
            span.Status = new Status { Code = StatusCode.Error };
        }
    }

    /// <summary>error.type; null when it went well for the side that looks.</summary>
    internal static string? ErrorTypeOf(HttpExchange exchange, bool isServer) => exchange switch
    {
        { StatusCode: { } status } when status >= (isServer ? 500 : 400) => status.ToString(CultureInfo.InvariantCulture),
        { IsReset: true, IsResetByClient: true, ResetError: CancelError } => null, // who asked does not want it any more
        _ => ExchangeFacts.ErrorTypeOf(exchange),
    };

    private static string SchemeOf(HttpExchange exchange) => exchange.Tls ? "https" : "http";

    private string? RouteOf(HttpExchange exchange)
    {
        for (var i = 0; exchange.Path is { } path && i < routes.Count; i++)
        {
            if (routes[i].Matches(path))
            {
                return routes[i].Text;
            }
        }

        return null;
    }

    // An absolute URL or none: a target without a path (CONNECT, OPTIONS *) is not one, nor is a path without a host.
    private string? UrlOf(HttpExchange exchange)
    {
        if (redaction.Path(exchange) is not { } path || !path.StartsWith('/') || AuthorityOf(exchange) is not { } authority)
        {
            return null;
        }

        var query = redaction.Query(exchange) is { Length: > 0 } text ? "?" + text : "";
        return $"{SchemeOf(exchange)}://{authority}{path}{query}";
    }

    private string? AuthorityOf(HttpExchange exchange)
    {
        if (exchange.Host is not { Length: > 0 } host)
        {
            return NetworkEnds.ServerOf(exchange.Connection) is (var address, { } port)
                ? (address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address) + string.Create(CultureInfo.InvariantCulture, $":{port}")
                : null;
        }

        // The conventions have a mark of their own for a user's name and password.
        var at = host.LastIndexOf('@');
        return at < 0 || redaction.ShowsSecrets ? host
            : (host.AsSpan(0, at).Contains(':') ? "REDACTED:REDACTED" : "REDACTED") + host[at..];
    }
}
