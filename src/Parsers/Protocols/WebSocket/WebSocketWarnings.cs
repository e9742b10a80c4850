// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>What one side did that RFC 6455 forbids, and that the other may take differently.</summary>
[Flags]
public enum WebSocketWarnings
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A reserved bit is set that no negotiated extension uses (section 5.2).</summary>
    ReservedBits = 1,

    /// <summary>A frame with an opcode that is not defined (section 5.2).</summary>
    ReservedOpcode = 2,

    /// <summary>A client's frame without mask, or a server's with one (section 5.1).</summary>
    BadMask = 4,

    /// <summary>A control frame that is not the last of its message (section 5.5).</summary>
    FragmentedControl = 8,

    /// <summary>A control frame of more than 125 bytes (section 5.5).</summary>
    LongControl = 16,

    /// <summary>A length in more bytes than it needs (section 5.2).</summary>
    LongLength = 32,

    /// <summary>A continuation of nothing, or a new message inside another one (section 5.4).</summary>
    BadContinuation = 64,

    /// <summary>A text message, or the reason of a close, that is no UTF-8 (section 8.1).</summary>
    BadText = 128,

    /// <summary>A close frame with one byte, or with a code that no frame may have (section 7.4).</summary>
    BadClose = 256,

    /// <summary>A message behind the sender's own close frame (section 5.5.1).</summary>
    AfterClose = 512,

    /// <summary>A compressed message that does not inflate (RFC 7692, section 7.2.2).</summary>
    BadCompression = 1024,

    /// <summary>The server's Sec-WebSocket-Accept is not what the client's key asks for (section 4.2.2).</summary>
    BadAccept = 2048,
}
