// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json;
using L7Trace.Export.Bodies;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export.Har;

/// <summary>One entry of an HTTP Archive (HAR 1.2, "entries"). What is not known is -1 or empty, as the format asks.</summary>
internal sealed class HarEntry(Redaction redaction, ContentDecoder decoder)
{
    /// <summary>Writes one; <paramref name="messages"/> are those of the WebSocket connection that it opened, if any.</summary>
    public void Write(Utf8JsonWriter json, HttpExchange http, IReadOnlyList<WebSocketExchange>? messages = null)
    {
        var duration = http.Duration ?? 0;
        var sent = http.UploadTime ?? 0;
        var first = http.TimeToFirstByte is { } toFirst ? Math.Max(0, toFirst - sent) : 0;
        json.WriteStartObject();
        Span<char> time = stackalloc char[Timestamp.Length];
        json.WriteString("startedDateTime"u8, Timestamp.Format(http.Start, time));
        WriteMilliseconds(json, "time"u8, duration);
        WriteRequest(json, http);
        WriteResponse(json, http);
        json.WriteStartObject("cache"u8);
        json.WriteEndObject();
        json.WriteStartObject("timings"u8);
        WriteMilliseconds(json, "send"u8, Math.Min(sent, duration));
        WriteMilliseconds(json, "wait"u8, Math.Min(first, Math.Max(0, duration - sent)));
        WriteMilliseconds(json, "receive"u8, Math.Max(0, duration - sent - first));
        json.WriteEndObject();
        if (http.Connection.ServerEndPoint is { } server)
        {
            json.WriteString("serverIPAddress"u8, server.Address.ToString());
        }

        json.WriteString("connection"u8, http.Connection.Id.ToString());
        if (messages is not null)
        {
            WriteMessages(json, messages);
        }

        if (Comment(http) is { } comment)
        {
            json.WriteString("comment"u8, comment);
        }

        json.WriteEndObject();
    }

    private void WriteRequest(Utf8JsonWriter json, HttpExchange http)
    {
        json.WriteStartObject("request"u8);
        json.WriteString("method"u8, http.Method);
        json.WriteString("url"u8, Url(http));
        json.WriteString("httpVersion"u8, Version(http));
        WriteHeaders(json, http.RequestHeaders, http.RequestTrailers);
        json.WriteStartArray("queryString"u8);
        foreach (var (name, value) in HttpText.QueryOf(redaction.Query(http)))
        {
            WritePair(json, name, value);
        }

        json.WriteEndArray();
        WriteSizes(json, http.RequestBodySize);
        if (http.RequestBodySize > 0)
        {
            json.WriteStartObject("postData"u8);
            json.WriteString("mimeType"u8, HttpText.Header(http.RequestHeaders, "Content-Type") ?? "");
            var body = decoder.Decode(http, isRequest: true);
            json.WriteString("text"u8, redaction.ShowsSecrets ? Encoding.UTF8.GetString(body.Bytes.Span) : "");
            if (BodyComment(body, http.RequestBodyPrefix.Length, http.RequestBodySize) is { } comment)
            {
                json.WriteString("comment"u8, comment);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void WriteResponse(Utf8JsonWriter json, HttpExchange http)
    {
        json.WriteStartObject("response"u8);
        json.WriteNumber("status"u8, http.StatusCode ?? 0);
        json.WriteString("statusText"u8, ""u8);
        json.WriteString("httpVersion"u8, Version(http));
        WriteHeaders(json, http.ResponseHeaders, http.ResponseTrailers);
        json.WriteStartObject("content"u8);
        var body = decoder.Decode(http, isRequest: false);
        if (body is { IsWhole: true, Codings.Count: > 0 })
        {
            json.WriteNumber("size"u8, body.Bytes.Length);
            json.WriteNumber("compression"u8, body.Bytes.Length - (http.ResponseBodySize ?? 0));
        }
        else
        {
            // Of what is compressed and not decoded to its end, the size of the content is not known.
            json.WriteNumber("size"u8, body.Codings.Count == 0 && body.Undecoded is null ? http.ResponseBodySize ?? -1 : -1);
        }

        json.WriteString("mimeType"u8, HttpText.Header(http.ResponseHeaders, "Content-Type") ?? "");
        if (redaction.ShowsSecrets && !body.Bytes.IsEmpty)
        {
            WriteBody(json, body.Bytes.Span);
        }

        if (http.ResponseBodySize > 0 && BodyComment(body, http.ResponseBodyPrefix.Length, http.ResponseBodySize) is { } comment)
        {
            json.WriteString("comment"u8, comment);
        }

        json.WriteEndObject();
        json.WriteString("redirectURL"u8, HttpText.Header(http.ResponseHeaders, "Location") is { } location ? redaction.Header("Location", location) : "");
        WriteSizes(json, http.ResponseBodySize);
        json.WriteEndObject();
    }

    private static void WriteBody(Utf8JsonWriter json, ReadOnlySpan<byte> body)
    {
        if (System.Text.Unicode.Utf8.IsValid(body))
        {
            json.WriteString("text"u8, body);
        }
        else
        {
            json.WriteString("text"u8, Convert.ToBase64String(body));
            json.WriteString("encoding"u8, "base64"u8);
        }
    }

    // As Chrome's tools write and read them; time in seconds, and what is no text in base64.
    private void WriteMessages(Utf8JsonWriter json, IReadOnlyList<WebSocketExchange> messages)
    {
        json.WriteString("_resourceType"u8, "websocket"u8);
        json.WriteStartArray("_webSocketMessages"u8);
        foreach (var exchange in messages)
        {
            var message = exchange.Message!;
            json.WriteStartObject();
            json.WriteString("type"u8, message.IsFromClient ? "send"u8 : "receive"u8);
            json.WriteNumber("time"u8, Math.Round(exchange.Start / 1e9m, 6));
            json.WriteNumber("opcode"u8, (int)message.Opcode);
            json.WriteString("data"u8, !redaction.ShowsSecrets ? ""
                : MessageText.TextOf(message) ?? Convert.ToBase64String(message.Prefix.Span));
            if (CommentOf(message) is { } comment)
            {
                json.WriteString("_comment"u8, comment);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private string? CommentOf(WebSocketMessage message)
    {
        var size = message.IsCompressed ? message.UncompressedBytes : message.Bytes;
        return message.Bytes == 0 ? null
            : !redaction.ShowsSecrets ? "withheld (--show-secrets shows it)"
            : message.Prefix.Length == size ? null
            : string.Create(CultureInfo.InvariantCulture, $"the first {message.Prefix.Length} of {size?.ToString(CultureInfo.InvariantCulture) ?? "?"} bytes");
    }

    private void WriteHeaders(
        Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> headers, IReadOnlyList<KeyValuePair<string, string>> trailers)
    {
        json.WriteStartArray("cookies"u8); // they stand among the headers; parsed again they would say no more
        json.WriteEndArray();
        WriteFields(json, "headers"u8, headers);
        if (trailers.Count > 0)
        {
            WriteFields(json, "_trailers"u8, trailers); // the format has no place for them, and lets such names be anyone's
        }
    }

    private void WriteFields(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<KeyValuePair<string, string>> fields)
    {
        json.WriteStartArray(name);
        foreach (var (field, value) in fields)
        {
            WritePair(json, field, redaction.Header(field, value));
        }

        json.WriteEndArray();
    }

    private static void WritePair(Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, name);
        json.WriteString("value"u8, value);
        json.WriteEndObject();
    }

    private static void WriteSizes(Utf8JsonWriter json, long? body)
    {
        json.WriteNumber("headersSize"u8, -1);
        json.WriteNumber("bodySize"u8, body ?? -1);
    }

    // Nanoseconds in, and three digits behind the point of a millisecond out: exact, and short.
    private static void WriteMilliseconds(Utf8JsonWriter json, ReadOnlySpan<byte> name, long nanoseconds) =>
        json.WriteNumber(name, Math.Round(nanoseconds / 1e6m, 6));

    // The format wants an absolute URL (RFC 3986) where a request may have none, or bytes that no URL has.
    private string Url(HttpExchange http)
    {
        var text = http.Path is not null ? HttpText.Url(http, redaction)
            : http.Target is "*" ? $"http://{redaction.Host(http) ?? http.Connection.ServerEndPoint?.ToString() ?? "localhost"}/*"
            : $"http://{redaction.Target(http)}/";
        var result = new StringBuilder(text.Length);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (b is > 0x20 and < 0x7F && !"\"<>\\^`{|}"u8.Contains(b))
            {
                result.Append((char)b);
            }
            else
            {
                result.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return result.ToString();
    }

    private static string Version(HttpExchange http) => "HTTP/" + (http.Version ?? "1.1");

    private string? BodyComment(DecodedBody body, int kept, long? size)
    {
        var codings = body.Codings.Count == 0 ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(" and ", body.Codings)}: {size ?? kept} bytes encoded, {body.Bytes.Length} decoded{(body.IsWhole ? "" : ", not to its end")}; ");
        codings += body.Undecoded is { } coding ? $"{coding} could not be decoded; " : "";
        var rest = !redaction.ShowsSecrets ? "withheld (--show-secrets shows it)"
            : kept < size ? string.Create(CultureInfo.InvariantCulture, $"the first {kept} of {size} bytes")
            : "";
        return codings.Length + rest.Length == 0 ? null : rest.Length > 0 ? codings + rest : codings[..^2];
    }

    private static string? Comment(HttpExchange http) => (http.State, http.Completeness.Kind) switch
    {
        (ExchangeState.Aborted, _) => http.IsCutOffByReset ? "the connection was reset" : "the connection ended first",
        (ExchangeState.Lost, _) => "how it ended was not seen",
        (_, CompletenessKind.Complete) => null,
        (_, var kind) => $"capture: {Words.Of(kind)}",
    };
}
