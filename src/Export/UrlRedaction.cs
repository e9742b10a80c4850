// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export;

/// <summary>
/// A URL without the values in it: of its query and its path parameters the names stay, of a user's name, password and a
/// fragment (which carries tokens in some redirects) nothing.
/// </summary>
internal static class UrlRedaction
{
    /// <summary>A URL, absolute or relative.</summary>
    public static string Of(string url)
    {
        var end = url.IndexOf('#', StringComparison.Ordinal);
        var fragment = end < 0 ? "" : end == url.Length - 1 ? "#" : "#?";
        var rest = end < 0 ? url : url[..end];
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var query = question < 0 ? "" : "?" + Values(rest.AsSpan(question + 1), '&');
        rest = question < 0 ? rest : rest[..question];
        var slashes = rest.IndexOf("//", StringComparison.Ordinal);
        var isAbsolute = slashes == 0 || (slashes > 0 && rest[slashes - 1] == ':');
        var path = isAbsolute ? rest.IndexOf('/', slashes + 2) : 0;
        path = path < 0 ? rest.Length : path;
        var front = isAbsolute ? string.Concat(rest.AsSpan(0, slashes + 2), Authority(rest[(slashes + 2)..path])) : "";
        return front + Path(rest[path..]) + query + fragment;
    }

    /// <summary>Host and port, without the user in front of them (RFC 3986 section 3.2.1).</summary>
    public static string Authority(string authority) =>
        authority.LastIndexOf('@') is var at and >= 0 ? string.Concat("?", authority.AsSpan(at)) : authority;

    /// <summary>A path; values of its parameters (";jsessionid=...") become the mark.</summary>
    public static string Path(string path)
    {
        // A target of no known form may begin with an authority.
        if (path.Length > 0 && path[0] != '/' && path.Contains('@', StringComparison.Ordinal))
        {
            var slash = path.IndexOf('/', StringComparison.Ordinal);
            path = slash < 0 ? Authority(path) : string.Concat(Authority(path[..slash]), path.AsSpan(slash));
        }

        if (!path.Contains(';', StringComparison.Ordinal))
        {
            return path;
        }

        var result = new StringBuilder(path.Length);
        foreach (var range in path.AsSpan().Split('/'))
        {
            var segment = path.AsSpan(range);
            var semicolon = segment.IndexOf(';');
            result.Append(range.Start.Value > 0 ? "/" : "");
            result.Append(semicolon < 0 ? segment : segment[..semicolon]);
            if (semicolon >= 0)
            {
                result.Append(';').Append(Values(segment[(semicolon + 1)..], ';'));
            }
        }

        return result.ToString();
    }

    /// <summary>Pairs of names and values; what has no "=" is taken for a value.</summary>
    public static string Values(ReadOnlySpan<char> text, char separator)
    {
        var result = new StringBuilder(text.Length);
        foreach (var range in text.Split(separator))
        {
            var pair = text[range];
            var equals = pair.IndexOf('=');
            if (range.Start.Value > 0)
            {
                result.Append(separator);
            }

            if (equals > 0)
            {
                result.Append(pair[..(equals + 1)]).Append(HeaderRedaction.Mark);
            }
            else if (!pair.IsEmpty)
            {
                result.Append(HeaderRedaction.Mark);
            }
        }

        return result.ToString();
    }
}
