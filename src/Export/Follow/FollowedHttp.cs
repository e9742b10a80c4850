// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Export.Bodies;
using L7Trace.Export.Protobuf;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;

namespace L7Trace.Export.Follow;

/// <summary>Request and response of one HTTP exchange: start line, headers in order, body, trailers.</summary>
internal sealed class FollowedHttp(TextWriter output, Redaction redaction, ContentDecoder decoder, ProtoSchema? schema)
{
    /// <summary>Writes both messages, as far as they were seen.</summary>
    public void Write(HttpExchange http)
    {
        WriteRequest(http, new BodyLines(output, ">"));
        WriteResponse(http, new BodyLines(output, "<"));
    }

    private void WriteRequest(HttpExchange http, BodyLines lines)
    {
        if (http.Method is null && http.Path is null && http.UnknownFields.Count == 0)
        {
            lines.Note("the request was not seen");
            return;
        }

        if (http.IsPushed)
        {
            lines.Note("pushed by the server; this is the request that it promised");
        }

        lines.Line($"{http.Method ?? "?"} {TargetOf(http)}{(http.Version is { } version ? " HTTP/" + version : "")}");
        if (http.Protocol == Protocol.Http2 && http.Host is not null)
        {
            lines.Line($":authority: {redaction.Host(http)}");
        }

        if (http.UnknownFields.Count > 0)
        {
            lines.Note($"fields that stand in a part of the compression table that was not seen: {string.Join(", ", http.UnknownFields)}");
        }

        Fields(http.RequestHeaders, lines);
        WriteBody(http, isRequest: true, lines);
        Trailers(http.RequestTrailers, lines);
    }

    private void WriteResponse(HttpExchange http, BodyLines lines)
    {
        if (http.InterimResponses > 0)
        {
            lines.Note(string.Create(CultureInfo.InvariantCulture, $"{http.InterimResponses} interim responses (1xx) came first"));
        }

        if (!http.Response.Seen || (http.StatusCode is null && http.ResponseHeaders.Count == 0))
        {
            lines.Note(http.IsReset
                ? $"no response: reset by the {(http.IsResetByClient ? "client" : "server")}, {http.ResetError ?? "for a reason that was not captured"}"
                : "no response was seen");
            return;
        }

        lines.Line($"HTTP/{http.Version ?? "?"} {http.StatusCode?.ToString(CultureInfo.InvariantCulture) ?? "?"}");
        Fields(http.ResponseHeaders, lines);
        WriteBody(http, isRequest: false, lines);
        Trailers(http.ResponseTrailers, lines);
        if (http.IsReset)
        {
            lines.Note($"reset by the {(http.IsResetByClient ? "client" : "server")}: {http.ResetError ?? "the reason was not captured"}");
        }
    }

    private string TargetOf(HttpExchange http) => redaction.Target(http) ?? "?";

    private void Fields(IReadOnlyList<KeyValuePair<string, string>> fields, BodyLines lines)
    {
        foreach (var (name, value) in fields)
        {
            lines.Line($"{name}: {redaction.Header(name, value)}");
        }
    }

    private void Trailers(IReadOnlyList<KeyValuePair<string, string>> fields, BodyLines lines)
    {
        if (fields.Count > 0)
        {
            lines.Note("trailers:");
            Fields(fields, lines);
        }
    }

    private void WriteBody(HttpExchange http, bool isRequest, BodyLines lines)
    {
        var size = isRequest ? http.RequestBodySize : http.ResponseBodySize;
        var kept = (isRequest ? http.RequestBodyPrefix : http.ResponseBodyPrefix).Length;
        if (size == 0 || (size is null && kept == 0))
        {
            return;
        }

        lines.Line("");
        var body = decoder.Decode(http, isRequest);
        var type = HttpText.Header(isRequest ? http.RequestHeaders : http.ResponseHeaders, "Content-Type");
        var (mediaType, charset) = ShownBody.SplitType(type);
        lines.Note(SizeText(size, kept, body));
        if (!body.Bytes.IsEmpty)
        {
            BodyTexts.Write(
                new ShownBody
                {
                    Exchange = http,
                    IsRequest = isRequest,
                    Body = body,
                    MediaType = mediaType,
                    Charset = charset,
                    ShowsSecrets = redaction.ShowsSecrets,
                    Schema = schema,
                },
                lines);
        }
    }

    private static string SizeText(long? size, int kept, DecodedBody body)
    {
        var text = size is { } known ? $"body of {Number(known)} bytes" : "body of unknown size";
        text += kept == size ? "" : $", of which the first {Number(kept)} were kept";
        if (body.Codings.Count > 0)
        {
            text += $"; {string.Join(" and ", body.Codings)} decoded to {Number(body.Bytes.Length)}{(body.IsWhole ? "" : ", not to its end")}";
        }

        return body.Undecoded is { } coding ? $"{text}; {coding} could not be decoded" : text;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
