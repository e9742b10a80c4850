// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// The chunked transfer coding (RFC 9112 section 7.1), byte by byte outside the data, so that it can stop and go on
/// anywhere. Extensions are passed over; the bytes of trailers are the caller's to keep.
/// <code>
///  Size -> Extension -> LF -> Data -> DataEnd -> Size ...      size 0: LF -> Trailer -> ... -> (empty line) Done
/// </code>
/// </summary>
internal struct Http1ChunkReader
{
    private const int MaxLine = 64 * 1024;

    private State _state;
    private bool _lastWasReturn;
    private int _digits;
    private int _lineBytes;
    private long _size;

    private enum State : byte
    {
        Size,
        Extension,
        Data,
        DataEnd,
        Trailer,
        Done,
    }

    /// <summary>Bytes of data that are still to come in the current chunk; 0 outside the data.</summary>
    public readonly long DataRemaining => _state == State.Data ? _size : 0;

    /// <summary>
    /// A line ended without its CR, or has a CR inside (RFC 9112 section 7.1): some read such a line to another end.
    /// </summary>
    public bool IsOdd { get; private set; }

    /// <summary>True from the line of the last chunk's size on to the end: what is read now are trailers.</summary>
    public readonly bool IsInTrailers => _state == State.Trailer;

    /// <summary>True behind the last trailer.</summary>
    public readonly bool IsDone => _state == State.Done;

    /// <summary>Data bytes were taken, seen or skipped.</summary>
    public void TakeData(long count)
    {
        _size -= count;
        if (_size == 0)
        {
            _state = State.DataEnd;
            _lineBytes = 0;
        }
    }

    /// <summary>
    /// Reads up to the next data byte, the first byte of the trailers, or (in the trailers) the end. Returns the bytes consumed, or -1 when this is no chunked body.
    /// </summary>
    public int ReadFraming(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        var inTrailers = IsInTrailers;
        while (at < bytes.Length && _state is not (State.Data or State.Done) && IsInTrailers == inTrailers)
        {
            if (!Step(bytes[at++]))
            {
                return -1;
            }
        }

        return at;
    }

    private bool Step(byte value)
    {
        // The CR belongs in front of the LF, and nowhere else.
        IsOdd |= _lastWasReturn != (value == '\n');
        _lastWasReturn = value == '\r';
        switch (_state)
        {
            case State.Size:
                return StepSize(value);

            case State.Extension:
                if (value == '\n')
                {
                    return EndSizeLine();
                }

                return ++_lineBytes <= MaxLine;

            case State.DataEnd when value == '\r' && _lineBytes == 0:
                _lineBytes = 1;
                return true;

            case State.DataEnd:
                _state = State.Size;
                _digits = 0;
                return value == '\n';

            default:
                return StepTrailer(value);
        }
    }

    private bool StepSize(byte value)
    {
        var digit = HexValue(value);
        if (digit >= 0)
        {
            if (_size > (long.MaxValue >> 4))
            {
                return false;
            }

            _size = (_size << 4) | (uint)digit;
            _digits = Math.Min(_digits + 1, MaxLine + 1);
            return _digits <= MaxLine;
        }

        if (_digits == 0)
        {
            return false;
        }

        _lineBytes = 0;
        _state = State.Extension;
        return value switch
        {
            (byte)'\n' => EndSizeLine(),
            (byte)'\r' or (byte)';' or (byte)' ' or (byte)'\t' => true,
            _ => false,
        };
    }

    private bool EndSizeLine()
    {
        _lineBytes = 0;
        _state = _size == 0 ? State.Trailer : State.Data;
        return true;
    }

    private bool StepTrailer(byte value)
    {
        if (value == '\n')
        {
            _state = _lineBytes == 0 ? State.Done : State.Trailer;
            _lineBytes = 0;
            return true;
        }

        // A CR alone does not make a line: the end is CRLF or LF.
        _lineBytes += value == '\r' ? 0 : 1;
        return _lineBytes <= MaxLine;
    }

    private static int HexValue(byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => value - '0',
        >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
        _ => -1,
    };
}
