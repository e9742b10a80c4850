// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Streams;

/// <summary>What the streams of one engine put right or lost.</summary>
public sealed class StreamCounters
{
    /// <summary>Calls that were captured in part: longer than the capture limit, or with their length alone (sendfile).</summary>
    public ulong Cuts { get; internal set; }

    /// <summary>Bytes of those calls that were not captured.</summary>
    public ulong CutBytes { get; internal set; }

    /// <summary>Holes between calls: whole calls of which nothing came.</summary>
    public ulong Gaps { get; internal set; }

    /// <summary>Bytes in those holes.</summary>
    public ulong GapBytes { get; internal set; }

    /// <summary>Bytes of segments whose offset was not proven; each is a hole.</summary>
    public ulong UnprovenBytes { get; internal set; }

    /// <summary>Segments that arrived ahead of earlier ones.</summary>
    public ulong Reordered { get; internal set; }

    /// <summary>Segments whose bytes had all been seen.</summary>
    public ulong Duplicates { get; internal set; }

    /// <summary>Segments that contradict themselves.</summary>
    public ulong Malformed { get; internal set; }

    /// <summary>Segments of connections that were closed already.</summary>
    public ulong Late { get; internal set; }

    /// <summary>Times that framing was lost and had to be found again.</summary>
    public ulong Resyncs { get; internal set; }

    /// <summary>Connections dropped because the table was full.</summary>
    public ulong Evicted { get; internal set; }

    /// <summary>Connections of a protocol that is recognised and not parsed: MySQL's X Protocol.</summary>
    public ulong Unparsed { get; internal set; }

    /// <summary>Failures inside a parser (a bug): the connection was given up, tracing went on.</summary>
    public ulong Faults { get; internal set; }
}
