// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols;

namespace L7Trace.Export;

/// <summary>Parts of an HTTP exchange as several outputs need them.</summary>
internal static class HttpText
{
    /// <summary>The first header of that name; null when there is none.</summary>
    public static string? Header(IReadOnlyList<KeyValuePair<string, string>> headers, string name)
    {
        foreach (var (key, value) in headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The absolute URL, as far as known: scheme by the capture, authority by Host or the server's address.</summary>
    public static string Url(HttpExchange http, Redaction redaction)
    {
        if (http.Path is null)
        {
            return redaction.Target(http) ?? ""; // CONNECT's authority, OPTIONS' asterisk
        }

        var authority = redaction.Host(http) ?? http.Connection.ServerEndPoint?.ToString() ?? "localhost";
        var query = redaction.Query(http) is { } text ? "?" + text : "";
        return $"{(http.Tls ? "https" : "http")}://{authority}{redaction.Path(http)}{query}";
    }

    /// <summary>The pairs of a query string, decoded no further than "&amp;" and "=".</summary>
    public static IEnumerable<(string Name, string Value)> QueryOf(string? query)
    {
        foreach (var pair in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0 ? (pair, "") : (pair[..equals], pair[(equals + 1)..]);
        }
    }
}
