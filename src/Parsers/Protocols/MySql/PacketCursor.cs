// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>
/// A place in the unread bytes of one direction. Moving it consumes nothing; <see cref="Commit"/> does, once per read.
/// The packet code knows offsets and times only through it, so that inflated bytes can stand in for plain ones.
/// </summary>
internal ref struct PacketCursor(StreamWindow window)
{
    private readonly StreamWindow _window = window;
    private readonly ReadOnlySpan<byte> _bytes = window.Span;
    private int _at;

    /// <summary>Stream offset of the next byte.</summary>
    public readonly ulong Offset => _window.Offset + (ulong)_at;

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => _bytes.Length - _at;

    /// <summary>The bytes left.</summary>
    public readonly ReadOnlySpan<byte> Span => _bytes[_at..];

    public readonly bool MustNotWait => _window.MustNotWait;

    /// <summary>Stream offset at which the call began that moved the next byte.</summary>
    public readonly ulong CallStart => _window.CallStartAt(Offset);

    /// <summary>The same for all bytes that one call moved (<see cref="StreamWindow.CallOf"/>).</summary>
    public readonly ulong Call => _window.CallOf(Offset);

    /// <summary>Stream offset behind the call that moved the next byte.</summary>
    public readonly ulong CallEnd => _window.CallEndAt(Offset);

    /// <summary>When the next byte was moved.</summary>
    public readonly SegmentTime Time => _window.TimeAt(Offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Remaining);
        _at += count;
    }

    /// <summary>Looks at the header of the packet that begins here, without moving; false when not all of it is there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool TryPeek(out PacketHeader header)
    {
        var rest = _bytes[_at..];
        if (rest.Length < PacketHeader.Size)
        {
            header = default;
            return false;
        }

        header = PacketHeader.Read(rest);
        return true;
    }

    public readonly SegmentTime TimeAt(ulong offset) => _window.TimeAt(offset);

    /// <summary>Takes note of the message bytes [start, end).</summary>
    public readonly void Extend(ref MessageTiming timing, ulong start, ulong end) => _window.Extend(ref timing, start, end);

    /// <summary>Everything in front of the cursor is consumed.</summary>
    public readonly void Commit() => _window.Advance(_at);
}
