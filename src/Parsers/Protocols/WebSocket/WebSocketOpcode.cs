// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>What a frame is (RFC 6455, section 11.8). Other values are reserved.</summary>
public enum WebSocketOpcode : byte
{
    /// <summary>More of the message that is under way.</summary>
    Continuation = 0,

    /// <summary>A text message, or its beginning.</summary>
    Text = 1,

    /// <summary>A binary message, or its beginning.</summary>
    Binary = 2,

    /// <summary>The sender closes the connection.</summary>
    Close = 8,

    /// <summary>A ping.</summary>
    Ping = 9,

    /// <summary>The answer to a ping, or an unsolicited one.</summary>
    Pong = 10,
}
