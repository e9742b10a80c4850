// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.Http1;

namespace L7Trace.Parsers.Protocols;

/// <summary>One HTTP request with its response, of any HTTP version.</summary>
public sealed class HttpExchange : Exchange
{
    private readonly Protocol _protocol;
    private HttpSeldomFacts? _seldom;

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
    public int InterimResponses
    {
        get => _seldom?.InterimResponses ?? 0;
        init => SeldomFor(value != 0)?.InterimResponses = value;
    }

    /// <summary>Request body bytes as sent, without transfer framing; null when unknown.</summary>
    public long? RequestBodySize { get; init; }

    /// <summary>Response body bytes as sent, without transfer framing; null when unknown.</summary>
    public long? ResponseBodySize { get; init; }

    /// <summary>Request headers in order, capped; names as sent.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> RequestHeaders { get; init; } = [];

    /// <summary>Response headers in order, capped.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResponseHeaders { get; init; } = [];

    /// <summary>First bytes of the request body, capped.</summary>
    public ReadOnlyMemory<byte> RequestBodyPrefix
    {
        get => _seldom?.RequestBodyPrefix ?? default;
        init => SeldomFor(!value.IsEmpty)?.RequestBodyPrefix = value;
    }

    /// <summary>First bytes of the response body, capped.</summary>
    public ReadOnlyMemory<byte> ResponseBodyPrefix
    {
        get => _seldom?.ResponseBodyPrefix ?? default;
        init => SeldomFor(!value.IsEmpty)?.ResponseBodyPrefix = value;
    }

    /// <summary>When the request's last byte was moved is not known: it did not end, or its last call was not seen.</summary>
    public bool IsRequestEndUnknown { get; init; }

    /// <summary>
    /// Nanoseconds from <see cref="Exchange.Start"/> to the end of the request (client side: exit of the send of its last
    /// byte; server side: exit of its receive); null when that is not known. An answer may begin before it.
    /// </summary>
    public long? UploadTime => Request.Seen && !IsRequestEndUnknown ? Math.Max(0, Request.Last.Exit - Start) : null;

    /// <summary>
    /// Nanoseconds from the end of the request to the first byte of the response; null when one of them is not known, or
    /// when the response came first. With <see cref="UploadTime"/> it is <see cref="Exchange.TimeToFirstByte"/>.
    /// </summary>
    public long? WaitTime => UploadTime is { } upload && TimeToFirstByte is { } first && first >= upload ? first - upload : null;

    /// <summary>Nanoseconds from the first to the last byte of the response; null when one of them is not known.</summary>
    public long? DownloadTime => Duration is { } duration && TimeToFirstByte is { } first ? Math.Max(0, duration - first) : null;

    /// <summary>Shapes on which two implementations may disagree (request smuggling); HTTP/1 only.</summary>
    public Http1Warnings Warnings { get; init; }

    /// <summary>Fields behind the request's body.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> RequestTrailers
    {
        get => _seldom?.RequestTrailers ?? [];
        init => SeldomFor(value.Count > 0)?.RequestTrailers = value;
    }

    /// <summary>Fields behind the response's body.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ResponseTrailers
    {
        get => _seldom?.ResponseTrailers ?? [];
        init => SeldomFor(value.Count > 0)?.ResponseTrailers = value;
    }

    /// <summary>Number of the stream; HTTP/2 only.</summary>
    public uint? StreamId { get; init; }

    /// <summary>
    /// Marks of header fields that stand in a part of the compression table that was not seen, in order; HTTP/2 only. The
    /// same mark on a connection is the same field. A null <see cref="Method"/>, <see cref="Path"/> or
    /// <see cref="StatusCode"/> may be among them.
    /// </summary>
    public IReadOnlyList<string> UnknownFields
    {
        get => _seldom?.UnknownFields ?? [];
        init => SeldomFor(value.Count > 0)?.UnknownFields = value;
    }

    /// <summary>
    /// Those of <see cref="UnknownFields"/> that are the request's: on one connection, calls that have the same ones are of the same
    /// unknown route as long as all of them are.
    /// </summary>
    public IReadOnlyList<string> UnknownRequestFields
    {
        get => _seldom?.UnknownRequestFields ?? [];
        init => SeldomFor(value.Count > 0)?.UnknownRequestFields = value;
    }

    /// <summary>The server pushed it: the request was never sent; HTTP/2 only.</summary>
    public bool IsPushed
    {
        get => _seldom is { IsPushed: true };
        init => SeldomFor(value)?.IsPushed = value;
    }

    /// <summary>It was ended before its time by RST_STREAM or GOAWAY; HTTP/2 only.</summary>
    public bool IsReset
    {
        get => _seldom is { IsReset: true };
        init => SeldomFor(value)?.IsReset = value;
    }

    /// <summary>It was the client that did so.</summary>
    public bool IsResetByClient
    {
        get => _seldom is { IsResetByClient: true };
        init => SeldomFor(value)?.IsResetByClient = value;
    }

    /// <summary>The name of the error code that was given for it ("CANCEL", "REFUSED_STREAM"); null when not captured.</summary>
    public string? ResetError
    {
        get => _seldom?.ResetError;
        init => SeldomFor(value is not null)?.ResetError = value;
    }

    /// <summary>What it says as a gRPC call; null when it is none.</summary>
    public GrpcCall? Grpc
    {
        get => _seldom?.Grpc;
        init => SeldomFor(value is not null)?.Grpc = value;
    }

    /// <inheritdoc/>
    public override bool IsError => StatusCode is >= 500 || Grpc?.StatusCode is > GrpcStatus.Ok;

    // The place for a fact that few exchanges have; null where there is no such place and nothing to be put into it.
    private HttpSeldomFacts? SeldomFor(bool hasValue) => hasValue ? _seldom ??= new HttpSeldomFacts() : _seldom;
}
