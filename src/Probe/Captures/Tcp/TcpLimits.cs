// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Tcp;

/// <summary>What a capture may make the reassembly keep. Times are nanoseconds of capture time.</summary>
public sealed record TcpLimits
{
    /// <summary>The limits used when nothing else is said.</summary>
    public static TcpLimits Default { get; } = new();

    /// <summary>Connections remembered at once; the longest idle one goes when there are more.</summary>
    public int MaxConnections { get; init; } = 32_768;

    /// <summary>Bytes held per direction behind missing ones.</summary>
    public int MaxHeld { get; init; } = 4 * 1024 * 1024;

    /// <summary>Segments held per direction behind missing bytes.</summary>
    public int MaxHeldSegments { get; init; } = 4096;

    /// <summary>Bytes held of all connections together.</summary>
    public long MaxHeldOfAll { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// How long bytes that the receiver has acknowledged may come late: a capture can show the acknowledgment first,
    /// when it was taken by several processors.
    /// </summary>
    public long AcknowledgedWait { get; init; } = 20_000_000;

    /// <summary>How long missing bytes are waited for when no acknowledgment of that direction was ever seen.</summary>
    public long OneWayWait { get; init; } = 1_000_000_000;

    /// <summary>A connection without a packet for so long is over.</summary>
    public long Idle { get; init; } = 3_600_000_000_000;

    /// <summary>A closed connection is remembered for so long, so that its late packets open no other one.</summary>
    public long Linger { get; init; } = 60_000_000_000;
}
