// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Compression;

/// <summary>
/// Makes the inflaters that the protocols need. zlib is the BCL's; what is not in the BCL is put in by whoever composes
/// the engine.
/// </summary>
public sealed record Inflaters
{
    /// <summary>zlib alone: data in any other format is counted and not looked at.</summary>
    public static Inflaters Default { get; } = new();

    /// <summary>Makes one for zlib streams (RFC 1950).</summary>
    public Func<IInflater> Zlib { get; init; } = static () => new ZlibInflater();

    /// <summary>Makes one for zstd frames (RFC 8878); null where there is none.</summary>
    public Func<IInflater>? Zstd { get; init; }
}
