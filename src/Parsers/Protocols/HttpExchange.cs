// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Http1;

namespace L7Trace.Parsers.Protocols;

/// <summary>One HTTP request with its response, of any HTTP version.</summary>
public sealed class HttpExchange : Exchange
{
    private readonly Protocol _protocol;

    /// <summary>Makes one of the given HTTP version.</summary>
    public HttpExchange(Protocol protocol) => _protocol = protocol;

    /// <inheritdoc/>
    public override Protocol Protocol => _protocol;

    /// <summary>Request method as sent; null when the request was not seen.</summary>
    public string? Method { get; init; }

    /// <summary>Request target as sent (origin, absolute, authority or asterisk form), capped.</summary>
    public string? Target { get; init; }

    /// <summary>Path of the target, without query; as sent, not decoded.</summary>
    public string? Path { get; init; }

    /// <summary>Query of the target without "?"; null when there is none.</summary>
    public string? Query { get; init; }

    /// <summary>Host header or authority.</summary>
    public string? Host { get; init; }

    /// <summary>User-Agent header.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Protocol version: "1.0", "1.1", "2".</summary>
    public string? Version { get; init; }

    /// <summary>Final status code; null when the response was not seen.</summary>
    public int? StatusCode { get; init; }

    /// <summary>Interim responses (1xx other than 101) that came before the final one.</summary>
    public int InterimResponses { get; init; }

    /// <summary>Request body bytes as sent, without transfer framing; null when unknown.</summary>
    public long? RequestBodySize { get; init; }

    /// <summary>Response body bytes as sent, without transfer framing; null when unknown.</summary>
    public long? ResponseBodySize { get; init; }

    /// <summary>Request headers in order, capped; names as sent.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> RequestHeaders { get; init; } = [];

    /// <summary>Response headers in order, capped.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders { get; init; } = [];

    /// <summary>First bytes of the request body, capped.</summary>
    public ReadOnlyMemory<byte> RequestBodyPrefix { get; init; }

    /// <summary>First bytes of the response body, capped.</summary>
    public ReadOnlyMemory<byte> ResponseBodyPrefix { get; init; }

    /// <summary>Shapes on which two implementations may disagree (request smuggling); HTTP/1 only.</summary>
    public Http1Warnings Warnings { get; init; }

    /// <inheritdoc/>
    public override bool IsError => StatusCode is >= 500;
}
