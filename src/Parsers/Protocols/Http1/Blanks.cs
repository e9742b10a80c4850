// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Takes blanks and tabs (RFC 9110 section 5.6.3, "OWS") off the ends of lines. There are none or one nearly always, and for these the
/// general methods, which search a set for each byte, take longer than the rest of a header.
/// </summary>
internal static class Blanks
{
    /// <summary>Without those at the beginning.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> bytes)
    {
        var start = 0;
        while (start < bytes.Length && bytes[start] is (byte)' ' or (byte)'\t')
        {
            start++;
        }

        return bytes[start..];
    }

    /// <summary>Without those at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.Length;
        while (end > 0 && bytes[end - 1] is (byte)' ' or (byte)'\t')
        {
            end--;
        }

        return bytes[..end];
    }

    /// <summary>Without those at both ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> bytes) => TrimStart(TrimEnd(bytes));
}
