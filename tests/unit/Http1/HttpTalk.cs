// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.UnitTests.Support;

namespace L7Trace.UnitTests.Http1;

/// <summary>HTTP/1 words for <see cref="Conversation"/>: text is Latin-1, one call per method call.</summary>
internal static class HttpTalk
{
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    public static Conversation Ask(this Conversation talk, string text) => talk.Client(Bytes(text));

    public static Conversation Answer(this Conversation talk, string text) => talk.Server(Bytes(text));

    /// <summary>The client sent this before everything so far, but it reaches the tracer only now.</summary>
    public static Conversation AskEarlier(this Conversation talk, string text) =>
        talk.Pause(-1000).Ask(text);

    public static string Get(string target, string more = "") => $"GET {target} HTTP/1.1\r\nHost: shop.test\r\n{more}\r\n";

    public static string Ok(int length) =>
        $"HTTP/1.1 200 OK\r\nContent-Length: {length.ToString(CultureInfo.InvariantCulture)}\r\n\r\n{new string('x', length)}";

    /// <summary>The exchanges that came out, as HTTP ones.</summary>
    public static List<HttpExchange> Http(this IEnumerable<Exchange> exchanges) => [.. exchanges.Cast<HttpExchange>()];

    /// <summary>One line per exchange: what a test compares.</summary>
    public static string Line(this HttpExchange e) => string.Create(
        CultureInfo.InvariantCulture,
        $"{e.Method ?? "-"} {e.Target ?? "-"} {e.StatusCode?.ToString(CultureInfo.InvariantCulture) ?? "-"} {e.RequestBodySize?.ToString(CultureInfo.InvariantCulture) ?? "-"}/{e.ResponseBodySize?.ToString(CultureInfo.InvariantCulture) ?? "-"} {e.State} {e.Completeness.Kind} {e.Completeness.MissingBytes}");

    /// <summary>Lines of all.</summary>
    public static string[] Lines(this IEnumerable<Exchange> exchanges) => [.. exchanges.Http().Select(Line)];
}
