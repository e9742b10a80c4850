// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp.Context;

/// <summary>What tracing systems let travel beside the traceparent (W3C Trace Context, section 3.3 "tracestate Header").</summary>
internal static class TraceState
{
    private const int MaxMembers = 32;
    private const int MaxKey = 256;
    private const int MaxTenant = 241;
    private const int MaxSystem = 14;
    private const int MaxValue = 256;
    private const string OpenTelemetry = "ot";

    /// <summary>The list of one or more headers; null for an invalid one, which is to be left out whole, and for an empty one.</summary>
    /// <param name="values">Values of the headers, in their order.</param>
    /// <param name="isAll">
    /// All members; else OpenTelemetry's own alone (a sampling threshold), since the others' hold what their makers like.
    /// </param>
    public static string? Of(IReadOnlyList<string> values, bool isAll)
    {
        var members = new List<string>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            foreach (var part in value.Split(','))
            {
                var member = part.Trim(' ', '\t');
                if (member.Length == 0)
                {
                    continue; // allowed, for lists that were put together
                }

                var equals = member.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0 || !IsKey(member.AsSpan(0, equals)) || !IsValue(member.AsSpan(equals + 1)) || !keys.Add(member[..equals]))
                {
                    return null;
                }

                members.Add(member);
            }
        }

        return members.Count > MaxMembers ? null
            : string.Join(',', members.Where(member => isAll || member.StartsWith(OpenTelemetry + "=", StringComparison.Ordinal))) is { Length: > 0 } text
                ? text
                : null;
    }

    private static bool IsKey(ReadOnlySpan<char> key)
    {
        var at = key.IndexOf('@');
        return at < 0
            ? IsName(key, MaxKey)
            : IsName(key[..at], MaxTenant) && IsName(key[(at + 1)..], MaxSystem);
    }

    private static bool IsName(ReadOnlySpan<char> name, int longest)
    {
        if (name.IsEmpty || name.Length > longest || !(char.IsAsciiLetterLower(name[0]) || char.IsAsciiDigit(name[0])))
        {
            return false;
        }

        foreach (var c in name)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('_' or '-' or '*' or '/'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsValue(ReadOnlySpan<char> value)
    {
        foreach (var c in value)
        {
            if (c is < ' ' or > '~' or '=')
            {
                return false;
            }
        }

        return value.Length is > 0 and <= MaxValue && value[^1] != ' ';
    }
}
