// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>A copy of a segment, kept until it is known whether its connection is one to record.</summary>
internal sealed class HeldCall
{
    private readonly byte[] _bytes;
    private readonly int _head;
    private readonly Direction _direction;
    private readonly SegmentSource _source;
    private readonly SegmentFlags _flags;
    private readonly ulong _offset;
    private readonly ulong _count;
    private readonly SegmentTime _time;

    /// <summary>Copies one; <paramref name="withBytes"/> false: only what is known about it.</summary>
    public HeldCall(in Segment segment, bool withBytes)
    {
        _bytes = withBytes ? [.. segment.Head, .. segment.Tail] : [];
        _head = withBytes ? segment.Head.Length : 0;
        _direction = segment.Direction;
        _source = segment.Source;
        _flags = segment.Flags;
        _offset = segment.StreamOffset;
        _count = segment.ByteCount;
        _time = segment.Time;
    }

    /// <summary>Process that made the call, 0 if unknown.</summary>
    public uint ProcessId => _time.ProcessId;

    /// <summary>Bytes that it keeps.</summary>
    public int Size => _bytes.Length;

    /// <summary>The segment.</summary>
    public Segment ToSegment(ConnectionId connection) => new()
    {
        Connection = connection,
        Direction = _direction,
        Source = _source,
        Flags = _flags,
        StreamOffset = _offset,
        ByteCount = _count,
        Head = _bytes.AsSpan(0, _head),
        Tail = _bytes.AsSpan(_head),
        Time = _time,
    };
}
