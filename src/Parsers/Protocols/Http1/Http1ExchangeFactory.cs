// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Makes the exchange out of what was kept of its messages. All its strings are made here, once, but for the headers'.
/// </summary>
internal static class Http1ExchangeFactory
{
    /// <summary>A request and its response; either may be missing, not both.</summary>
    public static HttpExchange Make(
        SessionContext context, Http1Texts texts, Http1Message? request, Http1Message? response, ExchangeState state)
    {
        var hasRequest = request?.Head.HasStartLine == true;
        var hasStatus = response?.Head is { HasStartLine: true, IsInterim: false };
        var target = hasRequest ? texts.Target(request!.Head.Target) : null;
        var method = hasRequest ? HttpNames.Method(request!.Head.Method) : null;
        var (path, query, authority) = target is null ? default : texts.Split(target, method == "CONNECT");
        var keepsHeaders = context.Limits.KeepHeaders;
        var requestLines = request is null ? default : request.Head.Lines;
        return new HttpExchange(Protocol.Http1)
        {
            Connection = context.Connection,
            State = state,
            Completeness = CompletenessOf(request, response, state),
            Request = request?.Timing ?? default,
            Response = response?.Timing ?? default,
            Tls = context.Source.IsTlsPlaintext(),
            Method = method,
            Target = target,
            Path = path,
            Query = query,
            Host = (request is null ? null : texts.Host(request.Head)) ?? authority,
            UserAgent = request is null ? null : texts.UserAgent(request.Head),
            Version = VersionOf(hasRequest ? request!.Head : hasStatus ? response!.Head : null),
            StatusCode = hasStatus && response!.Head.Status > 0 ? response.Head.Status : null,
            InterimResponses = request?.InterimResponses ?? 0,
            Warnings = WarningsOf(request) | WarningsOf(response),
            RequestBodySize = BodySize(request),
            ResponseBodySize = BodySize(response),
            RequestHeaders = keepsHeaders ? Http1HeaderList.Of(requestLines) : [],
            ResponseHeaders = response is null || !keepsHeaders ? [] : Http1HeaderList.Of(response.Head.Lines),
            RequestTrailers = Trailers(request),
            ResponseTrailers = Trailers(response),
            IsRequestEndUnknown = request is null or { IsEndTimeUnknown: true } or { IsEnded: false } or { Body.IsDone: false },
            RequestBodyPrefix = Prefix(request),
            ResponseBodyPrefix = Prefix(response),
        };
    }

    private static string? VersionOf(Http1Head? head) =>
        head is null or { MinorVersion: < 0 } ? null
        : head.OddVersion.IsEmpty ? HttpNames.Version(head.MinorVersion)
        : HttpNames.Text(head.OddVersion);

    private static Http1Warnings WarningsOf(Http1Message? message) => message is null ? Http1Warnings.None
        : message.Head.Framing.Warnings | (message.Body.IsOdd ? Http1Warnings.OddChunk : Http1Warnings.None);

    private static Completeness CompletenessOf(Http1Message? request, Http1Message? response, ExchangeState state)
    {
        var missing = unchecked((request?.Body.Missing ?? 0) + (response?.Body.Missing ?? 0));
        if (state != ExchangeState.Running && (request is null || (state == ExchangeState.Lost && response?.Head.IsDone != true)))
        {
            return new Completeness(CompletenessKind.Unmatched, missing);
        }

        return missing > 0 ? new Completeness(CompletenessKind.Truncated, missing) : Completeness.Complete;
    }

    private static long? BodySize(Http1Message? message) =>
        message is { Head.IsDone: true, Body.IsSizeKnown: true } ? message.Body.Size : null;

    private static IReadOnlyList<KeyValuePair<string, string>> Trailers(Http1Message? message) =>
        message is null || message.Body.Trailers.IsEmpty ? [] : Http1TrailerLines.Of(message.Body.Trailers, message.Body.HasAllTrailers);

    private static ReadOnlyMemory<byte> Prefix(Http1Message? message) =>
        message is null || message.Body.Prefix.IsEmpty ? default : message.Body.Prefix.ToArray();
}
