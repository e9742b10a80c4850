// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Compression;

/// <content>The codes of a block that brings its own (RFC 1951, section 3.2.7).</content>
internal sealed partial class DeflateDecoder
{
    private static readonly byte[] s_order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private int ReadCounts()
    {
        if (_count < 14)
        {
            return 0;
        }

        _literalCount = Take(5) + 257;
        _distanceCount = Take(5) + 1;
        _lengthCount = Take(4) + 4;
        _read = 0;
        Array.Clear(_codeLengths);
        _state = State.LengthCodes;
        return _literalCount > MaxLiterals || _distanceCount > MaxDistances ? -1 : 1;
    }

    private int ReadLengthCodes()
    {
        while (_read < _lengthCount)
        {
            if (_count < 3)
            {
                return 0;
            }

            _codeLengths[s_order[_read++]] = (byte)Take(3);
        }

        if (!_lengths.TryBuild(_codeLengths.AsSpan(0, s_order.Length), mayBeEmpty: false))
        {
            return -1;
        }

        Array.Clear(_codeLengths);
        _read = 0;
        _state = State.CodeLengths;
        return 1;
    }

    private int ReadCodeLengths()
    {
        var all = _literalCount + _distanceCount;
        while (_read < all)
        {
            var symbol = _lengths.Decode(_bits, _count, out var length);
            if (symbol < 0)
            {
                return symbol == HuffmanTable.MoreNeeded ? 0 : -1;
            }

            var extra = symbol switch { 16 => 2, 17 => 3, 18 => 7, _ => 0 };
            if (_count < length + extra)
            {
                return 0;
            }

            Take(length);
            if (symbol < 16)
            {
                _codeLengths[_read++] = (byte)symbol;
                continue;
            }

            var repeat = Take(extra) + (symbol == 18 ? 11 : 3);
            if (repeat > all - _read || (symbol == 16 && _read == 0))
            {
                return -1;
            }

            _codeLengths.AsSpan(_read, repeat).Fill(symbol == 16 ? _codeLengths[_read - 1] : (byte)0);
            _read += repeat;
        }

        _state = State.Symbols;
        return _codeLengths[EndOfBlock] > 0
            && _literals.TryBuild(_codeLengths.AsSpan(0, _literalCount), mayBeEmpty: false)
            && _distances.TryBuild(_codeLengths.AsSpan(_literalCount, _distanceCount), mayBeEmpty: true) ? 1 : -1;
    }
}
