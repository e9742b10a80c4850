// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>Way of bytes as seen from the traced process. Values equal <c>enum l7_direction</c>.</summary>
public enum Direction : byte
{
    /// <summary>Sent by the traced process.</summary>
    Egress = 0,

    /// <summary>Received by the traced process.</summary>
    Ingress = 1,
}

/// <summary>Helpers on <see cref="Direction"/>.</summary>
public static class DirectionExtensions
{
    /// <summary>The other way.</summary>
    public static Direction Opposite(this Direction direction) =>
        direction == Direction.Egress ? Direction.Ingress : Direction.Egress;
}
