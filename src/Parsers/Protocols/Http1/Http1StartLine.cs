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

    // RFC 9110 section 5.6.2, "tchar".
    private static readonly SearchValues<byte> TokenBytes = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private static ReadOnlySpan<byte> VersionPrefix => "HTTP/1."u8;

    /// <summary>True when all bytes may stand in a token.</summary>
    public static bool IsToken(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && !bytes.ContainsAnyExcept(TokenBytes);

    /// <summary>Splits a request line; false when it is none of HTTP/1.x.</summary>
    public static bool TryParseRequest(ReadOnlySpan<byte> line, out Range method, out Range target, out int minorVersion)
    {
        method = target = default;
        minorVersion = 0;
        var space = line.IndexOf((byte)' ');
        if (space is <= 0 or > MaxMethod || !IsToken(line[..space]))
        {
            return false;
        }

        // Some clients leave blanks at the end; the version is the last word.
        var end = line.TrimEnd(" \t"u8).Length;
        var last = line[..end].LastIndexOf((byte)' ');
        if (last <= space || !TryParseVersion(line[(last + 1)..end], out minorVersion))
        {
            return false;
        }

        var from = space;
        var to = last;
        while (from < to && line[from] == ' ')
        {
            from++;
        }

        while (to > from && line[to - 1] == ' ')
        {
            to--;
        }

        if (from == to || HasControls(line[from..to]) || line[..space].SequenceEqual("PRI"u8))
        {
            return false;
        }

        method = ..space;
        target = from..to;
        return true;
    }

    /// <summary>Reads a status line; false when it is none of HTTP/1.x.</summary>
    public static bool TryParseStatus(ReadOnlySpan<byte> line, out int status, out int minorVersion)
    {
        status = 0;
        minorVersion = 0;
        if (line.Length < 12 || !TryParseVersion(line[..8], out minorVersion) || line[8] != ' ')
        {
            return false;
        }

        foreach (var digit in line.Slice(9, 3))
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            status = (status * 10) + digit - '0';
        }

        return status >= 100 && (line.Length == 12 || line[12] == ' ') && !HasControls(line[12..]);
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

    /// <summary>True while these first bytes of a line may still become a status line.</summary>
    public static bool MayBeStatus(ReadOnlySpan<byte> start)
    {
        var fixedPart = Math.Min(start.Length, VersionPrefix.Length);
        return start[..fixedPart].SequenceEqual(VersionPrefix[..fixedPart]) &&
               (start.Length < 8 || char.IsAsciiDigit((char)start[7])) &&
               (start.Length < 9 || start[8] == ' ') &&
               (start.Length < 10 || char.IsAsciiDigit((char)start[9]));
    }

    private static bool TryParseVersion(ReadOnlySpan<byte> word, out int minorVersion)
    {
        minorVersion = word.Length == 8 ? word[7] - '0' : -1;
        return word.Length == 8 && word.StartsWith(VersionPrefix) && minorVersion is >= 0 and <= 9;
    }

    private static bool HasControls(ReadOnlySpan<byte> bytes) =>
        bytes.ContainsAnyInRange((byte)0, (byte)0x08) || bytes.ContainsAnyInRange((byte)0x0a, (byte)0x1f) ||
        bytes.Contains((byte)0x7f);
}
