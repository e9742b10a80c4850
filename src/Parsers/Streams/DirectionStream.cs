// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Runtime.CompilerServices;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Streams;

/// <summary>
/// One direction of one connection: puts segments in order by their offsets, drops what was seen already, and turns
/// everything that is missing (a lost record, a call longer than the capture limit, a sendfile) into one hole of known
/// size, in this one place.
/// </summary>
internal sealed class DirectionStream
{
    private readonly Direction _direction;
    private readonly IStreamConsumer _consumer;
    private readonly ParseLimits _limits;
    private readonly StreamCounters _counters;
    private readonly StreamWindow _window = new();
    private static readonly List<HeldSegment> s_none = []; // stays so
    private List<HeldSegment> _held = s_none;
    private StreamBuffer _buffer;
    private ulong _readOffset; // of the first unread byte in the buffer
    private ulong _next;       // of the first byte not yet seen
    private readonly bool _fromStart; // the stream's first byte is wanted too
    private bool _started;     // false: the first segment says where the stream begins
    private bool _anySeen;
    private long _heldBytes;
    private long _heldSince;

    public DirectionStream(
        Direction direction, ulong? startOffset, bool fromStart, IStreamConsumer consumer, ParseLimits limits,
        StreamCounters counters, ArrayPool<byte>? pool = null)
    {
        _buffer = new StreamBuffer(pool);
        _fromStart = fromStart;
        _direction = direction;
        _consumer = consumer;
        _limits = limits;
        _counters = counters;
        _started = startOffset is not null;
        _next = _readOffset = startOffset.GetValueOrDefault();
    }

    /// <summary>True while segments wait for missing bytes in front of them.</summary>
    public bool IsHolding => _held.Count > 0;

    /// <summary>Unread bytes.</summary>
    public long Buffered => (long)(_next - _readOffset);

    /// <summary>Bytes kept: unread ones, and those that arrived ahead of missing ones.</summary>
    public long Held => _buffer.Unread.Count + _heldBytes;

    /// <summary>Takes one segment, now or when what is missing in front of it has come or is given up.</summary>
    public void Accept(in Segment segment, long now)
    {
        if ((segment.Flags & SegmentFlags.OffsetUnproven) != 0)
        {
            // Where these bytes belong is not known. They stay a hole, which later offsets will measure.
            _counters.UnprovenBytes += segment.ByteCount;
            return;
        }

        var end = unchecked(segment.StreamOffset + segment.ByteCount);
        if (end < segment.StreamOffset || (ulong)(segment.Head.Length + segment.Tail.Length) > segment.ByteCount)
        {
            _counters.Malformed++;
            return;
        }

        if (!_started)
        {
            _started = true;
            _next = _readOffset = segment.StreamOffset;
        }

        var offset = segment.StreamOffset;
        if ((segment.Flags & SegmentFlags.EndOfStream) != 0 && offset == _next + 1)
        {
            offset = _next; // a FIN has a sequence number of its own
        }

        if (offset > _next && (segment.Flags & SegmentFlags.GapIsFinal) == 0)
        {
            Hold(segment, now);
        }
        else
        {
            if (offset > _next)
            {
                Expire(now, all: true); // a source that says so holds nothing back, so nothing is held here
                if (offset > _next)
                {
                    Miss(offset - _next);
                }
            }

            Deliver(
                offset, segment.ByteCount, segment.Head, segment.Tail, segment.Flags, segment.Time);
            DeliverHeld();
        }
    }

    /// <summary>Gives up missing bytes that were waited for long enough; <paramref name="all"/>: all of them, now.</summary>
    public void Expire(long now, bool all)
    {
        while (_held.Count > 0 &&
               (all || now - _heldSince > _limits.ReorderWindow || _heldBytes > _limits.MaxReordered))
        {
            Miss(_held[0].Offset - _next);
            DeliverHeld();
        }
    }

    /// <summary>Offers the unread bytes to the consumer again: the other direction has moved on.</summary>
    public void Retry(bool mustNotWait)
    {
        _window.MustNotWait = mustNotWait;
        Read();
        _window.MustNotWait = false;
    }

    /// <summary>Time of the first unread byte; only while there is one.</summary>
    public SegmentTime FirstUnreadTime => _window.TimeAt(_readOffset);

    private void Hold(in Segment segment, long now)
    {
        if (_held.Count == 0)
        {
            _heldSince = now;
        }

        _held = _held == s_none ? [] : _held;
        var index = _held.Count;
        while (index > 0 && _held[index - 1].Offset > segment.StreamOffset)
        {
            index--;
        }

        var held = new HeldSegment(segment);
        _held.Insert(index, held);
        _heldBytes += held.Captured + 64;
        _counters.Reordered++;
        Expire(now, all: false);
    }

    private void DeliverHeld()
    {
        while (_held.Count > 0 && _held[0].Offset <= _next)
        {
            var held = _held[0];
            _held.RemoveAt(0);
            _heldBytes -= held.Captured + 64;
            Deliver(held.Offset, held.ByteCount, held.Head, held.Tail, held.Flags, held.Time);
            held.Return();
        }

        // What still waits is waited for from the time its own gap showed: the newest that can be said cheaply is
        // the first waiting segment's own time.
        if (_held.Count > 0)
        {
            _heldSince = Math.Max(_heldSince, _held[0].Time.Exit);
        }
    }

    private void Deliver(
        ulong offset, ulong count, ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail, SegmentFlags flags, in SegmentTime time)
    {
        var end = offset + count;
        if (end < _next || (end == _next && count > 0))
        {
            _counters.Duplicates++;
            return;
        }

        if (Buffered == 0)
        {
            _window.ClearMarks();
        }

        if (count > 0)
        {
            var seen = _next - offset; // first bytes win
            var hole = count - (ulong)head.Length - (ulong)tail.Length;
            _window.Mark(offset, end, time);
            _anySeen = true;
            Take(head, ref seen);
            if (hole > seen)
            {
                _counters.Cuts++;
                _counters.CutBytes += hole - seen;
                Gap(hole - seen);
                seen = 0;
            }
            else
            {
                seen -= hole;
            }

            Take(tail, ref seen);
        }

        if ((flags & SegmentFlags.EndOfStream) != 0)
        {
            _consumer.OnEndOfStream(_direction, time);
        }
    }

    private void Take(ReadOnlySpan<byte> bytes, ref ulong seen)
    {
        if ((ulong)bytes.Length <= seen)
        {
            seen -= (ulong)bytes.Length;
            return;
        }

        var fresh = bytes[(int)seen..];
        seen = 0;
        _buffer.Append(fresh);
        _next += (ulong)fresh.Length;
        Read();
    }

    // Missing in front of the first segment: a call that was under way when tracing began. Nothing that was to be
    // captured is lost then.
    private void Miss(ulong length)
    {
        if (_anySeen || _fromStart)
        {
            _counters.Gaps++;
            _counters.GapBytes += length;
        }

        Gap(length);
    }

    private void Gap(ulong length)
    {
        _window.Set(_buffer.Unread, _readOffset);
        try
        {
            _consumer.OnGap(_direction, _window, length);
        }
        finally
        {
            _buffer.Clear();
            _next += length;
            _readOffset = _next;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Read()
    {
        if (Buffered == 0)
        {
            return;
        }

        // Should this throw, nothing was consumed: the tracker gives the connection up.
        _window.Set(_buffer.Unread, _readOffset);
        _consumer.OnBytes(_direction, _window);
        _buffer.Drop((int)(_window.Offset - _readOffset));
        _readOffset = _window.Offset;
    }
}
