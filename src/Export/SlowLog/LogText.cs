// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.SlowLog;

/// <summary>
/// Captured text for a log that is read line by line: nothing in it may pass for a line of the log, end an entry, or act
/// on a terminal that shows the file.
/// </summary>
internal static class LogText
{
    /// <summary>A name of letters, digits and what else such names have in practice; the rest becomes "_".</summary>
    public static string Name(string name)
    {
        var result = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            result.Append(char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or '$' or ':' or '%' ? c : '_');
        }

        return result.ToString();
    }

    /// <summary>One line, without what a terminal acts on.</summary>
    public static string Line(string text) => TerminalText.Sanitize(text);

    /// <summary>
    /// A statement, without the blanks and semicolons at its end (the log adds one). Its lines stay lines. A "#" that
    /// begins one gets a blank in front, as do "use" and "SET", which readers take for the log's own; a control character
    /// becomes a blank.
    /// </summary>
    public static string Statement(string text)
    {
        var end = text.Length;
        while (end > 0 && (char.IsWhiteSpace(text[end - 1]) || text[end - 1] is ';' or '\0'))
        {
            end--;
        }

        var result = new StringBuilder(end + 8);
        var atLineStart = true;
        var at = 0;
        foreach (var rune in text.AsSpan(0, end).EnumerateRunes())
        {
            var rest = text.AsSpan(at, end - at);
            at += rune.Utf16SequenceLength;
            if (rune.Value is '\n' or '\t')
            {
                result.Append((char)rune.Value);
            }
            else if (TerminalText.IsDangerous(rune))
            {
                result.Append(' ');
            }
            else
            {
                if (atLineStart && (rune.Value == '#' || IsTheLogsOwn(rest)))
                {
                    result.Append(' ');
                }

                result.Append(rune);
            }

            atLineStart = rune.Value == '\n';
        }

        return result.ToString();
    }

    private static bool IsTheLogsOwn(ReadOnlySpan<char> line) =>
        line.StartsWith("use ", StringComparison.OrdinalIgnoreCase) || line.StartsWith("set ", StringComparison.OrdinalIgnoreCase);
}
