// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Protocols.Http1;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>Reads the opening handshake of HTTP/1.1 (RFC 6455, section 4).</summary>
internal static class WebSocketHandshake
{
    private const int MaxKey = 128; // 24 in a handshake that is right

    /// <summary>
    /// What was agreed on, when the response (start line and headers) switches to WebSocket; null when it does not.
    /// </summary>
    public static WebSocketOptions? Read(int status, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        if (status != 101 || !Http1HeaderList.TryFind(response, "upgrade"u8, out var to) || !Ascii.EqualsIgnoreCase(to, "websocket"u8))
        {
            return null;
        }

        var options = WebSocketOptions.None;
        var lines = Http1HeaderList.BehindStartLine(response);
        while (Http1HeaderList.TryFindNext(ref lines, "sec-websocket-extensions"u8, out var extensions))
        {
            options = options.With(HttpNames.Text(extensions));
        }

        if (Http1HeaderList.TryFind(response, "sec-websocket-protocol"u8, out var subprotocol))
        {
            options = options with { Subprotocol = HttpNames.Text(subprotocol) };
        }

        return IsAccepted(request, response) ? options : options with { Warnings = WebSocketWarnings.BadAccept };
    }

    // Section 4.2.2.
    private static bool IsAccepted(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        if (!Http1HeaderList.TryFind(request, "sec-websocket-key"u8, out var key) || key.Length > MaxKey ||
            !Http1HeaderList.TryFind(response, "sec-websocket-accept"u8, out var accept))
        {
            return false;
        }

        Span<byte> hash = stackalloc byte[Sha1.Size];
        Sha1.Hash([.. key, .. "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8], hash);
        return Encoding.ASCII.GetString(accept) == Convert.ToBase64String(hash);
    }
}
