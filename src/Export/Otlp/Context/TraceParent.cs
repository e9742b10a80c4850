// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Globalization;

namespace L7Trace.Export.Otlp.Context;

/// <summary>The span that a request says it belongs to (W3C Trace Context, section 3.2 "traceparent Header").</summary>
/// <param name="TraceId">16 bytes, not all zero.</param>
/// <param name="ParentId">8 bytes, not all zero.</param>
/// <param name="Flags">Trace flags; of versions that are not known, the sampled flag alone.</param>
public sealed record TraceParent(byte[] TraceId, byte[] ParentId, byte Flags)
{
    private const byte Sampled = 1;
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    private const int Length = 55; // 00-32 digits-16 digits-00

    /// <summary>The caller records its trace.</summary>
    public bool IsSampled => (Flags & Sampled) != 0;

    /// <summary>Reads a header's value; null for what the recommendation calls invalid.</summary>
    public static TraceParent? Parse(string? value)
    {
        var text = value.AsSpan().Trim(" \t");
        if (text.Length < Length || text[2] != '-' || text[35] != '-' || text[52] != '-')
        {
            return null;
        }

        if (ByteOf(text[..2]) is not { } version || version == 0xFF || ByteOf(text.Slice(53, 2)) is not { } flags)
        {
            return null;
        }

        // Version 00 has these fields and no more; later ones may have others behind a dash.
        if (text.Length > Length && (version == 0 || text[Length] != '-'))
        {
            return null;
        }

        return BytesOf(text.Slice(3, 32)) is { } trace && BytesOf(text.Slice(36, 16)) is { } parent
            ? new TraceParent(trace, parent, version == 0 ? flags : (byte)(flags & Sampled))
            : null;
    }

    private static byte? ByteOf(ReadOnlySpan<char> text) =>
        IsHexadecimal(text) ? byte.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : null;

    private static byte[]? BytesOf(ReadOnlySpan<char> text)
    {
        if (!IsHexadecimal(text))
        {
            return null;
        }

        var bytes = Convert.FromHexString(text);
        return bytes.AsSpan().ContainsAnyExcept((byte)0) ? bytes : null;
    }

    // Capital digits are invalid, not another way to write them.
    private static bool IsHexadecimal(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(s_digits);
}
