// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>One message, or one control frame.</summary>
public sealed record WebSocketMessage
{
    /// <summary>Text, Binary, Close, Ping or Pong.</summary>
    public WebSocketOpcode Opcode { get; init; }

    /// <summary>The client sent it.</summary>
    public bool IsFromClient { get; init; }

    /// <summary>Which of its side's messages it is, from 1; null for control frames, and where messages may have been missed.</summary>
    public long? Number { get; init; }

    /// <summary>Frames that it came in.</summary>
    public int Frames { get; init; }

    /// <summary>Bytes of payload, as sent; null when its end was not seen.</summary>
    public long? Bytes { get; init; }

    /// <summary>It was compressed.</summary>
    public bool IsCompressed { get; init; }

    /// <summary>Bytes inflated; null when it was not compressed, or not inflated to its end.</summary>
    public long? UncompressedBytes { get; init; }

    /// <summary>The first bytes, inflated, capped; empty when nothing is kept or it could not be inflated.</summary>
    public ReadOnlyMemory<byte> Prefix { get; init; }

    /// <summary>The prefix is text: as its sender says and, as far as it was seen, UTF-8.</summary>
    public bool IsText { get; init; }

    /// <summary>Status code of a close frame; null without one, and for all else.</summary>
    public int? CloseCode { get; init; }
}
