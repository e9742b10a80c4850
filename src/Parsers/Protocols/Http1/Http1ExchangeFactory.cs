// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>Makes the exchange out of what was kept of its messages. All strings of an exchange are made here, once.</summary>
internal static class Http1ExchangeFactory
{
    /// <summary>A request and its response; either may be missing, not both.</summary>
    public static HttpExchange Make(SessionContext context, Http1Message? request, Http1Message? response, ExchangeState state)
    {
        var hasRequest = request?.Head.HasStartLine == true;
        var hasStatus = response?.Head is { HasStartLine: true, IsInterim: false };
        var target = hasRequest ? HttpNames.Text(request!.Head.Target) : null;
        var method = hasRequest ? HttpNames.Method(request!.Head.Method) : null;
        var (path, query, authority) = target is null ? default : HttpTarget.Split(target, method == "CONNECT");
        var requestHeaders = Headers(request);
        return new HttpExchange(Protocol.Http1)
        {
            Connection = context.Connection,
            State = state,
            Completeness = CompletenessOf(request, response, state),
            Request = request?.Timing ?? default,
            Response = response?.Timing ?? default,
            Tls = context.Source is SegmentSource.OpenSsl or SegmentSource.GnuTls or SegmentSource.GoTls,
            Method = method,
            Target = target,
            Path = path,
            Query = query,
            Host = Find(requestHeaders, "Host") ?? authority,
            UserAgent = Find(requestHeaders, "User-Agent"),
            Version = hasRequest ? HttpNames.Version(request!.Head.MinorVersion)
                : hasStatus ? HttpNames.Version(response!.Head.MinorVersion)
                : null,
            StatusCode = hasStatus ? response!.Head.Status : null,
            InterimResponses = request?.InterimResponses ?? 0,
            Warnings = (request?.Head.Framing.Warnings ?? 0) | (response?.Head.Framing.Warnings ?? 0),
            RequestBodySize = BodySize(request),
            ResponseBodySize = BodySize(response),
            RequestHeaders = requestHeaders,
            ResponseHeaders = Headers(response),
            RequestBodyPrefix = Prefix(request),
            ResponseBodyPrefix = Prefix(response),
        };
    }

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

    private static ReadOnlyMemory<byte> Prefix(Http1Message? message) =>
        message is null || message.Body.Prefix.IsEmpty ? default : message.Body.Prefix.ToArray();

    private static string? Find(List<KeyValuePair<string, string>> headers, string name)
    {
        foreach (var header in headers)
        {
            if (header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return header.Value;
            }
        }

        return null;
    }

    private static List<KeyValuePair<string, string>> Headers(Http1Message? message)
    {
        var lines = message is null ? default : message.Head.Lines;
        var list = new List<KeyValuePair<string, string>>(Math.Min(64, lines.Count((byte)'\n')));
        lines = lines[(lines.IndexOf((byte)'\n') + 1)..]; // the start line
        while (lines.IndexOf((byte)'\n') is var end and >= 0)
        {
            var line = lines[..end];
            var colon = line.IndexOf((byte)':');
            if (colon > 0)
            {
                list.Add(new KeyValuePair<string, string>(
                    HttpNames.Header(line[..colon].TrimEnd(" \t"u8)), HttpNames.Text(line[(colon + 1)..].Trim(" \t"u8))));
            }

            lines = lines[(end + 1)..];
        }

        return list;
    }
}
