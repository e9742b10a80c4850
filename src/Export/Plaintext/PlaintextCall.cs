// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Plaintext;

/// <summary>The plaintext that one call of a TLS library moved, as it came out of the capture.</summary>
public sealed class PlaintextCall
{
    /// <summary>The stream that it is a part of.</summary>
    public required PlaintextStream Stream { get; init; }

    /// <summary>Whether the process sent or received it.</summary>
    public Direction Direction => Stream.Direction;

    /// <summary>When: a send's entry, a receive's exit; nanoseconds since the Unix epoch.</summary>
    public long Time { get; init; }

    /// <summary>The process that made the call; 0 if not known.</summary>
    public uint ProcessId { get; init; }

    /// <summary>The library.</summary>
    public SegmentSource Source { get; init; }

    /// <summary>What the connection speaks, as far as it was known then.</summary>
    public Protocol Protocol { get; init; }

    /// <summary>Place of its first byte in the stream of plaintext.</summary>
    public ulong Offset { get; init; }

    /// <summary>Bytes that the call moved.</summary>
    public ulong ByteCount { get; init; }

    /// <summary>Bytes captured from its beginning.</summary>
    public ReadOnlyMemory<byte> Head { get; init; }

    /// <summary>Bytes captured from its end; empty unless the head is short of the call.</summary>
    public ReadOnlyMemory<byte> Tail { get; init; }
}
