// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Streams;

/// <summary>Takes what a <see cref="DirectionStream"/> puts in order.</summary>
internal interface IStreamConsumer
{
    /// <summary>Contiguous bytes stand in the window; what is consumed is advanced past.</summary>
    void OnBytes(Direction direction, StreamWindow window);

    /// <summary><paramref name="length"/> bytes are missing behind the window's; the rest of the window goes after it.</summary>
    void OnGap(Direction direction, StreamWindow window, ulong length);

    /// <summary>The direction has ended in order.</summary>
    void OnEndOfStream(Direction direction, SegmentTime time);
}
