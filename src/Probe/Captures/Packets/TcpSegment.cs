// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Packets;

/// <summary>A TCP segment out of a packet (RFC 9293, section 3.1).</summary>
public readonly ref struct TcpSegment
{
    /// <summary>Who sent it.</summary>
    public required IpEnd From { get; init; }

    /// <summary>To whom.</summary>
    public required IpEnd To { get; init; }

    /// <summary>Sequence number.</summary>
    public required uint Sequence { get; init; }

    /// <summary>Acknowledgment number; counts with <see cref="TcpFlag.Ack"/>.</summary>
    public required uint Acknowledgment { get; init; }

    /// <summary>Flags.</summary>
    public required TcpFlag Flags { get; init; }

    /// <summary>Bytes of payload that were sent.</summary>
    public required uint Length { get; init; }

    /// <summary>Those that were captured, from the first on; never more than <see cref="Length"/>.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Capture time, nanoseconds since the Unix epoch.</summary>
    public required long Time { get; init; }

    /// <summary>True with that flag.</summary>
    public bool Has(TcpFlag flag) => (Flags & flag) != 0;
}
