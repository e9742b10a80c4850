// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace L7Trace.Export;

/// <summary>
/// Makes captured text safe to print: one line, and nothing in it that a terminal acts on or that hides or reorders what
/// is read. Such characters become visible escapes (\n, \x1b, \u202e); all other text stays as it is.
/// </summary>
public static class TerminalText
{
    private const string Ellipsis = "…";

    /// <summary>The text, safe for a terminal.</summary>
    public static string Sanitize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IsSafe(text) ? text : Append(new StringBuilder(text.Length + 16), text).ToString();
    }

    /// <summary>The text, safe for a terminal and no wider than a number of columns; what is cut shows as "…".</summary>
    public static string Fit(string text, int columns)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (columns <= 0)
        {
            return "";
        }

        // Escapes only make text longer: more than this can't be shown, so a giant text is not looked at to its end.
        var enough = Math.Min(text.Length, (int)Math.Min(int.MaxValue, (columns + 1L) * 8));
        var safe = Sanitize(enough == text.Length ? text : text[..enough]);
        var (width, cut, index) = (0, 0, 0);
        foreach (var rune in safe.EnumerateRunes())
        {
            width += WidthOf(rune);
            if (width > columns)
            {
                return string.Concat(safe.AsSpan(0, cut), Ellipsis);
            }

            index += rune.Utf16SequenceLength;
            if (width <= columns - 1)
            {
                cut = index;
            }
        }

        return enough == text.Length ? safe : string.Concat(safe.AsSpan(0, cut), Ellipsis);
    }

    /// <summary>Columns that a text takes on a terminal: 2 for wide East Asian characters and emoji, 0 for marks.</summary>
    public static int WidthOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += WidthOf(rune);
        }

        return width;
    }

    /// <summary>True when a terminal may be given the text as it is.</summary>
    public static bool IsSafe(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c is < ' ' or >= '\x7f')
            {
                return IsSafeBeyondAscii(text);
            }
        }

        return true;
    }

    internal static bool IsDangerous(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
            or UnicodeCategory.Format // bidi controls and isolates, zero-width characters, tags
            or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned
        || IsInvisible(rune.Value);

    // Not in the categories above, and yet nothing is seen of them: fillers, joiners, variation selectors.
    private static bool IsInvisible(int value) =>
        value is 0x034f or 0x115f or 0x1160 or 0x17b4 or 0x17b5 or 0x3164 or 0xffa0 or (>= 0x180b and <= 0x180f)
            or (>= 0xfe00 and <= 0xfe0f) or (>= 0xe0100 and <= 0xe01ef);

    private static bool IsSafeBeyondAscii(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var used) != System.Buffers.OperationStatus.Done
                || IsDangerous(rune))
            {
                return false;
            }

            text = text[used..];
        }

        return true;
    }

    private static StringBuilder Append(StringBuilder result, ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out var rune, out var used) != System.Buffers.OperationStatus.Done)
            {
                Escape(result, text[0]); // half of a surrogate pair
                used = 1;
            }
            else if (IsDangerous(rune))
            {
                Escape(result, rune.Value);
            }
            else
            {
                result.Append(text[..used]);
            }

            text = text[used..];
        }

        return result;
    }

    private static void Escape(StringBuilder result, int value) => _ = value switch
    {
        '\n' => result.Append("\\n"),
        '\r' => result.Append("\\r"),
        '\t' => result.Append("\\t"),
        <= 0xff => result.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
        <= 0xffff => result.Append(CultureInfo.InvariantCulture, $"\\u{value:x4}"),
        _ => result.Append(CultureInfo.InvariantCulture, $"\\u{{{value:x}}}"),
    };

    private static int WidthOf(Rune rune) => rune.Value switch
    {
        < 0x300 => 1,
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
        (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0x303e) or (>= 0x3041 and <= 0xa4cf) or (>= 0xa960 and <= 0xa97f)
            or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff) or (>= 0xfe30 and <= 0xfe6f)
            or (>= 0xff00 and <= 0xff60) or (>= 0xffe0 and <= 0xffe6) or (>= 0x1f300 and <= 0x1f64f)
            or (>= 0x1f680 and <= 0x1f6ff) or (>= 0x1f900 and <= 0x1f9ff) or (>= 0x20000 and <= 0x3fffd) => 2,
        _ => 1,
    };
}
