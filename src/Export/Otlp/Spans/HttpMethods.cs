// SPDX-License-Identifier: Apache-2.0
using System.Collections.Frozen;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>Values of http.request.method.</summary>
internal static class HttpMethods
{
    /// <summary>Stands for every other method.</summary>
    public const string Other = "_OTHER";

    /// <summary>Those of RFC 9110 section 9.3, PATCH (RFC 5789) and QUERY; they are case-sensitive.</summary>
    public static IReadOnlySet<string> Known { get; } = new[]
    {
        "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE",
    }.ToFrozenSet(StringComparer.Ordinal);
}
