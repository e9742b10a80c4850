// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Connections;

/// <summary>
/// The line that a proxy sends in front of what it forwards, in a call of its own (HAProxy, "The PROXY protocol",
/// version 1 and 2). It belongs to no message, so dropping it loses nothing.
/// </summary>
internal static class ProxyHeader
{
    private const int MaxLine = 107;
    private const int BinaryStart = 16;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>True when these bytes are one such header and nothing else.</summary>
    public static bool Is(ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length is < 8 or > BinaryStart + ushort.MaxValue)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[MaxLine];
        var count = (int)Math.Min(start.Length, bytes.Length);
        bytes.Slice(0, count).CopyTo(start);
        start = start[..count];
        if (start.StartsWith("PROXY "u8))
        {
            return bytes.Length <= MaxLine && start.EndsWith("\r\n"u8) && start.IndexOf((byte)'\n') == start.Length - 1;
        }

        return start.Length >= BinaryStart && start.StartsWith(Signature) &&
               bytes.Length == BinaryStart + ((start[14] << 8) | start[15]);
    }
}
