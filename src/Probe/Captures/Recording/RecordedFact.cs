// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>One decoded line of a recording's comment. Which members count depends on <see cref="Kind"/>.</summary>
internal struct RecordedFact
{
    /// <summary>What it is.</summary>
    public RecordedFactKind Kind;

    /// <summary>Of which connection.</summary>
    public ConnectionId Id;

    /// <summary>A call's direction.</summary>
    public Direction Direction;

    /// <summary>A call's stream offset, or that of a part's first byte.</summary>
    public ulong Offset;

    /// <summary>Bytes that a call moved.</summary>
    public ulong Bytes;

    /// <summary>Captured bytes from a call's beginning.</summary>
    public uint Head;

    /// <summary>Captured bytes from a call's end.</summary>
    public uint Tail;

    /// <summary>Nanoseconds from a call's entry to its exit.</summary>
    public long Took;

    /// <summary>Process that made a call, 0 if unknown.</summary>
    public uint ProcessId;

    /// <summary>Thread that made a call, 0 if unknown.</summary>
    public uint ThreadId;

    /// <summary>A call's flags.</summary>
    public SegmentFlags Flags;

    /// <summary>Where a call's bytes were taken.</summary>
    public SegmentSource Source;

    /// <summary>Nanoseconds since the Unix epoch: of an end, a close, a loss, a step of time.</summary>
    public long Time;

    /// <summary>A connection's end was an RST.</summary>
    public bool IsReset;

    /// <summary>What was lost, by name.</summary>
    public IReadOnlyList<RecordedLoss>? Losses;

    /// <summary>The how manieth TLS object of its connection.</summary>
    public uint Number;

    /// <summary>True when a TLS object's plaintext is seen from its first byte on.</summary>
    public bool FromStart;

    /// <summary>How it is proven that a TLS object belongs to its connection.</summary>
    public PeerProof Proof;

    /// <summary>A connection's facts; of a peer only the addresses and the proof.</summary>
    public ConnectionInfo? Connection;
}
