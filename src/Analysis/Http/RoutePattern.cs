// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Http;

/// <summary>
/// A route as a user writes it: "/users/{id}/orders". A segment in braces, or "*", stands for one segment of a path, "**" at the end
/// for any number of them; everything else must be equal. What a path's segment has behind ";" does not count, nor does a
/// slash at the end.
/// </summary>
public sealed class RoutePattern
{
    private const int MaxLength = 1000;

    private readonly string[] _segments;

    private RoutePattern(string text, string[] segments) => (Text, _segments) = (text, segments);

    /// <summary>The pattern as it was written: the name of its route.</summary>
    public string Text { get; }

    /// <summary>Parses one; null, and why, for what is none.</summary>
    public static RoutePattern? TryParse(string text, out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        var segments = text.Length > 1 ? text[1..].TrimEnd('/').Split('/') : [];
        error = text.Length is 0 or > MaxLength || text[0] != '/' ? "a route begins with '/' and has at most 1,000 characters"
            : text.Contains('?', StringComparison.Ordinal) ? "a route has no query"
            : segments.SkipLast(1).Contains("**") ? "'**' is for the end of a route"
            : segments.Any(static segment => segment.AsSpan().IndexOfAny('{', '}') >= 0 && !IsName(segment))
                ? "braces take a whole segment: /users/{id}"
            : null;
        return error is null ? new RoutePattern(text, segments) : null;
    }

    /// <summary>True when the path (without query) is of this route.</summary>
    public bool Matches(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path[0] != '/')
        {
            return false;
        }

        var rest = path.Length > 1 && path[^1] == '/' ? path[1..^1] : path[1..];
        if (_segments.Length == 0)
        {
            return rest.IsEmpty;
        }

        var isLeft = !rest.IsEmpty;
        foreach (var segment in _segments)
        {
            if (segment == "**")
            {
                return true;
            }

            if (!isLeft)
            {
                return false;
            }

            var slash = rest.IndexOf('/');
            var own = slash < 0 ? rest : rest[..slash];
            isLeft = slash >= 0;
            rest = isLeft ? rest[(slash + 1)..] : default;
            if (own.IndexOf(';') is var semicolon and >= 0)
            {
                own = own[..semicolon];
            }

            if (segment == "*" || IsName(segment) ? own.IsEmpty : !own.SequenceEqual(segment))
            {
                return false;
            }
        }

        return !isLeft;
    }

    private static bool IsName(string segment) =>
        segment.Length > 2 && segment[0] == '{' && segment[^1] == '}' && segment.AsSpan(1, segment.Length - 2).IndexOfAny('{', '}') < 0;
}
