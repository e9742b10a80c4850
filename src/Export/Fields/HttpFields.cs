// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.Http1;
using Http = L7Trace.Export.Fields.FieldsOf<L7Trace.Parsers.Protocols.HttpExchange>;

namespace L7Trace.Export.Fields;

/// <summary>Fields of HTTP exchanges: a line each, in the order of the JSON lines.</summary>
internal static class HttpFields
{
    private const string OpenTelemetry = "OpenTelemetry";

    private static readonly string[] s_warnings = [.. Words.Of((Http1Warnings)int.MaxValue)];

    public static ExchangeField[] All { get; } =
    [
        Http.Text("http.request.method", "HTTP, when the request was seen; as sent", OpenTelemetry, static e => e.Method),
        Http.Text("url.path", "HTTP, when the target has one; values of path parameters (`;name=value`) are `?` unless `--show-secrets`", OpenTelemetry, static (context, e) => context.Redaction.Path(e), isRedacted: true),
        Http.Text("url.query", "HTTP, when the target has one; values are `?` unless `--show-secrets`", OpenTelemetry, static (context, e) => context.Redaction.Query(e), isRedacted: true),
        Http.Text("url.template", "with `url.path`: numbers are `{id}`, UUIDs `{uuid}`, dates `{date}`, hashes and tokens `{hash}`; a guess by shape", OpenTelemetry, static (context, e) => e.Path is { } path ? context.RouteOf(e.Host ?? "", path) : null),
        Http.Text("http.request.header.host", "HTTP, when sent: Host header or authority", "OpenTelemetry, but one string", static e => e.Host),
        Http.Text("user_agent.original", "HTTP, when sent", OpenTelemetry, static e => e.UserAgent),
        Http.Integer("http.response.status_code", "HTTP, when the response was seen: the final status", OpenTelemetry, static e => e.StatusCode),
        Http.Bytes("http.request.body.size", "HTTP, when known: without transfer framing", OpenTelemetry, static e => e.RequestBodySize),
        Http.Bytes("http.response.body.size", "HTTP, when known: without transfer framing", OpenTelemetry, static e => e.ResponseBodySize),
        Http.List("http.warnings", "HTTP/1, when its messages have shapes that implementations read differently, as request smuggling uses them; see below", "l7trace", s_warnings, static e => e.Warnings == 0 ? [] : Words.Of(e.Warnings)),
    ];
}
