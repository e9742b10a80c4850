// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures;

/// <summary>Sums of numbers that a file claims: at the largest one they stay.</summary>
internal static class Saturated
{
    /// <summary>The sum, or the largest number where it is larger.</summary>
    public static ulong Add(ulong one, ulong other) => other > ulong.MaxValue - one ? ulong.MaxValue : one + other;
}
