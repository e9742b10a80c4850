// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>
/// The bytes of one captured call. Between <see cref="Head"/> and <see cref="Tail"/> lies a hole of
/// <see cref="ByteCount"/> - Head.Length - Tail.Length bytes (0 when all was captured).
/// </summary>
public readonly ref struct Segment
{
    /// <summary>The connection it belongs to.</summary>
    public required ConnectionId Connection { get; init; }

    /// <summary>Its direction.</summary>
    public required Direction Direction { get; init; }

    /// <summary>Where it was taken.</summary>
    public SegmentSource Source { get; init; }

    /// <summary>Facts about it.</summary>
    public SegmentFlags Flags { get; init; }

    /// <summary>Position of its first byte in the direction's stream, in bytes.</summary>
    public required ulong StreamOffset { get; init; }

    /// <summary>Bytes that the call moved.</summary>
    public required ulong ByteCount { get; init; }

    /// <summary>Captured bytes from the call's beginning.</summary>
    public ReadOnlySpan<byte> Head { get; init; }

    /// <summary>Captured bytes from the call's end; empty unless the head is short of the call.</summary>
    public ReadOnlySpan<byte> Tail { get; init; }

    /// <summary>When and by whom.</summary>
    public required SegmentTime Time { get; init; }

    /// <summary>The kernel's guess of the protocol so far.</summary>
    public Protocol ProtocolHint { get; init; }
}
