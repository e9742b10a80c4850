// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export;

/// <summary>
/// What of a header's value may leave the program while secrets are withheld. Only values that say how and not what or who
/// stay; of the others, as much of the shape as carries nothing: the scheme of credentials, the names of cookies, a URL
/// without its values.
/// </summary>
internal static class HeaderRedaction
{
    /// <summary>Stands for what is withheld.</summary>
    public const char Mark = '?';

    private static readonly HashSet<string> s_harmless = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Accept-Ranges", "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Headers", "Access-Control-Allow-Methods", "Access-Control-Expose-Headers",
        "Access-Control-Max-Age", "Access-Control-Request-Headers", "Access-Control-Request-Method", "Age", "Allow", "Alt-Svc",
        "Cache-Control", "Connection", "Content-Encoding", "Content-Language", "Content-Length", "Content-Range", "Content-Type",
        "Date", "Expect", "Expires", "grpc-accept-encoding", "grpc-encoding", "grpc-status", "grpc-timeout", "Host", "HTTP2-Settings",
        "Keep-Alive", "Last-Modified", "Pragma", "Range", "Retry-After", "Sec-WebSocket-Extensions", "Sec-WebSocket-Version",
        "Server", "Strict-Transport-Security", "TE", "traceparent", "Trailer", "Transfer-Encoding", "Upgrade",
        "Upgrade-Insecure-Requests", "User-Agent", "Vary", "Via", "X-Content-Type-Options", "X-Frame-Options",
    };

    private static readonly HashSet<string> s_urls = new(StringComparer.OrdinalIgnoreCase)
    {
        "Content-Location", "Location", "Origin", "Referer",
    };

    private static readonly HashSet<string> s_credentials = new(StringComparer.OrdinalIgnoreCase)
    {
        "Authorization", "Proxy-Authorization", "WWW-Authenticate", "Proxy-Authenticate",
    };

    private static readonly HashSet<string> s_schemes = new(StringComparer.OrdinalIgnoreCase)
    {
        "AWS4-HMAC-SHA256", "Basic", "Bearer", "Digest", "DPoP", "GSS-API", "HOBA", "Mutual", "Negotiate", "NTLM", "SCRAM-SHA-1",
        "SCRAM-SHA-256", "Token", "vapid",
    };

    // Attributes of Set-Cookie (RFC 6265 section 4.1) that say how a cookie is kept.
    private static readonly HashSet<string> s_cookieAttributes = new(StringComparer.OrdinalIgnoreCase)
    {
        "Domain", "Expires", "HttpOnly", "Max-Age", "Partitioned", "Path", "Priority", "SameSite", "Secure",
    };

    /// <summary>True when the header's value is shown as it is, but for a user's name in the Host.</summary>
    public static bool IsHarmless(string name) => s_harmless.Contains(name);

    /// <summary>The value as it may be shown.</summary>
    public static string ValueOf(string name, string value) =>
        name.Equals("Host", StringComparison.OrdinalIgnoreCase) ? UrlRedaction.Authority(value)
        : s_harmless.Contains(name) || value.Length == 0 ? value
        : s_urls.Contains(name) ? UrlRedaction.Of(value)
        : s_credentials.Contains(name) ? Scheme(value)
        : name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? Cookies(value, isSet: false)
        : name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase) ? Cookies(value, isSet: true)
        : "?";

    private static string Scheme(string value)
    {
        var blank = value.IndexOf(' ', StringComparison.Ordinal);
        return blank > 0 && s_schemes.Contains(value[..blank]) ? value[..(blank + 1)] + "?" : "?";
    }

    private static string Cookies(string value, bool isSet)
    {
        var result = new StringBuilder(value.Length);
        foreach (var range in value.AsSpan().Split(';'))
        {
            var pair = value.AsSpan(range).Trim();
            var equals = pair.IndexOf('=');
            var isFirst = result.Length == 0;
            result.Append(isFirst ? "" : "; ");
            if (isSet && !isFirst && s_cookieAttributes.Contains((equals < 0 ? pair : pair[..equals]).TrimEnd().ToString()))
            {
                result.Append(pair);
            }
            else
            {
                // What has no "=" is a value.
                result.Append(equals > 0 ? pair[..(equals + 1)] : "").Append(Mark);
            }
        }

        return result.ToString();
    }
}
