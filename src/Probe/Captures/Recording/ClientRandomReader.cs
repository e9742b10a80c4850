// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Probe.Captures.Recording;

/// <summary>
/// Finds the random of a ClientHello (RFC 8446 section 4.1.2) in the calls of a connection: programs receive a record's header
/// and the rest by two calls, or all at once, behind what they said in the clear before.
/// </summary>
internal sealed class ClientRandomReader
{
    private const int RandomAt = 11; // record header 5, handshake header 4, version 2
    private const int Needed = RandomAt + 32;
    private const int SslRequest = 36; // MySQL's packet, which may come by one call with the hello

    private readonly byte[][] _start = [[], []];
    private readonly ulong[] _next = new ulong[2];

    /// <summary>The random in lower-case hexadecimal; null while it is not known.</summary>
    public string? Value { get; private set; }

    /// <summary>Looks at a call, in the order of its direction's stream.</summary>
    public void Look(in Segment segment)
    {
        if (Value is not null || segment.Head.IsEmpty)
        {
            return;
        }

        var bytes = segment.Head;
        if (bytes.Length > SslRequest && bytes.StartsWith((ReadOnlySpan<byte>)[SslRequest - 4, 0, 0, 1]))
        {
            bytes = bytes[SslRequest..];
        }

        var way = (int)segment.Direction;
        var goesOn = _start[way].Length > 0 && _next[way] == segment.StreamOffset;
        byte[] start = [.. goesOn ? _start[way] : [], .. bytes[..Math.Min(bytes.Length, Needed)]];
        // A call of which something is missing is not gone on behind.
        var isWhole = (ulong)segment.Head.Length == segment.ByteCount;
        _next[way] = unchecked(segment.StreamOffset + segment.ByteCount);
        _start[way] = MayBeHello(start) && isWhole && start.Length < Needed ? start : [];
        if (start.Length >= Needed && MayBeHello(start))
        {
            Value = Convert.ToHexStringLower(start.AsSpan(RandomAt, Needed - RandomAt));
        }
    }

    // Handshake record of version 3.x; ClientHello of version 3.3, which is what TLS 1.2 and 1.3 say.
    private static bool MayBeHello(ReadOnlySpan<byte> start) =>
        Is(start, 0, 22) && Is(start, 1, 3) && Is(start, 5, 1) && Is(start, 9, 3);

    private static bool Is(ReadOnlySpan<byte> start, int at, byte value) => start.Length <= at || start[at] == value;
}
