// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>A column or parameter definition, told by its beginning; nothing of it is kept.</summary>
internal static class Definition
{
    /// <summary>Bytes of it that are wanted.</summary>
    public const int Keep = 4;

    // string<lenenc> "def": the catalog, with which every one begins.
    private static ReadOnlySpan<byte> Start => [0x03, (byte)'d', (byte)'e', (byte)'f'];

    /// <summary>False when it can't be one. A prefix that was cut (<paramref name="missing"/> bytes) is taken as far as it goes.</summary>
    public static bool Is(ReadOnlySpan<byte> prefix, long missing) =>
        prefix.Length >= Start.Length ? prefix.StartsWith(Start) : missing > 0 && Start.StartsWith(prefix);
}
