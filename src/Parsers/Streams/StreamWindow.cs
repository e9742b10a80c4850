// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Streams;

/// <summary>
/// The unread, contiguous bytes of one direction, with the stream offset and the time of each. One instance per
/// direction, reused for every call; valid only during the call it is given to.
/// </summary>
public sealed class StreamWindow
{
    private static readonly CallMark s_none;

    private readonly List<CallMark> _marks = new(1); // of most calls all is read before the next one comes
    private int _firstMark;
    private byte[]? _array;
    private int _start;

    /// <summary>The unread bytes. Changes with <see cref="Advance"/>.</summary>
    public ReadOnlySpan<byte> Span => new(_array, _start, Length);

    /// <summary>The same as a sequence, for code that may also be given bytes in several pieces.</summary>
    public ReadOnlySequence<byte> Buffer => IsEmpty ? default : new ReadOnlySequence<byte>(_array!, _start, Length);

    /// <summary>Unread bytes.</summary>
    public int Length { get; private set; }

    /// <summary>True when all was read.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Stream offset of the first unread byte.</summary>
    public ulong Offset { get; private set; }

    /// <summary>True when waiting for the request is over: an unmatched response must be consumed now.</summary>
    public bool MustNotWait { get; internal set; }

    /// <summary>Stream offset at which the call began that moved the first unread byte.</summary>
    public ulong CallStart => CallStartAt(Offset);

    /// <summary>Stream offset behind the last byte of the call that moved the first unread byte (captured or not).</summary>
    public ulong CallEnd => CallEndAt(Offset);

    /// <summary>
    /// Set where the bytes are not those of the stream but were inflated from it: a unit of the stream then stands for
    /// a call, and offsets that leave the window are the stream's own.
    /// </summary>
    internal InflatedMap? Inflated { get; init; }

    /// <summary>Drops <paramref name="count"/> bytes from the front: they are consumed.</summary>
    public void Advance(long count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)count, (ulong)Length);
        _start += (int)count;
        Length -= (int)count;
        Offset += (ulong)count;
        while (_firstMark + 1 < _marks.Count && _marks[_firstMark].End <= Offset)
        {
            _firstMark++;
        }
    }

    /// <summary>When and by whom the byte at <paramref name="offset"/> was moved.</summary>
    public SegmentTime TimeAt(ulong offset) => Inflated?.TimeAt(offset) ?? MarkAt(offset).Time;

    /// <summary>Stream offset at which the call began that moved the byte at <paramref name="offset"/>.</summary>
    public ulong CallStartAt(ulong offset) => Inflated?.At(offset).UnitStart ?? MarkAt(offset).Start;

    /// <summary>Takes note in <paramref name="timing"/> of the message bytes [start, end); end is exclusive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Extend(ref MessageTiming timing, ulong start, ulong end)
    {
        if (Inflated is { } map)
        {
            map.Extend(ref timing, start, end);
            return;
        }

        ref readonly var first = ref MarkAt(start);
        ref readonly var last = ref end <= first.End ? ref first : ref MarkAt(end > start ? end - 1 : start);
        timing.Extend(start, end, in first.Time, in last.Time);
    }

    /// <summary>Takes note in <paramref name="timing"/> of the first <paramref name="count"/> bytes and drops them.</summary>
    public void Consume(ref MessageTiming timing, long count)
    {
        if (count > 0)
        {
            // Before Advance, which forgets the calls that it leaves behind.
            Extend(ref timing, Offset, Offset + (ulong)count);
            Advance(count);
        }
    }

    /// <summary>Where the call ended that moved the byte at <paramref name="offset"/>.</summary>
    public ulong CallEndAt(ulong offset) => Inflated?.At(offset).UnitEnd ?? MarkAt(offset).End;

    /// <summary>The same for any two bytes that one call moved, also where they are inflated ones.</summary>
    internal ulong CallOf(ulong offset) => Inflated?.At(offset).Call ?? MarkAt(offset).Start;

    /// <summary>Where in the stream as it was moved the byte at <paramref name="offset"/> lies.</summary>
    internal ulong MovedOffset(ulong offset) => Inflated?.MovedOffset(offset) ?? offset;

    /// <summary>True when the call that moved the byte at <paramref name="offset"/> was seen, captured or not.</summary>
    internal bool IsCallSeen(ulong offset) => MarkAt(offset) is var mark && mark.Start <= offset && offset < mark.End;

    /// <summary>
    /// Takes note in <paramref name="timing"/> of <paramref name="count"/> missing bytes behind the window. False when
    /// the call that moved the last of them was not seen at all: its time is not known and the last known one stays.
    /// </summary>
    public bool ExtendOverHole(ref MessageTiming timing, ulong count)
    {
        var end = EndOffset + count;
        if (Inflated is { } map)
        {
            map.Extend(ref timing, EndOffset, end);
            return map.At(end - 1).IsEndSeen;
        }

        ref readonly var mark = ref MarkAt(end - 1);
        var isSeen = mark.Start < end && end <= mark.End;
        timing.Extend(EndOffset, end, mark.Time, isSeen ? mark.Time : timing.Last);
        return isSeen;
    }

    internal void Set(ArraySegment<byte> unread, ulong offset)
    {
        _array = unread.Array;
        _start = unread.Offset;
        Length = unread.Count;
        Offset = offset;
    }

    internal void Mark(ulong start, ulong end, in SegmentTime time)
    {
        if (_firstMark > 64 && _firstMark * 2 > _marks.Count)
        {
            _marks.RemoveRange(0, _firstMark);
            _firstMark = 0;
        }

        _marks.Add(new CallMark(start, end, in time));
    }

    /// <summary>The unread bytes end here (exclusive).</summary>
    public ulong EndOffset => Offset + (ulong)Length;

    internal void ClearMarks()
    {
        _marks.Clear();
        _firstMark = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref readonly CallMark MarkAt(ulong offset)
    {
        // Nearly always the first unread byte's call is the one.
        var marks = CollectionsMarshal.AsSpan(_marks)[_firstMark..];
        return ref marks.Length > 0 && offset < marks[0].End ? ref marks[0] : ref LaterMarkAt(offset, marks);
    }

    private static ref readonly CallMark LaterMarkAt(ulong offset, ReadOnlySpan<CallMark> marks)
    {
        foreach (ref readonly var mark in marks)
        {
            if (offset < mark.End)
            {
                return ref mark;
            }
        }

        return ref marks.IsEmpty ? ref s_none : ref marks[^1];
    }

    private readonly struct CallMark(ulong start, ulong end, in SegmentTime time)
    {
        public readonly ulong Start = start;
        public readonly ulong End = end;
        public readonly SegmentTime Time = time;
    }
}
