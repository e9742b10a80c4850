// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>First and last byte of one message: when they were moved, and where in the stream they lie.</summary>
public record struct MessageTiming
{
    /// <summary>Call that moved the first byte.</summary>
    public SegmentTime First { get; set; }

    /// <summary>Call that moved the last byte seen.</summary>
    public SegmentTime Last { get; set; }

    /// <summary>Stream offset of the first byte.</summary>
    public ulong StartOffset { get; set; }

    /// <summary>Stream offset behind the last byte seen.</summary>
    public ulong EndOffset { get; set; }

    /// <summary>True once the message has a first byte.</summary>
    public bool Seen { get; set; }

    /// <summary>Takes note of bytes from <paramref name="start"/> up to <paramref name="end"/>.</summary>
    public void Extend(ulong start, ulong end, in SegmentTime first, in SegmentTime last)
    {
        if (!Seen)
        {
            Seen = true;
            StartOffset = start;
            First = first;
        }

        EndOffset = end;
        Last = last;
    }
}
