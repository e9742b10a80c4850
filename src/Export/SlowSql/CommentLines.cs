// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.SlowSql;

/// <summary>Lines that SQL takes for comments: "# " in front, no wider than asked for, nothing in them that a terminal acts on.</summary>
internal sealed class CommentLines(TextWriter output, int width)
{
    private const int Narrowest = 40;

    /// <summary>Columns of a line, the "# " included.</summary>
    public int Width { get; } = Math.Max(Narrowest, width);

    /// <summary>An empty comment.</summary>
    public void Blank() => output.Write("#\n");

    /// <summary>One line, cut where it is too wide.</summary>
    public void Line(string text) => output.Write("# " + TerminalText.Fit(text, Width - 2).TrimEnd() + "\n");

    /// <summary>A text on as many lines as it takes, broken at blanks where there are some.</summary>
    /// <param name="first">What stands in front of the first line; the others are indented as far.</param>
    /// <param name="text">The text.</param>
    /// <param name="maxLines">Lines at most; what is cut shows as "…".</param>
    public void Wrapped(string first, string text, int maxLines = 40)
    {
        var room = Math.Max(20, Width - 2 - TerminalText.WidthOf(first));
        var rest = TerminalText.Sanitize(text.Length > maxLines * (room + 1) ? text[..(maxLines * (room + 1))] : text);
        var cut = rest.Length < text.Length;
        var indent = first;
        for (var line = 0; ; line++)
        {
            var taken = Take(rest, room);
            var isLast = taken == rest.Length || line == maxLines - 1;
            var shown = rest[..taken].TrimEnd();
            output.Write("# " + indent + shown + (isLast && (taken < rest.Length || cut) ? "…" : "") + "\n");
            if (isLast)
            {
                return;
            }

            rest = rest[taken..].TrimStart();
            indent = new string(' ', TerminalText.WidthOf(first));
        }
    }

    /// <summary>Characters that fit into a number of columns, up to the last blank if there is one in the second half.</summary>
    private static int Take(string text, int columns)
    {
        var (used, width, blank) = (0, 0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            width += TerminalText.WidthOf(rune.ToString());
            if (width > columns)
            {
                return blank > columns / 2 ? blank : Math.Max(1, used);
            }

            used += rune.Utf16SequenceLength;
            blank = rune == new Rune(' ') ? used : blank;
        }

        return used;
    }
}
