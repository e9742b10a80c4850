// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>What one side of a WebSocket connection sent. Counts are null where frames may have been missed.</summary>
public sealed record WebSocketTotals
{
    /// <summary>Whole text and binary messages.</summary>
    public long? Messages { get; init; }

    /// <summary>Those that were seen, when <see cref="Messages"/> is not known.</summary>
    public long MessagesAtLeast { get; init; }

    /// <summary>Payload bytes of whole messages, as sent.</summary>
    public long? Bytes { get; init; }

    /// <summary>The same inflated; null when none was compressed, or not all could be inflated.</summary>
    public long? UncompressedBytes { get; init; }

    /// <summary>Ping frames.</summary>
    public long? Pings { get; init; }

    /// <summary>Pong frames.</summary>
    public long? Pongs { get; init; }
}
