// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>Facts about a segment. Values equal <c>enum l7_data_flags</c>.</summary>
[Flags]
public enum SegmentFlags : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>The offset could not be proven; such bytes form no complete exchange.</summary>
    OffsetUnproven = 1,

    /// <summary>This direction has ended; the segment has no bytes.</summary>
    EndOfStream = 2,

    /// <summary>The bytes were not captured by nature (sendfile, splice, a muted connection).</summary>
    LengthOnly = 4,

    /// <summary>Memory of the process could not be read.</summary>
    Fault = 8,

    /// <summary>
    /// Plaintext that was read while another thread's write of the same TLS object had not returned. Live tracing puts it in
    /// order and takes the flag away.
    /// </summary>
    WritePending = 16,

    /// <summary>
    /// What is missing in front of this segment will not come (the source has put its segments in order and knows): it
    /// is not waited for. No flag of the kernel side.
    /// </summary>
    GapIsFinal = 128,
}
