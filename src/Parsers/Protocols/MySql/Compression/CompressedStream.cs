// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.MySql.Compression;

/// <summary>
/// One direction of a connection that compresses: takes compressed packets ("units") from the stream and gives the bytes
/// of the packets inside, in a window of its own in which a unit stands for a call. Resumable at every byte. What a unit
/// inflates to is bounded by its header, and all of them by <see cref="ParseLimits.MaxInflated"/> and
/// <see cref="ParseLimits.MaxInflatedRatio"/>: a unit that is not to be paid for, or that lost bytes, is a hole of known
/// length.
/// </summary>
/// <remarks>
/// A small unit is given only when it is whole, that is when its checksum was right; a large one piece by piece. The
/// last byte that was taken from the stream stays in its window until what came of it was read, so that an answer can
/// wait for its command.
/// </remarks>
internal sealed partial class CompressedStream(ParseLimits limits, InflaterPool inflaters)
{
    private const int Chunk = 64 * 1024;
    private const int Step = 16 * 1024;

    private enum Place : byte
    {
        Header,
        Stored,
        Deflated,
        Passed, // the rest of a unit that gives nothing any more
    }

    private readonly InflatedMap _map = new();
    private StreamWindow? _window;
    private InnerBytes _bytes;
    private ulong _offset = 1;    // of the first unread inner byte
    private Place _place;
    private int _left;            // bytes of the unit's body not taken yet
    private int _taken;           // bytes at the front of the stream's window that were taken already: 0 or 1
    private ulong _unitStart;
    private ulong _unitEnd;
    private ulong _pieceStart;    // inner offset from which on nothing is in the map
    private ulong _movedStart;
    private ulong _movedEnd;
    private SegmentTime _first;
    private SegmentTime _last;
    private ulong _call;
    private bool _isEndSeen = true;
    private IInflater? _inflater;
    private long _credit = limits.MaxInflated;
    private long _lost;

    /// <summary>The packets' bytes.</summary>
    public StreamWindow Window => _window ??= new StreamWindow { Inflated = _map };

    /// <summary>Where a unit begins in the stream is not known.</summary>
    public bool IsLost { get; set; }

    /// <summary>True while what was given last is not read.</summary>
    public bool IsOffered { get; private set; }

    /// <summary>Sequence id of the unit that was begun last.</summary>
    public byte Sequence { get; private set; }

    /// <summary>Length of the hole that <see cref="CompressedStep.Hole"/> tells of.</summary>
    public ulong HoleLength { get; private set; }

    /// <summary>Algorithm of the unit compressed last; null while there was none.</summary>
    public CompressionAlgorithm? Algorithm { get; private set; }

    /// <summary>Bytes of the stream that were lost inside units, since they were asked for.</summary>
    public long TakeLost()
    {
        var lost = _lost;
        _lost = 0;
        return lost;
    }

    private ulong InnerEnd => _offset + (ulong)_bytes.Count;

    /// <summary>
    /// Reads on in the stream's window. <paramref name="wholeUnits"/>: nothing is given of a unit that is not complete.
    /// </summary>
    public CompressedStep Read(StreamWindow stream, bool wholeUnits)
    {
        Settle();
        while (true)
        {
            switch (_place)
            {
                case Place.Header:
                    Release(stream);
                    var begun = Begin(stream, wholeUnits);
                    if (begun != CompressedStep.Bytes)
                    {
                        return begun;
                    }

                    break;

                case Place.Passed:
                    Take(stream, (int)Math.Min(_left, Rest(stream)));
                    if (_left > 0)
                    {
                        Release(stream);
                        return CompressedStep.NeedMoreData;
                    }

                    if (EndPassed())
                    {
                        return CompressedStep.Hole;
                    }

                    break;

                default:
                    var step = _place == Place.Stored ? Copy(stream) : Inflate(stream);
                    if (step != CompressedStep.Bytes)
                    {
                        Release(stream);
                        return step;
                    }

                    if (_place == Place.Header || (!wholeUnits && (_bytes.Count >= Chunk || _place == Place.Stored)))
                    {
                        return Offer();
                    }

                    if (_bytes.Count > limits.MaxBuffered)
                    {
                        Pass(); // too long to be looked at as a whole
                    }

                    break;
            }
        }
    }

    /// <summary>
    /// <paramref name="length"/> bytes are missing behind the stream's window. False when they do not all lie in the
    /// body of one unit: where the next one begins is not known then. Otherwise what was inflated in front of them is
    /// given (<see cref="IsOffered"/>), and <see cref="HoleLength"/> is what is missing behind it, 0 when that is not
    /// over yet.
    /// </summary>
    public bool TryPass(StreamWindow stream, ulong length)
    {
        Settle();
        if (IsOffered || _place == Place.Header || stream.Length > _taken || length > (ulong)_left)
        {
            return false;
        }

        _taken = 0; // the rest of the window goes
        _lost += _place == Place.Passed ? 0 : (long)length; // a unit's rest was counted when it was given up
        _left -= (int)length;
        Publish();
        IsOffered = _bytes.Count > 0;
        _movedEnd = stream.EndOffset + length;
        if (stream.IsCallSeen(_movedEnd - 1))
        {
            _last = stream.TimeAt(_movedEnd - 1);
            _call = stream.CallStartAt(_movedEnd - 1);
        }
        else
        {
            _isEndSeen = false;
        }

        HoleLength = 0;
        if (_place == Place.Stored)
        {
            _place = _left == 0 ? Place.Header : Place.Stored;
            MakeHole(InnerEnd + length);
            return true;
        }

        Pass();
        if (_left == 0)
        {
            EndPassed();
        }

        return true;
    }

    /// <summary>What was given is dropped unread.</summary>
    public void DropOffered()
    {
        Window.Advance(Window.Length);
        Settle();
    }

    /// <summary>The packets behind the hole come next.</summary>
    public void EndHole()
    {
        DropOffered();
        _offset += HoleLength;
        HoleLength = 0;
        IsOffered = false;
        Window.Set(_bytes.Unread, _offset);
    }

    /// <summary>Read to its end: what is left waits for more.</summary>
    public void EndOffer()
    {
        Settle();
        IsOffered = false;
    }

    /// <summary>Forgets what was begun. <paramref name="isLost"/>: and where a unit begins is not known.</summary>
    public void Reset(bool isLost)
    {
        ReturnInflater(isWhole: false);
        _bytes.Drop(_bytes.Count);
        _offset = _unitEnd = Math.Max(_unitEnd, _offset) + 1;
        _place = Place.Header;
        _taken = 0;
        HoleLength = 0;
        IsOffered = false;
        IsLost = isLost;
        Window.Set(default, _offset);
    }

    // The unit is over; false when it gave all that it has.
    private bool EndPassed()
    {
        _place = Place.Header;
        Publish();
        MakeHole(_unitEnd);
        return HoleLength > 0;
    }

    private void MakeHole(ulong end)
    {
        HoleLength = end - InnerEnd;
        if (HoleLength > 0)
        {
            AddPiece(end);
        }
    }

    private CompressedStep Offer()
    {
        Publish();
        IsOffered = true;
        return CompressedStep.Bytes;
    }

    private void Publish()
    {
        if (InnerEnd > _pieceStart)
        {
            AddPiece(InnerEnd);
        }

        Window.Set(_bytes.Unread, _offset);
    }

    private void AddPiece(ulong end)
    {
        _map.Add(new InflatedMap.Piece(
            _pieceStart, end, _unitStart, _unitEnd, _movedStart, _movedEnd, _first, _last, _call, _isEndSeen));
        _pieceStart = end;
        _movedStart = _movedEnd;
        _first = _last;
    }

    private long Rest(StreamWindow stream) => stream.Length - _taken;

    private void Take(StreamWindow stream, int count)
    {
        if (count == 0)
        {
            return;
        }

        var last = stream.Offset + (ulong)(_taken + count) - 1;
        _last = stream.TimeAt(last);
        _call = stream.CallStartAt(last);
        _isEndSeen = true;
        _movedEnd = last + 1;
        _left -= count;
        _credit = Math.Min(limits.MaxInflated, _credit + ((long)count * limits.MaxInflatedRatio));
        stream.Advance(_taken + count - 1);
        _taken = 1;
    }

    private void Release(StreamWindow stream)
    {
        stream.Advance(_taken);
        _taken = 0;
    }

    private void Settle()
    {
        if (Window.Offset > _offset)
        {
            _bytes.Drop((int)(Window.Offset - _offset));
            _offset = Window.Offset;
            _map.Forget(_offset);
        }
    }
}
