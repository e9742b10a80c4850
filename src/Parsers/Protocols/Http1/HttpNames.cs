// SPDX-License-Identifier: Apache-2.0
using System.Text;
using System.Text.Unicode;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>Strings for methods and header names that need not be made anew, and for text as sent.</summary>
internal static class HttpNames
{
    private const int MaxLength = 32;

    private static readonly (byte[] Bytes, string Text)[][] Methods = MakeTable(
    [
        "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY", "PROPFIND", "PROPPATCH",
        "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "PURGE", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE",
        "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "LABEL", "LINK", "MERGE", "MKACTIVITY", "MKCALENDAR",
        "MKREDIRECTREF", "MKWORKSPACE", "ORDERPATCH", "REBIND", "UNBIND", "UNCHECKOUT", "UNLINK", "UPDATE",
        "UPDATEREDIRECTREF", "VERSION-CONTROL", "RPC_IN_DATA", "RPC_OUT_DATA", "M-SEARCH", "BAN",
    ]);

    private static readonly (byte[] Bytes, string Text)[][] Headers = MakeTable(
    [
        "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Accept-Ranges",
        "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Max-Age", "Age", "Allow",
        "Alt-Svc", "Authorization", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding",
        "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Security-Policy",
        "Content-Type", "Cookie", "DNT", "Date", "ETag", "Expect", "Expires", "Forwarded", "From", "Host",
        "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive",
        "Last-Modified", "Link", "Location", "Max-Forwards", "Origin", "Pragma", "Proxy-Authenticate",
        "Proxy-Authorization", "Proxy-Connection", "Range", "Referer", "Referrer-Policy", "Retry-After",
        "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User", "Sec-WebSocket-Accept",
        "Sec-WebSocket-Extensions", "Sec-WebSocket-Key", "Sec-WebSocket-Protocol", "Sec-WebSocket-Version", "Server",
        "Set-Cookie", "Strict-Transport-Security", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Upgrade-Insecure-Requests", "User-Agent", "Vary", "Via", "WWW-Authenticate", "X-Api-Key",
        "X-Content-Type-Options", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Frame-Options",
        "X-Powered-By", "X-Real-IP", "X-Request-ID", "X-Request-Id", "X-Requested-With", "X-XSS-Protection",
        "traceparent", "tracestate",
    ]);

    private static readonly string[] Versions = [.. Enumerable.Range(0, 10).Select(minor => $"1.{minor}")];

    /// <summary>The header name as sent.</summary>
    public static string Header(ReadOnlySpan<byte> bytes) => Find(Headers, bytes) ?? Text(bytes);

    /// <summary>The method as sent.</summary>
    public static string Method(ReadOnlySpan<byte> bytes) => Find(Methods, bytes) ?? Text(bytes);

    /// <summary>True for the methods in use.</summary>
    public static bool IsKnownMethod(ReadOnlySpan<byte> bytes) => Find(Methods, bytes) is not null;

    /// <summary>True when a method in use begins with these bytes.</summary>
    public static bool MayBeKnownMethod(ReadOnlySpan<byte> start)
    {
        foreach (var ofLength in Methods)
        {
            foreach (var (known, _) in ofLength)
            {
                if (known.AsSpan().StartsWith(start))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>"1.0" to "1.9".</summary>
    public static string Version(int minor) => Versions[minor];

    /// <summary>Text as sent: UTF-8 where it is, else each byte as the character of that number.</summary>
    public static string Text(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? ""
        : Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
        : Encoding.Latin1.GetString(bytes);

    private static string? Find((byte[] Bytes, string Text)[][] table, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxLength)
        {
            return null;
        }

        foreach (var (known, text) in table[bytes.Length])
        {
            if (bytes.SequenceEqual(known))
            {
                return text;
            }
        }

        return null;
    }

    private static (byte[] Bytes, string Text)[][] MakeTable(string[] words)
    {
        var all = words.Concat(words.Where(w => !w.All(char.IsUpper)).Select(w => w.ToLowerInvariant())).Distinct();
        var byLength = all.ToLookup(w => w.Length, w => (Encoding.ASCII.GetBytes(w), w));
        return [.. Enumerable.Range(0, MaxLength + 1).Select(length => byLength[length].ToArray())];
    }
}
