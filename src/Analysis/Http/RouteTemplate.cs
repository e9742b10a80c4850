// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Analysis.Http;

/// <summary>
/// A path without its values: each segment that is a number becomes {id}, a UUID {uuid}, a date {date}, and one that
/// looks like a hash, token or encoded value {hash}. A guess by shape, since the framework's own route is not on the wire.
/// </summary>
public static class RouteTemplate
{
    private const int MaxSegments = 32;
    private const int MaxSegmentLength = 64;

    /// <summary>The template of a path (without query).</summary>
    public static string Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0 || path[0] != '/')
        {
            // A target of no known form may begin with a user's name.
            return path.Length <= MaxSegmentLength ? path[(path.LastIndexOf('@') + 1)..] : "{hash}";
        }

        var result = new StringBuilder(path.Length);
        var rest = path.AsSpan(1);
        for (var count = 0; ; count++)
        {
            var slash = rest.IndexOf('/');
            var segment = slash < 0 ? rest : rest[..slash];
            result.Append('/');
            if (count == MaxSegments)
            {
                return result.Append("...").ToString();
            }

            AppendSegment(result, segment);
            if (slash < 0)
            {
                return result.ToString();
            }

            rest = rest[(slash + 1)..];
        }
    }

    private static void AppendSegment(StringBuilder result, ReadOnlySpan<char> segment)
    {
        // What stands behind ";" in a segment are parameters (RFC 3986, 3.3), session ids most of the time.
        var semicolon = segment.IndexOf(';');
        if (semicolon >= 0)
        {
            segment = segment[..semicolon];
        }

        if (Placeholder(segment) is { } whole)
        {
            result.Append(whole);
            return;
        }

        // 17.json, 2f9c...e1.png: the extension is the shape, the name the value.
        var dot = segment.LastIndexOf('.');
        if (dot > 0 && segment.Length - dot <= 6 && Placeholder(segment[..dot]) is { } name)
        {
            result.Append(name).Append(segment[dot..]);
            return;
        }

        result.Append(segment);
    }

    private static string? Placeholder(ReadOnlySpan<char> segment) =>
        segment.IsEmpty ? null
        : IsNumber(segment) ? "{id}"
        : Guid.TryParseExact(segment, "D", out _) ? "{uuid}"
        : IsDate(segment) ? "{date}"
        : IsHash(segment) ? "{hash}"
        : null;

    private static bool IsNumber(ReadOnlySpan<char> segment)
    {
        var digits = segment[0] is '-' or '+' ? segment[1..] : segment;
        return !digits.IsEmpty && !digits.ContainsAnyExceptInRange('0', '9');
    }

    // 2026-11-23, 2026-11, and with a time behind "T".
    private static bool IsDate(ReadOnlySpan<char> segment)
    {
        var date = segment.IndexOf('T') is var time && time > 0 ? segment[..time] : segment;
        return date.Length is 7 or 10 && date[4] == '-' && (date.Length == 7 || date[7] == '-')
            && !date[..4].ContainsAnyExceptInRange('0', '9')
            && !date[5..7].ContainsAnyExceptInRange('0', '9')
            && (date.Length == 7 || !date[8..].ContainsAnyExceptInRange('0', '9'));
    }

    private static bool IsHash(ReadOnlySpan<char> segment)
    {
        if (segment.Length > MaxSegmentLength)
        {
            return true;
        }

        var (digits, hex, upper, lower, escapes) = (0, 0, 0, 0, 0);
        foreach (var c in segment)
        {
            digits += char.IsAsciiDigit(c) ? 1 : 0;
            hex += char.IsAsciiHexDigit(c) ? 1 : 0;
            upper += char.IsAsciiLetterUpper(c) ? 1 : 0;
            lower += char.IsAsciiLetterLower(c) ? 1 : 0;
            escapes += c == '%' ? 1 : 0;
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '=' or '%' or '~' or '.' or '+'))
            {
                return false;
            }
        }

        return (hex == segment.Length && segment.Length >= 8 && digits > 0)
            || (hex == segment.Length && segment.Length >= 16)
            || (segment.Length >= 16 && digits >= 3 && (upper > 0 || digits * 3 >= segment.Length) && !LooksLikeWords(segment))
            || (segment.Length >= 20 && upper >= 4 && lower >= 4 && digits > 0)
            || escapes >= 4;
    }

    // list-of-2024-orders: words between dashes are a name, even with digits among them.
    private static bool LooksLikeWords(ReadOnlySpan<char> segment)
    {
        var words = 0;
        foreach (var range in segment.SplitAny('-', '_', '.'))
        {
            var part = segment[range];
            words += part.Length >= 3 && !part.ContainsAnyExceptInRange('a', 'z') ? 1 : 0;
        }

        return words >= 2;
    }
}
