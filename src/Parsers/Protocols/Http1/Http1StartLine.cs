// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// The first line of a message: request line (RFC 9112 section 3) or status line (section 4), without its line end.
/// All methods answer about bytes only and keep nothing.
/// </summary>
internal static class Http1StartLine
{
    /// <summary>Longest method that is taken for one; the longest registered one has 17 characters.</summary>
    public const int MaxMethod = 32;

    private const int MaxVersion = 11; // behind "HTTP/"

    // All but the tab.
    private static readonly SearchValues<byte> Controls =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Append(0x7f).Where(static x => x != '\t').Select(static x => (byte)x)]);

    // RFC 9110 section 5.6.2, "tchar".
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static ReadOnlySpan<byte> NamePrefix => "HTTP/"u8;

    private static ReadOnlySpan<byte> VersionPrefix => "HTTP/1."u8;

    /// <summary>True when all bytes may stand in a token.</summary>
    public static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.ContainsAnyExcept(TokenBytes);

    /// <summary>
    /// Splits a request line; false when it is none of HTTP/1.x. <paramref name="lenient"/>: also with another version
    /// ("HTTP/1."), and with none behind a known method and a path, as servers take them.
    /// </summary>
    public static bool TryParseRequest(ReadOnlySpan<byte> line, bool lenient, out Http1StartLineParts parts)
    {
        parts = default;
        var space = line.IndexOf((byte)' ');
        if (space is <= 0 or > MaxMethod || !IsToken(line[..space]) || line[..space].SequenceEqual("PRI"u8))
        {
            return false;
        }

        // Some clients leave blanks at the end; the version is the last word.
        var end = Blanks.TrimEnd(line).Length;
        var last = line[..end].LastIndexOf((byte)' ');
        if (last > space && TryParseVersion(line, (last + 1)..end, lenient, ref parts))
        {
            parts.Target = Trim(line, space..last);
        }
        else if (lenient && last == space && HttpNames.IsKnownMethod(line[..space]) && IsPath(line[(space + 1)..end]))
        {
            parts.Target = (space + 1)..end;
            parts.MinorVersion = -1;
            parts.Warnings = Http1Warnings.BadStartLine;
        }

        var target = line[parts.Target];
        if (target.IsEmpty || HasControls(target))
        {
            return false;
        }

        parts.Method = ..space;
        parts.Warnings |= target.ContainsAny((byte)' ', (byte)'\t') ? Http1Warnings.BadStartLine : 0;
        return true;
    }

    /// <summary>
    /// Reads a status line; false when it is none of HTTP/1.x. <paramref name="lenient"/>: where an answer is due, what
    /// begins with "HTTP/" is one: with another version, control characters, or no status code.
    /// </summary>
    public static bool TryParseStatus(ReadOnlySpan<byte> line, bool lenient, out Http1StartLineParts parts)
    {
        parts = default;
        if (line.Length >= 12 && line[8] == ' ' && TryParseVersion(line, ..8, lenient: false, ref parts) &&
            (parts.Status = Code(line[9..])) > 0 && (line.Length == 12 || line[12] == ' ') && !HasControls(line[12..]))
        {
            return true;
        }

        parts = default;
        var blank = line[..Math.Min(line.Length, NamePrefix.Length + MaxVersion + 1)].IndexOfAny((byte)' ', (byte)'\t');
        if (!lenient || blank <= NamePrefix.Length || !line.StartsWith(NamePrefix))
        {
            return false;
        }

        TakeVersion(line, ..blank, ref parts);
        parts.Status = Code(Blanks.TrimStart(line[blank..]));
        parts.Warnings = Http1Warnings.BadStartLine;
        return true;
    }

    /// <summary>True while these first bytes of a line may still become a request line.</summary>
    public static bool MayBeRequest(ReadOnlySpan<byte> start)
    {
        var space = start.IndexOf((byte)' ');
        if (space < 0)
        {
            return start.Length <= MaxMethod && (start.IsEmpty || IsToken(start));
        }

        return space is > 0 and <= MaxMethod && IsToken(start[..space]) && !HasControls(start[space..]);
    }

    /// <summary>True while these first bytes of a line may still become a status line; leniently as above.</summary>
    public static bool MayBeStatus(ReadOnlySpan<byte> start, bool lenient)
    {
        if (lenient)
        {
            var name = Math.Min(start.Length, NamePrefix.Length);
            return start[..name].SequenceEqual(NamePrefix[..name]);
        }

        var fixedPart = Math.Min(start.Length, VersionPrefix.Length);
        return start[..fixedPart].SequenceEqual(VersionPrefix[..fixedPart]) &&
               (start.Length < 8 || char.IsAsciiDigit((char)start[7])) &&
               (start.Length < 9 || start[8] == ' ') &&
               (start.Length < 10 || char.IsAsciiDigit((char)start[9]));
    }

    private static Range Trim(ReadOnlySpan<byte> line, Range range)
    {
        var (from, length) = range.GetOffsetAndLength(line.Length);
        var to = from + length;
        while (from < to && line[from] == ' ')
        {
            from++;
        }

        while (to > from && line[to - 1] == ' ')
        {
            to--;
        }

        return from..to;
    }

    private static bool IsPath(ReadOnlySpan<byte> target) =>
        target.StartsWith("/"u8) || target.StartsWith("http://"u8) || target.StartsWith("https://"u8);

    private static bool TryParseVersion(ReadOnlySpan<byte> line, Range range, bool lenient, ref Http1StartLineParts parts)
    {
        var word = line[range];
        if (word.Length == 8 && word.StartsWith(VersionPrefix) && char.IsAsciiDigit((char)word[7]))
        {
            parts.MinorVersion = word[7] - '0';
            return true;
        }

        if (!lenient || word.Length <= NamePrefix.Length || word.Length > NamePrefix.Length + MaxVersion ||
            !word.StartsWith(NamePrefix) || !char.IsAsciiDigit((char)word[NamePrefix.Length]) || HasControls(word))
        {
            return false;
        }

        TakeVersion(line, range, ref parts);
        parts.Warnings = Http1Warnings.BadStartLine;
        return true;
    }

    private static void TakeVersion(ReadOnlySpan<byte> line, Range range, ref Http1StartLineParts parts)
    {
        var word = line[range];
        parts.MinorVersion = 1;
        if (word.Length == 8 && word.StartsWith(VersionPrefix) && char.IsAsciiDigit((char)word[7]))
        {
            parts.MinorVersion = word[7] - '0';
            return;
        }

        var (from, length) = range.GetOffsetAndLength(line.Length);
        parts.OddVersion = (from + NamePrefix.Length)..(from + length);
    }

    // Three digits and no fourth; 0 for anything else.
    private static int Code(ReadOnlySpan<byte> bytes)
    {
        var digits = bytes.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return (digits < 0 ? bytes.Length : digits) != 3 || bytes[0] == '0'
            ? 0
            : ((bytes[0] - '0') * 100) + ((bytes[1] - '0') * 10) + bytes[2] - '0';
    }

    private static bool HasControls(ReadOnlySpan<byte> bytes) => bytes.ContainsAny(Controls);
}
