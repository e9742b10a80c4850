// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Protocols.WebSocket;
using Any = L7Trace.Export.Fields.FieldsOf<L7Trace.Parsers.Model.Exchange>;
using Http = L7Trace.Export.Fields.FieldsOf<L7Trace.Parsers.Protocols.HttpExchange>;

namespace L7Trace.Export.Fields;

/// <summary>Fields of HTTP exchanges: a line each, in the order of the JSON lines.</summary>
internal static class HttpFields
{
    private const string OpenTelemetry = "OpenTelemetry";

    private static readonly string[] s_warnings = [.. Words.Of((Http1Warnings)int.MaxValue)];

    private static readonly string[] s_sides = ["client", "server"];

    public static ExchangeField[] All { get; } =
    [
        Http.Text("http.request.method", "HTTP, when the request was seen; as sent", OpenTelemetry, static e => e.Method),
        Any.Text("url.path", "HTTP, when the target has one, and WebSocket, when its handshake was seen; values of path parameters (`;name=value`) are `?` unless `--show-secrets`", OpenTelemetry, static (context, e) => Target(e) is { } http ? context.Redaction.Path(http) : null, isRedacted: true),
        Any.Text("url.query", "with `url.path`, when the target has one; values are `?` unless `--show-secrets`", OpenTelemetry, static (context, e) => Target(e) is { } http ? context.Redaction.Query(http) : null, isRedacted: true),
        Any.Text("url.template", "with `url.path`: numbers are `{id}`, UUIDs `{uuid}`, dates `{date}`, hashes and tokens `{hash}`; a guess by shape", OpenTelemetry, static (context, e) => Target(e) is { Path: { } path } http ? context.RouteOf(http.Host ?? "", path) : null),
        Any.Text("http.request.header.host", "HTTP, when sent: Host header or authority; WebSocket: its handshake's; a user's name in front of it is `?` unless `--show-secrets`", "OpenTelemetry, but one string", static (context, e) => Target(e) is { } http ? context.Redaction.Host(http) : null, isRedacted: true),
        Http.Text("user_agent.original", "HTTP, when sent", OpenTelemetry, static e => e.UserAgent),
        Http.Integer("http.response.status_code", "HTTP, when the response was seen: the final status", OpenTelemetry, static e => e.StatusCode),
        Http.Bytes("http.request.body.size", "HTTP, when known: without transfer framing", OpenTelemetry, static e => e.RequestBodySize),
        Http.Bytes("http.response.body.size", "HTTP, when known: without transfer framing", OpenTelemetry, static e => e.ResponseBodySize),
        Http.Duration("http.upload_ns", "HTTP, when the request's end was seen: from `start` to the end of the call that moved its last byte", "l7trace", static (_, e) => e.UploadTime),
        Http.Duration("http.wait_ns", "HTTP, when both were seen and the answer did not begin before the request's end: from there to the exit of the call that moved the response's first byte; with `http.upload_ns` it is `time_to_first_byte_ns`", "l7trace", static (_, e) => e.WaitTime),
        Http.Duration("http.download_ns", "HTTP, with `duration_ns`: what passed between the response's first byte and its last one", "l7trace", static (_, e) => e.DownloadTime),
        Http.List("http.warnings", "HTTP/1, when its messages have shapes that implementations read differently, as request smuggling uses them; see below", "l7trace", s_warnings, static e => e.Warnings == 0 ? [] : Words.Of(e.Warnings)),
        Http.Integer("http.stream_id", "HTTP/2: number of the stream", "l7trace", static e => e.StreamId).In(FieldGroup.Http2),
        Http.Text("http.unknown_fields", "HTTP/2, when header fields stand in a part of the compression table that was not seen: a mark for each, with blanks between; the same mark on a connection is the same field", "l7trace", static e => e.UnknownFields.Count == 0 ? null : string.Join(' ', e.UnknownFields)).In(FieldGroup.Http2),
        Http.Word("http.reset_by", "HTTP/2, when the stream was ended before its time: who did it", "l7trace", s_sides, static e => e.IsReset ? s_sides[e.IsResetByClient ? 0 : 1] : null).In(FieldGroup.Http2),
        Http.Text("http.reset_error", "with `http.reset_by`: the error code's name in RFC 9113", "l7trace", static e => e.ResetError).In(FieldGroup.Http2),
        Http.Text("rpc.system.name", "gRPC: `grpc`", OpenTelemetry, static e => e.Grpc is null ? null : "grpc").In(FieldGroup.Grpc),
        Http.Text("rpc.method", "gRPC, when the path was seen: `package.Service/Method`", OpenTelemetry, static e => e.Grpc?.Method).In(FieldGroup.Grpc),
        Http.Text("rpc.response.status_code", "gRPC, when the status was seen: its name, from the trailers", OpenTelemetry, static e => e.Grpc?.StatusCode is { } code ? GrpcStatus.NameOf(code) : null).In(FieldGroup.Grpc),
        Http.Text("grpc.status_message", "gRPC, when sent, and only with `--show-secrets`, because such messages quote data", "l7trace", static (context, e) => context.Redaction.ShowsSecrets ? e.Grpc?.StatusMessage : null, needsSecrets: true).In(FieldGroup.Grpc),
        Http.Duration("grpc.timeout_ns", "gRPC, when sent: the client's deadline (`grpc-timeout`)", "l7trace", static (_, e) => e.Grpc?.Timeout).In(FieldGroup.Grpc),
        Http.Integer("grpc.request.messages", "gRPC, when all were seen: messages of the client", "l7trace", static e => e.Grpc?.Request.Count).In(FieldGroup.Grpc),
        Http.Bytes("grpc.request.message_bytes", "gRPC, when all were seen: bytes of those, without their prefixes", "l7trace", static e => e.Grpc?.Request.Bytes).In(FieldGroup.Grpc),
        Http.Integer("grpc.request.compressed_messages", "gRPC, when all were seen and any was compressed: how many", "l7trace", static e => AboveZero(e.Grpc?.Request.Compressed)).In(FieldGroup.Grpc),
        Http.List("grpc.request.message_times_ns", "gRPC, when all were seen and there are two or more: from the start to each whole message, the first 100; numbers as strings", "l7trace", [], static e => Times(e, e.Grpc?.Request.Times)).In(FieldGroup.Grpc),
        Http.Integer("grpc.response.messages", "gRPC, when all were seen: messages of the server", "l7trace", static e => e.Grpc?.Response.Count).In(FieldGroup.Grpc),
        Http.Bytes("grpc.response.message_bytes", "gRPC, when all were seen: bytes of those, without their prefixes", "l7trace", static e => e.Grpc?.Response.Bytes).In(FieldGroup.Grpc),
        Http.Integer("grpc.response.compressed_messages", "as `grpc.request.compressed_messages`, of the server", "l7trace", static e => AboveZero(e.Grpc?.Response.Compressed)).In(FieldGroup.Grpc),
        Http.List("grpc.response.message_times_ns", "as `grpc.request.message_times_ns`, of the server", "l7trace", [], static e => Times(e, e.Grpc?.Response.Times)).In(FieldGroup.Grpc),
        Http.Duration("grpc.time_to_first_message_ns", "gRPC, when the server sent messages: from the start to the first whole one", "l7trace", static (_, e) => SinceStart(e, e.Grpc?.Response.FirstAt)).In(FieldGroup.Grpc),
        Http.Duration("grpc.time_to_last_message_ns", "with `grpc.time_to_first_message_ns`: to the last whole one", "l7trace", static (_, e) => SinceStart(e, e.Grpc?.Response.LastAt)).In(FieldGroup.Grpc),
    ];

    /// <summary>Those of the target, which a WebSocket connection has of its handshake.</summary>
    public static ExchangeField[] OfTarget { get; } = [.. All.Where(static field => field.Name.StartsWith("url.", StringComparison.Ordinal) || field.Name == "http.request.header.host")];

    private static HttpExchange? Target(Exchange exchange) => exchange as HttpExchange ?? (exchange as WebSocketExchange)?.Handshake;

    private static long? AboveZero(long? value) => value > 0 ? value : null;

    private static IEnumerable<string> Times(HttpExchange exchange, IReadOnlyList<long>? times) =>
        times is null || !exchange.Request.Seen ? [] : times.Select(time => Math.Max(0, time - exchange.Start).ToString(CultureInfo.InvariantCulture));

    private static long? SinceStart(HttpExchange exchange, long? time) =>
        time is { } at && exchange.Request.Seen ? Math.Max(0, at - exchange.Start) : null;
}
