// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>How much was lost for one reason. A recording knows reasons by name alone: it keeps those that it is given.</summary>
/// <param name="Name">At most <see cref="MaxName"/> characters: a to z, digits, underscores.</param>
/// <param name="Count">How often, or how many bytes.</param>
public readonly record struct RecordedLoss(string Name, ulong Count)
{
    /// <summary>Longest name, characters.</summary>
    public const int MaxName = 32;

    private static readonly SearchValues<byte> s_characters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_"u8);

    /// <summary>True when these bytes are a name that a reason can have.</summary>
    internal static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= MaxName && name.IndexOfAnyExcept(s_characters) < 0;
}
