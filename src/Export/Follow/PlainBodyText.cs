// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.Follow;

/// <summary>Text: UTF-8, or what the charset says of those that the BCL has. With values withheld it is not shown.</summary>
internal sealed class PlainBodyText : IBodyText
{
    /// <inheritdoc/>
    public bool TryWrite(ShownBody body, BodyLines lines)
    {
        if (!body.ShowsSecrets || TextOf(body) is not { } text)
        {
            return false;
        }

        lines.Lines(text);
        return true;
    }

    private static string? TextOf(ShownBody body)
    {
        var bytes = body.Bytes.Span;
        switch (body.Charset)
        {
            case "iso-8859-1" or "latin1" or "windows-1252":
                return Encoding.Latin1.GetString(bytes);
            case "utf-16le" or "utf-16":
                return Encoding.Unicode.GetString(bytes);
            case "utf-16be":
                return Encoding.BigEndianUnicode.GetString(bytes);
        }

        bytes = bytes.StartsWith("\ufeff"u8) ? bytes[3..] : bytes;
        if (!body.Body.IsWhole)
        {
            bytes = bytes[..WholeCharacters(bytes)];
        }

        // Control characters that text has none of say that it is something else.
        return System.Text.Unicode.Utf8.IsValid(bytes) && !bytes.ContainsAny(s_binary) ? Encoding.UTF8.GetString(bytes) : null;
    }

    private static readonly System.Buffers.SearchValues<byte> s_binary = System.Buffers.SearchValues.Create(
        [0, 1, 2, 3, 4, 5, 6, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29, 30, 31]);

    // The end of what is cut may lie inside a character.
    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            if (bytes[^back] is >= 0xc0 and var first)
            {
                var length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
                return back < length ? bytes.Length - back : bytes.Length;
            }
        }

        return bytes.Length;
    }
}
