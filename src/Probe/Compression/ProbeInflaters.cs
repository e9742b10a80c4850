// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;

namespace L7Trace.Probe.Compression;

/// <summary>Every inflater that the program has.</summary>
public static class ProbeInflaters
{
    /// <summary>zlib by the BCL, zstd by ZstdSharp.</summary>
    public static Inflaters All { get; } = new() { Zstd = static () => new ZstdInflater() };
}
