// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Streams;

/// <summary>A copy of a segment that arrived ahead of missing bytes.</summary>
internal readonly struct HeldSegment
{
    private readonly byte[] _bytes;
    private readonly int _head;
    private readonly int _tail;

    public HeldSegment(in Segment segment)
    {
        _head = segment.Head.Length;
        _tail = segment.Tail.Length;
        _bytes = _head + _tail == 0 ? [] : ArrayPool<byte>.Shared.Rent(_head + _tail);
        segment.Head.CopyTo(_bytes);
        segment.Tail.CopyTo(_bytes.AsSpan(_head));
        Offset = segment.StreamOffset;
        ByteCount = segment.ByteCount;
        Flags = segment.Flags;
        Time = segment.Time;
    }

    public ulong Offset { get; }

    public ulong ByteCount { get; }

    public SegmentFlags Flags { get; }

    public SegmentTime Time { get; }

    public int Captured => _head + _tail;

    public ReadOnlySpan<byte> Head => _bytes.AsSpan(0, _head);

    public ReadOnlySpan<byte> Tail => _bytes.AsSpan(_head, _tail);

    public void Return()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
