// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Streams;

/// <summary>
/// Tells for inflated bytes where and when those were moved that they came from. A piece of a unit maps to a range of
/// the stream; inside it, offsets are spread evenly, so that they rise with the bytes.
/// </summary>
internal sealed class InflatedMap
{
    private readonly List<Piece> _pieces = [];
    private int _first;

    /// <summary>
    /// Inflated bytes [Start, End) of the unit [UnitStart, UnitEnd), which came from the stream's [MovedStart, MovedEnd).
    /// </summary>
    /// <param name="Start">First inflated byte.</param>
    /// <param name="End">Behind the last one.</param>
    /// <param name="UnitStart">First inflated byte of the unit.</param>
    /// <param name="UnitEnd">Behind its last one, as its header says.</param>
    /// <param name="MovedStart">Stream offset, the unit's header included.</param>
    /// <param name="MovedEnd">Stream offset.</param>
    /// <param name="First">When the first byte of the range was moved.</param>
    /// <param name="Last">When the last one was.</param>
    /// <param name="Call">Stream offset at which the call began that moved the last one.</param>
    /// <param name="IsEndSeen">False when the call that moved the last one was lost: Last is an earlier one's.</param>
    public readonly record struct Piece(
        ulong Start, ulong End, ulong UnitStart, ulong UnitEnd, ulong MovedStart, ulong MovedEnd,
        SegmentTime First, SegmentTime Last, ulong Call, bool IsEndSeen);

    public void Add(in Piece piece) => _pieces.Add(piece);

    /// <summary>The piece that holds this inflated byte; the nearest one when none does.</summary>
    public Piece At(ulong offset)
    {
        for (var i = _first; i < _pieces.Count; i++)
        {
            if (offset < _pieces[i].End)
            {
                return _pieces[i];
            }
        }

        return _pieces.Count > 0 ? _pieces[^1] : default;
    }

    public SegmentTime TimeAt(ulong offset) => At(offset) is var piece && offset <= piece.Start ? piece.First : piece.Last;

    /// <summary>Stream offset of the inflated byte at <paramref name="offset"/>, or of the end behind the last one.</summary>
    public ulong MovedOffset(ulong offset) => Moved(At(offset), offset);

    /// <summary>Takes note of the inflated bytes [start, end) in <paramref name="timing"/>.</summary>
    public void Extend(ref MessageTiming timing, ulong start, ulong end)
    {
        var last = At(end > start ? end - 1 : start);
        timing.Extend(MovedOffset(start), Moved(last, end), TimeAt(start), last.IsEndSeen || !timing.Seen ? last.Last : timing.Last);
    }

    /// <summary>Nothing in front of this inflated byte is asked for any more.</summary>
    public void Forget(ulong offset)
    {
        while (_first + 1 < _pieces.Count && _pieces[_first].End <= offset)
        {
            _first++;
        }

        if (_first > 64 && _first * 2 > _pieces.Count)
        {
            _pieces.RemoveRange(0, _first);
            _first = 0;
        }
    }

    private static ulong Moved(in Piece piece, ulong offset)
    {
        if (offset <= piece.Start)
        {
            return piece.MovedStart;
        }

        return offset >= piece.End
            ? piece.MovedEnd
            : piece.MovedStart + ((offset - piece.Start) * (piece.MovedEnd - piece.MovedStart) / (piece.End - piece.Start));
    }
}
