// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;

namespace L7Trace.Export.Follow;

/// <summary>Any bytes, sixteen on a line: offset, hexadecimal digits, and the characters of those that are printable ASCII.</summary>
internal sealed class HexBodyText : IBodyText
{
    private const int PerLine = 16;
    private const int Most = 4096;

    /// <inheritdoc/>
    public bool TryWrite(ShownBody body, BodyLines lines)
    {
        if (!body.ShowsSecrets)
        {
            return false;
        }

        var bytes = body.Bytes.Span;
        for (var at = 0; at < Math.Min(bytes.Length, Most); at += PerLine)
        {
            lines.Line(LineOf(at, bytes[at..Math.Min(bytes.Length, at + PerLine)]));
        }

        if (bytes.Length > Most)
        {
            lines.Note(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length - Most} more bytes"));
        }

        return true;
    }

    private static string LineOf(int at, ReadOnlySpan<byte> bytes)
    {
        var line = new StringBuilder(80).Append(CultureInfo.InvariantCulture, $"{at:x8} ");
        for (var i = 0; i < PerLine; i++)
        {
            line.Append(i == PerLine / 2 ? "  " : " ");
            if (i < bytes.Length)
            {
                line.Append(CultureInfo.InvariantCulture, $"{bytes[i]:x2}");
            }
            else
            {
                line.Append("  ");
            }
        }

        line.Append("  |");
        foreach (var b in bytes)
        {
            line.Append(b is >= 0x20 and < 0x7f ? (char)b : '.');
        }

        return line.Append('|').ToString();
    }
}
