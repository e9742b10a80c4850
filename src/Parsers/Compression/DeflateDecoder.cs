// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Compression;

/// <summary>
/// Inflates DEFLATE data (RFC 1951) that comes in pieces of any size and has no end: the window stays from one message to
/// the next, also behind a block that says to be the last one. The BCL's decoder can do neither. Never throws on input.
/// </summary>
internal sealed partial class DeflateDecoder
{
    private const int MaxLiterals = 286;
    private const int MaxDistances = 30;
    private const int EndOfBlock = 256;

    private static readonly ushort[] s_lengthBase = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
    private static readonly byte[] s_lengthBits = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
    private static readonly ushort[] s_distanceBase = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
    private static readonly HuffmanTable s_fixedLiterals = Fixed(288, static i => i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
    private static readonly HuffmanTable s_fixedDistances = Fixed(32, static _ => 5);

    private readonly byte[] _window;
    private readonly HuffmanTable _literals = new();
    private readonly HuffmanTable _distances = new();
    private readonly HuffmanTable _lengths = new();
    private readonly byte[] _codeLengths = new byte[MaxLiterals + MaxDistances];
    private State _state;
    private ulong _bits;
    private int _count; // of bits
    private int _at;    // in the window
    private int _given; // up to here the sink has it
    private long _kept; // bytes that a distance may reach back, up to the window's size
    private bool _isLast;
    private bool _isFixed;
    private int _stored;
    private int _literalCount;
    private int _distanceCount;
    private int _lengthCount;
    private int _read;

    /// <summary>Makes one for a window of 2^<paramref name="windowBits"/> bytes (9 to 15).</summary>
    public DeflateDecoder(int windowBits) => _window = new byte[1 << Math.Clamp(windowBits, 9, 15)];

    private enum State : byte
    {
        Header,
        StoredLength,
        Stored,
        Counts,
        LengthCodes,
        CodeLengths,
        Symbols,
    }

    /// <summary>True between two blocks, at the beginning of a byte: where a message may end.</summary>
    public bool IsAtBoundary => _state == State.Header && _count == 0;

    /// <summary>Begins anew: nothing of what came before can be referred to.</summary>
    public void Reset()
    {
        _state = State.Header;
        _bits = 0;
        _count = _at = _given = 0;
        _kept = 0;
    }

    /// <summary>
    /// Takes all of <paramref name="input"/> and gives what it inflates to. <paramref name="allowance"/>: bytes that it may
    /// give at most, less what it gave. After any other status than Done the decoder is of no use any more.
    /// </summary>
    public DeflateStatus Decode(ReadOnlySpan<byte> input, IInflatedSink sink, ref long allowance)
    {
        var status = Run(input, sink, ref allowance);
        Give(sink);
        return status;
    }

    private DeflateStatus Run(ReadOnlySpan<byte> input, IInflatedSink sink, ref long allowance)
    {
        while (true)
        {
            while (_count <= 56 && !input.IsEmpty)
            {
                _bits |= (ulong)input[0] << _count;
                _count += 8;
                input = input[1..];
            }

            var step = _state switch
            {
                State.Header => ReadHeader(),
                State.StoredLength => ReadStoredLength(),
                State.Stored => CopyStored(ref input, sink, ref allowance),
                State.Counts => ReadCounts(),
                State.LengthCodes => ReadLengthCodes(),
                State.CodeLengths => ReadCodeLengths(),
                _ => ReadSymbols(sink, ref allowance),
            };
            if (step < 0)
            {
                return DeflateStatus.Malformed;
            }

            if (allowance < 0)
            {
                return DeflateStatus.TooMuch;
            }

            if (step == 0 && input.IsEmpty)
            {
                return DeflateStatus.Done;
            }
        }
    }

    // Each of the steps returns 1 when it went on, 0 when it needs more bits, -1 when these are none of DEFLATE.
    private int ReadHeader()
    {
        if (_count < 3)
        {
            return 0;
        }

        _isLast = Take(1) == 1;
        switch (Take(2))
        {
            case 0:
                Take(_count & 7);
                _state = State.StoredLength;
                return 1;
            case 1:
                _isFixed = true;
                _state = State.Symbols;
                return 1;
            case 2:
                _isFixed = false;
                _state = State.Counts;
                return 1;
            default:
                return -1;
        }
    }

    private int ReadStoredLength()
    {
        if (_count < 32)
        {
            return 0;
        }

        _stored = Take(16);
        if (_stored != (Take(16) ^ 0xffff))
        {
            return -1;
        }

        _state = State.Stored;
        return 1;
    }

    private int CopyStored(ref ReadOnlySpan<byte> input, IInflatedSink sink, ref long allowance)
    {
        while (_stored > 0 && _count >= 8)
        {
            Put((byte)Take(8), sink);
            _stored--;
            allowance--;
        }

        while (_stored > 0 && !input.IsEmpty && allowance >= 0)
        {
            var part = Math.Min(Math.Min(_stored, input.Length), _window.Length - _at);
            input[..part].CopyTo(_window.AsSpan(_at));
            input = input[part..];
            Move(part, sink);
            _stored -= part;
            allowance -= part;
        }

        return _stored > 0 ? 0 : EndBlock();
    }

    // As many as the bits that are there hold; a length and its distance, 48 bits at most, are read together.
    private int ReadSymbols(IInflatedSink sink, ref long allowance)
    {
        var (literals, distances) = _isFixed ? (s_fixedLiterals, s_fixedDistances) : (_literals, _distances);
        var any = 0;
        while (allowance >= 0)
        {
            var symbol = literals.Decode(_bits, _count, out var used);
            if (symbol < 0)
            {
                return symbol == HuffmanTable.MoreNeeded ? any : -1;
            }

            if (symbol < EndOfBlock)
            {
                Take(used);
                Put((byte)symbol, sink);
                allowance--;
                any = 1;
                continue;
            }

            if (symbol == EndOfBlock)
            {
                Take(used);
                return EndBlock();
            }

            if (symbol - EndOfBlock > s_lengthBase.Length)
            {
                return -1;
            }

            symbol -= EndOfBlock + 1;
            var lengthBits = s_lengthBits[symbol];
            var before = used + lengthBits;
            if (_count < before)
            {
                return any;
            }

            var distance = distances.Decode(_bits >> before, _count - before, out var ofDistance);
            if (distance < 0)
            {
                return distance == HuffmanTable.MoreNeeded ? any : -1;
            }

            var distanceBits = Math.Max(0, (distance >> 1) - 1);
            if (distance >= s_distanceBase.Length)
            {
                return -1;
            }

            if (_count < before + ofDistance + distanceBits)
            {
                return any;
            }

            Take(used);
            var length = s_lengthBase[symbol] + Take(lengthBits);
            Take(ofDistance);
            var back = s_distanceBase[distance] + Take(distanceBits);
            if (back > _kept)
            {
                return -1;
            }

            for (var i = 0; i < length; i++)
            {
                Put(_window[(_at - back) & (_window.Length - 1)], sink);
            }

            allowance -= length;
            any = 1;
        }

        return 1;
    }

    // Behind the last block the next one begins with a byte (RFC 7692, section 7.2.3.4).
    private int EndBlock()
    {
        _state = State.Header;
        if (_isLast)
        {
            Take(_count & 7);
        }

        return 1;
    }

    private int Take(int count)
    {
        var value = (int)(_bits & ((1UL << count) - 1));
        _bits >>= count;
        _count -= count;
        return value;
    }

    private void Put(byte value, IInflatedSink sink)
    {
        _window[_at] = value;
        Move(1, sink);
    }

    private void Move(int count, IInflatedSink sink)
    {
        _at += count;
        _kept = Math.Min(_window.Length, _kept + count);
        if (_at == _window.Length)
        {
            Give(sink);
            _at = _given = 0;
        }
    }

    private void Give(IInflatedSink sink)
    {
        if (_at > _given)
        {
            sink.OnInflated(_window.AsSpan(_given, _at - _given));
            _given = _at;
        }
    }

    private static HuffmanTable Fixed(int count, Func<int, int> length)
    {
        var table = new HuffmanTable();
        table.TryBuild([.. Enumerable.Range(0, count).Select(i => (byte)length(i))], mayBeEmpty: false);
        return table;
    }
}
