// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Text that was cut at a number of bytes.</summary>
internal static class Utf8Cut
{
    /// <summary>The text without the bytes of a last character that is not whole.</summary>
    public static ReadOnlySpan<byte> TrimPartialCharacter(ReadOnlySpan<byte> text)
    {
        for (var back = 1; back <= 3 && back <= text.Length; back++)
        {
            var b = text[^back];
            if ((b & 0xc0) != 0x80)
            {
                var size = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : b >= 0xc0 ? 2 : 1;
                return size > back ? text[..^back] : text;
            }
        }

        return text;
    }
}
