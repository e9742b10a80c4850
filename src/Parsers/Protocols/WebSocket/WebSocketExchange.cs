// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>
/// What happened on a WebSocket connection behind its handshake (RFC 6455), from its handshake to its end; or one message
/// on it. Neither is a request with a response, so there is no duration between the two.
/// </summary>
public sealed class WebSocketExchange : Exchange
{
    // Codes that say that all is well: normal, going away, none given (section 7.4.1), and those of applications.
    private const int FirstOfApplications = 3000;

    /// <inheritdoc/>
    public override Protocol Protocol => Protocol.WebSocket;

    /// <summary>The request that asked for WebSocket, with its answer; null when it was not seen.</summary>
    public HttpExchange? Handshake { get; init; }

    /// <summary>Its id, where the exchange itself is not at hand (read from a file).</summary>
    public string? HandshakeId { get; init; }

    /// <summary>What the handshake agreed on; null when it was not seen.</summary>
    public WebSocketOptions? Options { get; init; }

    /// <summary>The message; null for the record of the connection.</summary>
    public WebSocketMessage? Message { get; init; }

    /// <summary>What the client sent; null in the record of a message.</summary>
    public WebSocketTotals? Client { get; init; }

    /// <summary>What the server sent; null in the record of a message.</summary>
    public WebSocketTotals? Server { get; init; }

    /// <summary>Nanoseconds from the end of the handshake to the last frame; null when its beginning was not seen.</summary>
    public long? OpenTime { get; init; }

    /// <summary>A close frame was seen.</summary>
    public bool IsClosed { get; init; }

    /// <summary>The client sent the first one.</summary>
    public bool IsClosedByClient { get; init; }

    /// <summary>Status code of the first one; null without.</summary>
    public int? CloseCode { get; init; }

    /// <summary>Its reason; null without, and when it is no UTF-8.</summary>
    public string? CloseReason { get; init; }

    /// <summary>What was wrong on either side.</summary>
    public WebSocketWarnings Warnings { get; init; }

    /// <inheritdoc/>
    public override bool IsError => CloseCode is not (null or 1000 or 1001 or >= FirstOfApplications) && Message is null;
}
