// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Compression;

/// <summary>A Huffman code of DEFLATE (RFC 1951, section 3.2.2), for at most 288 symbols.</summary>
internal sealed class HuffmanTable
{
    /// <summary>The longest code, bits.</summary>
    public const int MaxLength = 15;

    /// <summary>More bits are needed to tell.</summary>
    public const int MoreNeeded = -1;

    /// <summary>No symbol has this code.</summary>
    public const int Invalid = -2;

    private const int FastBits = 9;

    private readonly ushort[] _fast = new ushort[1 << FastBits]; // symbol and length of every code that is short enough
    private readonly ushort[] _counts = new ushort[MaxLength + 1];
    private readonly ushort[] _symbols = new ushort[288];

    /// <summary>
    /// Takes the lengths of the codes, 0 for symbols that have none. False when they make no code: more codes than fit, or
    /// fewer than fill it, where it is not a single code of one bit or <paramref name="mayBeEmpty"/> none at all.
    /// </summary>
    public bool TryBuild(ReadOnlySpan<byte> lengths, bool mayBeEmpty)
    {
        Array.Clear(_counts);
        foreach (var length in lengths)
        {
            _counts[length]++;
        }

        var used = lengths.Length - _counts[0];
        _counts[0] = 0;
        var left = 1;
        Span<ushort> next = stackalloc ushort[MaxLength + 2];
        Span<ushort> codes = stackalloc ushort[MaxLength + 2];
        for (var length = 1; length <= MaxLength; length++)
        {
            left = (left << 1) - _counts[length];
            if (left < 0)
            {
                return false;
            }

            next[length + 1] = (ushort)(next[length] + _counts[length]);
            codes[length + 1] = (ushort)((codes[length] + _counts[length]) << 1);
        }

        if (left > 0 && !(used == 1 && _counts[1] == 1) && !(used == 0 && mayBeEmpty))
        {
            return false;
        }

        Array.Clear(_fast);
        for (var symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] is var length and > 0)
            {
                _symbols[next[length]++] = (ushort)symbol;
                Fill(symbol, length, codes[length]++);
            }
        }

        return true;
    }

    /// <summary>
    /// The symbol whose code stands at the low end of <paramref name="bits"/>, of which <paramref name="available"/> are
    /// there; or <see cref="MoreNeeded"/> or <see cref="Invalid"/>.
    /// </summary>
    public int Decode(ulong bits, int available, out int length)
    {
        var entry = _fast[(int)(bits & ((1 << FastBits) - 1))];
        length = entry & 15;
        if (entry != 0)
        {
            return length <= available ? entry >> 4 : MoreNeeded;
        }

        int code = 0, first = 0, index = 0;
        for (length = 1; length <= MaxLength; length++)
        {
            if (length > available)
            {
                return MoreNeeded;
            }

            code |= (int)(bits & 1);
            bits >>= 1;
            var count = _counts[length];
            if (code - count < first)
            {
                return _symbols[index + code - first];
            }

            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }

        return Invalid;
    }

    // Codes stand in the stream with their first bit lowest.
    private void Fill(int symbol, int length, int code)
    {
        if (length > FastBits)
        {
            return;
        }

        var reversed = 0;
        for (var i = 0; i < length; i++)
        {
            reversed |= ((code >> i) & 1) << (length - 1 - i);
        }

        for (; reversed < _fast.Length; reversed += 1 << length)
        {
            _fast[reversed] = (ushort)((symbol << 4) | length);
        }
    }
}
