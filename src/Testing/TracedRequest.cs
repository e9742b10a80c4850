// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Testing;

/// <summary>An HTTP request with its response: HTTP/1.x, HTTP/2 or gRPC.</summary>
public sealed record TracedRequest : TracedExchange
{
    /// <summary><c>client</c> or <c>server</c>: which end the traced process is; <c>unknown</c> when it could not be told.</summary>
    public required string Role { get; init; }

    /// <summary>The version of HTTP: 1.0, 1.1 or 2.</summary>
    public string? Version { get; init; }

    /// <summary>The method; null when the request was not seen.</summary>
    public string? Method { get; init; }

    /// <summary>The path, without the query.</summary>
    public string? Path { get; init; }

    /// <summary>The query, without the question mark.</summary>
    public string? Query { get; init; }

    /// <summary>The path with numbers, ids and dates replaced, as reports group by it.</summary>
    public string? Route { get; init; }

    /// <summary>The Host header or authority.</summary>
    public string? Host { get; init; }

    /// <summary>The final status; null while it runs, or when the response was not seen.</summary>
    public int? Status { get; init; }

    /// <summary>Of a gRPC call: <c>package.Service/Method</c>.</summary>
    public string? RpcMethod { get; init; }

    /// <summary>Of a gRPC call: its status by name, such as <c>OK</c>.</summary>
    public string? RpcStatus { get; init; }

    /// <summary>Bytes of the request's body, when known.</summary>
    public long? RequestBytes { get; init; }

    /// <summary>Bytes of the response's body, when known.</summary>
    public long? ResponseBytes { get; init; }

    /// <summary>A status from 500 on, a gRPC status that is not OK, or an end before the response.</summary>
    public bool IsFailed => IsAborted || Status >= 500 || (RpcStatus is { } status && status != "OK");

    /// <summary>Method, route and status.</summary>
    public override string ToString() =>
        $"{Method ?? "(method not known)"} {RpcMethod ?? Route ?? Path ?? "(path not known)"} {(IsRunning ? "(running)" : Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "(no status)")}";
}
