// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>What client and server agreed on in the handshake (RFC 6455, section 9; RFC 7692, section 7.1).</summary>
public sealed record WebSocketOptions
{
    private const int MaxBits = 15;

    /// <summary>Nothing: no extension.</summary>
    public static WebSocketOptions None { get; } = new();

    /// <summary>Messages may be compressed: permessage-deflate.</summary>
    public bool HasDeflate { get; init; }

    /// <summary>Another extension may give the reserved bits a meaning that is not known here.</summary>
    public bool HasOthers { get; init; }

    /// <summary>The client compresses each message by itself (client_no_context_takeover).</summary>
    public bool ClientForgets { get; init; }

    /// <summary>The server compresses each message by itself (server_no_context_takeover).</summary>
    public bool ServerForgets { get; init; }

    /// <summary>Size of the client's window, as a power of two (client_max_window_bits).</summary>
    public int ClientWindowBits { get; init; } = MaxBits;

    /// <summary>Size of the server's window, as a power of two (server_max_window_bits).</summary>
    public int ServerWindowBits { get; init; } = MaxBits;

    /// <summary>Sec-WebSocket-Protocol of the response; null without.</summary>
    public string? Subprotocol { get; init; }

    /// <summary>What is wrong with the handshake.</summary>
    public WebSocketWarnings Warnings { get; init; }

    /// <summary>The same with the extensions of one Sec-WebSocket-Extensions header of the response.</summary>
    public WebSocketOptions With(string extensions)
    {
        ArgumentNullException.ThrowIfNull(extensions);
        var options = this;
        foreach (var extension in extensions.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = extension.Split(';', StringSplitOptions.TrimEntries);
            options = !parts[0].Equals("permessage-deflate", StringComparison.OrdinalIgnoreCase) || options.HasDeflate
                ? options with { HasOthers = true }
                : options.WithDeflate(parts.AsSpan(1));
        }

        return options;
    }

    private WebSocketOptions WithDeflate(ReadOnlySpan<string> parameters)
    {
        var options = this with { HasDeflate = true };
        foreach (var parameter in parameters)
        {
            var equals = parameter.IndexOf('=', StringComparison.Ordinal);
            var name = (equals < 0 ? parameter : parameter[..equals]).Trim();
            var value = equals < 0 ? "" : parameter[(equals + 1)..].Trim().Trim('"');
            options = name.ToLowerInvariant() switch
            {
                "client_no_context_takeover" => options with { ClientForgets = true },
                "server_no_context_takeover" => options with { ServerForgets = true },
                "client_max_window_bits" => options with { ClientWindowBits = Bits(value) },
                "server_max_window_bits" => options with { ServerWindowBits = Bits(value) },
                _ => options,
            };
        }

        return options;
    }

    private static int Bits(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bits) && bits is >= 8 and <= MaxBits
            ? bits
            : MaxBits;
}
