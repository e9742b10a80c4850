// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Compression;

/// <summary>
/// The bytes of a sequence as the stream that a decompressor reads from. It ends where the sequence does, for the time
/// being: with new bytes it goes on.
/// </summary>
public sealed class FeedStream : ForwardStream
{
    private ReadOnlySequence<byte> _rest;

    /// <summary>What is not read yet.</summary>
    public ReadOnlySequence<byte> Rest
    {
        get => _rest;
        set => _rest = value;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, _rest.Length);
        _rest.Slice(0, count).CopyTo(buffer);
        _rest = _rest.Slice(count);
        return count;
    }
}
