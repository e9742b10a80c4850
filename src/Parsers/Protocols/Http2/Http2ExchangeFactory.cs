// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.Http1;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>Makes the exchange out of what was kept of a stream.</summary>
internal static class Http2ExchangeFactory
{
    private static readonly List<string> s_none = [];

    /// <summary>The exchange as it stands now.</summary>
    public static HttpExchange Make(SessionContext context, Http2Stream stream, ExchangeState state)
    {
        var (request, response) = (stream.Request, stream.Response);
        var fields = request.Fields;
        var keepsHeaders = context.Limits.KeepHeaders;
        var method = fields[":method"];
        var target = fields[":path"];
        var (path, query, _) = target is null ? default : HttpTarget.Split(target, isConnect: false);
        return new HttpExchange(Protocol.Http2)
        {
            Connection = context.Connection,
            State = state,
            Completeness = CompletenessOf(stream, state),
            Request = stream.IsPushed ? default : request.Timing,
            Response = response.Timing,
            Tls = context.Source.IsTlsPlaintext(),
            StreamId = stream.Id,
            Method = method,
            Target = target,
            Path = path,
            Query = query,
            Host = fields[":authority"] ?? fields["host"],
            UserAgent = fields["user-agent"],
            Version = "2",
            StatusCode = response.Fields[":status"]?.Length == 3 ? response.Fields.Status : null,
            InterimResponses = stream.InterimResponses,
            RequestBodySize = BodySize(request),
            ResponseBodySize = BodySize(response),
            RequestHeaders = keepsHeaders ? Headers(fields) : [],
            ResponseHeaders = keepsHeaders ? Headers(response.Fields) : [],
            RequestTrailers = keepsHeaders ? Headers(request.Trailers) : [],
            ResponseTrailers = keepsHeaders ? Headers(response.Trailers) : [],
            UnknownRequestFields = Unknown(fields),
            UnknownFields = Unknown(fields, response.Fields, response.Trailers),
            IsRequestEndUnknown = request is not { IsEnded: true, IsUncertain: false, IsEndTimeUnknown: false },
            RequestBodyPrefix = request.Prefix.ToArray(),
            ResponseBodyPrefix = response.Prefix.ToArray(),
            IsPushed = stream.IsPushed,
            IsReset = stream.IsReset,
            IsResetByClient = stream.IsResetByClient,
            ResetError = stream.ErrorCode is { } code ? Http2ErrorCode.NameOf(code) : null,
            Grpc = GrpcOf(stream, target),
        };
    }

    private static GrpcCall? GrpcOf(Http2Stream stream, string? target)
    {
        var (request, response) = (stream.Request, stream.Response);
        if (!request.Grpc.IsWanted && !(response.Grpc.IsWanted && !request.HasHead))
        {
            return null;
        }

        // Trailers-Only: the status stands in the one block that there is.
        var end = response.Trailers["grpc-status"] is null ? response.Fields : response.Trailers;
        return new GrpcCall
        {
            Method = target is { Length: > 1 } && target[0] == '/' ? target[1..] : null,
            StatusCode = GrpcStatus.Parse(end["grpc-status"]),
            StatusMessage = GrpcStatus.DecodeMessage(end["grpc-message"]),
            Timeout = GrpcStatus.ParseTimeout(request.Fields["grpc-timeout"]),
            Request = request.Grpc.Messages,
            Response = response.Grpc.Messages,
        };
    }

    private static Completeness CompletenessOf(Http2Stream stream, ExchangeState state)
    {
        var (request, response) = (stream.Request, stream.Response);
        var missing = unchecked(request.Missing + response.Missing);
        return !request.HasHead || state == ExchangeState.Lost && !response.HasHead
            ? new Completeness(CompletenessKind.Unmatched, missing)
            : request.IsUncertain || response.IsUncertain ? new Completeness(CompletenessKind.Resynced, missing)
            : missing > 0 || request.IsFieldMissing || response.IsFieldMissing || (state == ExchangeState.Done && !response.HasHead) ? new Completeness(CompletenessKind.Truncated, missing)
            : Completeness.Complete;
    }

    private static long? BodySize(Http2Message message) =>
        message is { HasHead: true, IsUncertain: false } ? message.BodySize : null;

    private static KeyValuePair<string, string>[] Headers(HeaderFields fields)
    {
        var count = 0;
        foreach (var field in fields.Span)
        {
            count += IsHeader(field) ? 1 : 0;
        }

        var headers = count == 0 ? [] : new KeyValuePair<string, string>[count];
        var next = 0;
        foreach (var field in fields.Span)
        {
            if (IsHeader(field))
            {
                headers[next++] = new KeyValuePair<string, string>(field.Name!, field.Value!);
            }
        }

        return headers;
    }

    private static bool IsHeader(Hpack.HpackEntry field) => field is { Name: { } name, Value: not null } && !name.StartsWith(':');

    private static List<string> Unknown(params ReadOnlySpan<HeaderFields> parts)
    {
        List<string>? marks = null;
        foreach (var fields in parts)
        {
            foreach (var field in fields.HasMarks ? fields.Span : [])
            {
                if (field.Mark is { } mark)
                {
                    (marks ??= []).Add(mark);
                }
            }
        }

        return marks ?? s_none;
    }
}
