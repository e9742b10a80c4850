// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Probe.Captures.Files;

/// <summary>One packet of a capture. Its bytes live in the reader's buffer, until the reader reads on.</summary>
public readonly ref struct CapturePacket
{
    /// <summary>Capture time, nanoseconds since the Unix epoch; that of the packet before where there is none.</summary>
    public required long Time { get; init; }

    /// <summary>The captured bytes, from the link layer on.</summary>
    public required ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Bytes that the packet had on the wire; never less than were captured.</summary>
    public required uint OriginalLength { get; init; }

    /// <summary>Where it was captured.</summary>
    public required CaptureInterface Interface { get; init; }

    /// <summary>Its record's or block's place in the capture, in bytes (uncompressed).</summary>
    public required long Offset { get; init; }

    /// <summary>The packet's options as they stand in the file; empty for most.</summary>
    public ReadOnlySpan<byte> Options { get; init; }

    /// <summary>The comments on this packet, in their order. Makes new strings with every call.</summary>
    public IReadOnlyList<string> ReadComments()
    {
        if (Options.IsEmpty)
        {
            return [];
        }

        var comments = new List<string>();
        var rest = Options;
        while (CaptureOptions.TryTake(ref rest, Interface.Section.IsBigEndian, out var code, out var value))
        {
            if (code == CaptureOption.Comment)
            {
                comments.Add(Encoding.UTF8.GetString(value).TrimEnd('\0'));
            }
        }

        return comments;
    }
}
