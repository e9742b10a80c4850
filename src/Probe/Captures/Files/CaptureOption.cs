// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Probe.Captures.Files;

/// <summary>One option of a pcapng block, as it stands in the file.</summary>
/// <param name="Code">Its code; what it means depends on the block, except for 1, a comment.</param>
/// <param name="Value">Its bytes, without padding; numbers are in the section's byte order.</param>
public sealed record CaptureOption(ushort Code, ReadOnlyMemory<byte> Value)
{
    /// <summary>Code of a comment in every block.</summary>
    public const ushort Comment = 1;

    /// <summary>The value as UTF-8 text; bytes that aren't UTF-8 show as U+FFFD, a NUL at the end is dropped.</summary>
    public string Text => Encoding.UTF8.GetString(Value.Span).TrimEnd('\0');
}
