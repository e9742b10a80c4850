// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Tcp;

/// <summary>What the reassembly met.</summary>
public sealed class TcpCounters
{
    /// <summary>Segments with a payload.</summary>
    public long DataSegments { get; internal set; }

    /// <summary>Segments whose bytes had all come before: retransmissions, keep-alives, duplicates of the capture.</summary>
    public long Retransmitted { get; internal set; }

    /// <summary>Segments that came ahead of missing bytes.</summary>
    public long OutOfOrder { get; internal set; }

    /// <summary>Bytes that came again while waiting and were not the same; the first ones count.</summary>
    public long DifferentBytes { get; internal set; }

    /// <summary>Segments too far from their stream to belong to it.</summary>
    public long OutOfWindow { get; internal set; }

    /// <summary>Segments of connections that had ended.</summary>
    public long AfterEnd { get; internal set; }

    /// <summary>Resets that no receiver would take.</summary>
    public long RefusedResets { get; internal set; }

    /// <summary>Connections given up because there were too many.</summary>
    public long Evicted { get; internal set; }

    /// <summary>Connections that ended by their silence.</summary>
    public long IdledOut { get; internal set; }
}
