// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Protocols.WebSocket;

namespace L7Trace.Export;

/// <summary>The beginning of a WebSocket message as text, or as hexadecimal digits; not yet safe for a terminal.</summary>
internal static class MessageText
{
    /// <summary>What is text; null for all else, and when nothing is kept of it.</summary>
    public static string? TextOf(WebSocketMessage? message) => message is { IsText: true, Prefix.IsEmpty: false }
        ? Encoding.UTF8.GetString(WholeCharacters(message.Prefix.Span))
        : null;

    /// <summary>What is no text.</summary>
    public static string? HexOf(WebSocketMessage? message) => message is { IsText: false, Prefix.IsEmpty: false }
        ? Convert.ToHexStringLower(message.Prefix.Span)
        : null;

    // The prefix may end inside a character.
    private static ReadOnlySpan<byte> WholeCharacters(ReadOnlySpan<byte> text)
    {
        for (var cut = 0; cut < 4 && cut < text.Length; cut++)
        {
            if (System.Text.Unicode.Utf8.IsValid(text[..^cut]))
            {
                return text[..^cut];
            }
        }

        return text;
    }
}
