// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http2.Hpack;

/// <summary>
/// The Huffman code of HPACK (RFC 7541, appendix B). It is canonical: codes of the same length count up in the order of
/// their symbols, so that the lengths say everything.
/// </summary>
internal static class HuffmanCode
{
    /// <summary>No string gets longer than this when it is decoded: the shortest code has 5 bits.</summary>
    public static int MaxDecoded(int encoded) => (int)Math.Min(int.MaxValue, encoded * 8L / ShortestCode);

    private const int ShortestCode = 5;
    private const int LongestCode = 30;
    private const int FastBits = 9;
    private const int EndOfString = 256;

    // Of the symbols 0 to 255; that of the end of string has 30 bits.
    private static ReadOnlySpan<byte> Lengths =>
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
        28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
        6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
        21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
        19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    ];

    private static readonly short[] s_symbols = new short[EndOfString + 1];      // in the order of their codes
    private static readonly int[] s_firstSymbol = new int[LongestCode + 1];      // of each length: index of its first one
    private static readonly uint[] s_end = new uint[LongestCode + 1];            // of each length: behind its last code, in 32 bits
    private static readonly uint[] s_first = new uint[LongestCode + 1];          // of each length: its first code, in 32 bits
    private static readonly (byte Symbol, byte Length)[] s_fast = new (byte, byte)[1 << FastBits];

    static HuffmanCode()
    {
        ulong code = 0;
        var count = 0;
        for (var length = 1; length <= LongestCode; length++)
        {
            s_firstSymbol[length] = count;
            s_first[length] = (uint)(code << (32 - length));
            for (var symbol = 0; symbol <= EndOfString; symbol++)
            {
                if ((symbol == EndOfString ? LongestCode : Lengths[symbol]) != length)
                {
                    continue;
                }

                s_symbols[count++] = (short)symbol;
                for (var i = 0; length <= FastBits && i < 1 << (FastBits - length); i++)
                {
                    s_fast[((int)code << (FastBits - length)) + i] = ((byte)symbol, (byte)length);
                }

                code++;
            }

            s_end[length] = (uint)Math.Min(uint.MaxValue, code << (32 - length));
            code <<= 1;
        }
    }

    /// <summary>
    /// Decodes all of <paramref name="encoded"/> into <paramref name="text"/>, which has room for <see cref="MaxDecoded"/>
    /// bytes. Returns the length, or -1 for what no encoder may send: an end of string inside, or padding that is not
    /// the beginning of that symbol or longer than seven bits (RFC 7541, section 5.2).
    /// </summary>
    public static int Decode(ReadOnlySpan<byte> encoded, Span<byte> text)
    {
        ulong bits = 0; // the next ones, from the top
        int held = 0, read = 0, written = 0;
        while (true)
        {
            while (held <= 56 && read < encoded.Length)
            {
                bits |= (ulong)encoded[read++] << (56 - held);
                held += 8;
            }

            var (symbol, length) = s_fast[bits >> (64 - FastBits)];
            if (length == 0)
            {
                var window = (uint)(bits >> 32);
                length = FastBits + 1;
                while (length < LongestCode && window >= s_end[length])
                {
                    length++;
                }

                var found = s_symbols[s_firstSymbol[length] + (int)((window - s_first[length]) >> (32 - length))];
                if (length <= held && found == EndOfString)
                {
                    return -1;
                }

                symbol = (byte)found;
            }

            if (length > held)
            {
                // What is left is padding: fewer than eight bits, all of them ones.
                return held < 8 && bits >> 1 >> (63 - held) == (1UL << held) - 1 ? written : -1;
            }

            text[written++] = symbol;
            bits <<= length;
            held -= length;
        }
    }
}
