// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Protocols.MySql.Payloads;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.MySql;

/// <summary>Finds, in the server's bytes, where an answer begins or where one of rows ends, after lost framing.</summary>
internal static class AnswerBoundary
{
    private const int StartBytes = 64;
    private const int MaxColumnCountLength = 10;

    /// <summary>Longest OK or EOF that ends rows and is believed: session tracking makes them longer than a few bytes.</summary>
    private const int MaxEnd = 4096;

    /// <summary>
    /// Tells whether the window, which begins where a call begins, begins with an answer: sequence id 1, and an ERR,
    /// an OK or a PREPARE's OK that is well formed, or a column count with a column definition behind it.
    /// </summary>
    public static BoundaryResult FindStart(StreamWindow window)
    {
        Span<byte> start = stackalloc byte[StartBytes];
        var count = (int)Math.Min(start.Length, window.Length);
        window.Buffer.Slice(0, count).CopyTo(start);
        start = start[..count];
        if (count <= PacketHeader.Size)
        {
            return count < PacketHeader.Size || PacketHeader.Read(start) is { Sequence: 1, Length: > 0 }
                ? BoundaryResult.MoreNeeded
                : BoundaryResult.None;
        }

        var header = PacketHeader.Read(start);
        if (header.Sequence != 1 || header.Length == 0)
        {
            return BoundaryResult.None;
        }

        var payload = start[PacketHeader.Size..];
        var isWhole = header.Length <= payload.Length;
        var body = isWhole ? payload[..header.Length] : payload;
        if (payload[0] is ErrPayload.Header or OkPayload.Header or EofPayload.Header)
        {
            return FindSinglePacket(window, header, body);
        }

        if (!isWhole)
        {
            return header.Length <= MaxColumnCountLength ? BoundaryResult.MoreNeeded : BoundaryResult.None;
        }

        return ColumnCountPayload.TryRead(body, out var columns)
            ? columns.MetadataFollows
                ? DefinitionFollows(payload[header.Length..])
                : RowsFollow(window, PacketHeader.Size + header.Length)
            : BoundaryResult.None;
    }

    // An answer of one packet: it must end where its call ends.
    private static BoundaryResult FindSinglePacket(StreamWindow window, PacketHeader header, ReadOnlySpan<byte> body)
    {
        var end = window.Offset + PacketHeader.Size + (ulong)header.Length;
        if (end > window.EndOffset)
        {
            return header.Length <= MaxEnd && window.CallEndAt(window.EndOffset - 1) == window.EndOffset
                ? BoundaryResult.MoreNeeded
                : BoundaryResult.None;
        }

        var isPrepared = body.Length == header.Length && PrepareOkPayload.TryRead(body, out _);
        if (window.CallEndAt(end - 1) != end && !isPrepared)
        {
            return BoundaryResult.None;
        }

        var isRight = body[0] switch
        {
            ErrPayload.Header => body.Length > 3 && body[3] == (byte)'#',
            OkPayload.Header => isPrepared || OkPayload.TryRead(body, false, out _),
            _ => EofPayload.TryRead(body, out _) && header.Length == EofPayload.Length,
        };
        return isRight ? BoundaryResult.Found : BoundaryResult.None;
    }

    /// <summary>
    /// Finds where in the window a chain of packets begins that ends, exactly where the call ends, with a packet that
    /// ends rows. Returns its distance from the window's first byte, or -1.
    /// </summary>
    public static int FindTail(StreamWindow window, MySqlCapabilities? capabilities)
    {
        if (window.EndOffset != window.CallEndAt(window.EndOffset - 1) || window.Length > int.MaxValue)
        {
            return IProtocolSession.NoBoundary;
        }

        var length = (int)window.Length;
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        var leads = ArrayPool<bool>.Shared.Rent(length + 1);
        try
        {
            window.Buffer.CopyTo(bytes);
            return FindChain(bytes.AsSpan(0, length), leads.AsSpan(0, length + 1), capabilities);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            ArrayPool<bool>.Shared.Return(leads);
        }
    }

    // From the end to the beginning: a place leads to the end if its packet is the end, or if it is a row and the
    // place behind it leads there with the next sequence id. One pass, whatever the bytes are.
    private static int FindChain(ReadOnlySpan<byte> bytes, Span<bool> leads, MySqlCapabilities? capabilities)
    {
        leads.Clear();
        var first = IProtocolSession.NoBoundary;
        for (var at = bytes.Length - PacketHeader.Size - 1; at >= 0; at--)
        {
            var header = PacketHeader.Read(bytes[at..]);
            var payloadAt = at + PacketHeader.Size;
            var rest = bytes.Length - payloadAt;
            if (header.Length == 0 || header.Length > rest)
            {
                continue;
            }

            var next = payloadAt + header.Length;
            leads[at] = next == bytes.Length
                ? EndsRows(bytes[payloadAt..], capabilities)
                : leads[next] && bytes[payloadAt] < EofPayload.Header &&
                  bytes[next + 3] == (byte)(header.Sequence + 1);
            if (leads[at])
            {
                first = at;
            }
        }

        return first;
    }

    private static bool EndsRows(ReadOnlySpan<byte> payload, MySqlCapabilities? capabilities)
    {
        bool? deprecated = capabilities is { } flags ? (flags & MySqlCapabilities.DeprecateEof) != 0 : null;
        return payload[0] switch
        {
            ErrPayload.Header => payload.Length > 9 && payload[3] == (byte)'#',
            EofPayload.Header when payload.Length == EofPayload.Length => deprecated != true,
            EofPayload.Header => deprecated != false && payload.Length is >= OkPayload.MinLength and <= MaxEnd &&
                                 OkPayload.TryRead(payload, false, out _),
            _ => false,
        };
    }

    // Of a statement whose columns the client remembers no definition is sent. Then the whole answer must stand in
    // its call: binary rows in sequence, and an end of rows where the call ends.
    private static BoundaryResult RowsFollow(StreamWindow window, int from)
    {
        if (window.EndOffset != window.CallEnd || window.Length > int.MaxValue)
        {
            return BoundaryResult.None;
        }

        var length = (int)window.Length - from;
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            window.Buffer.Slice(from).CopyTo(bytes);
            return AreRows(bytes.AsSpan(0, length)) ? BoundaryResult.Found : BoundaryResult.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static bool AreRows(ReadOnlySpan<byte> bytes)
    {
        byte sequence = 2;
        while (bytes.Length > PacketHeader.Size)
        {
            var header = PacketHeader.Read(bytes);
            bytes = bytes[PacketHeader.Size..];
            if (header.Sequence != sequence || header.Length == 0 || header.Length > bytes.Length)
            {
                return false;
            }

            var payload = bytes[..header.Length];
            bytes = bytes[header.Length..];
            if (bytes.IsEmpty)
            {
                return EndsRows(payload, null);
            }

            var endsColumns = sequence == 2 && EofPayload.TryRead(payload, out _) && payload.Length == EofPayload.Length;
            if (payload[0] != 0 && !endsColumns)
            {
                return false;
            }

            sequence++;
        }

        return false;
    }

    private static BoundaryResult DefinitionFollows(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < PacketHeader.Size + 4)
        {
            return BoundaryResult.MoreNeeded;
        }

        return rest[3] == 2 && rest[PacketHeader.Size..].StartsWith("\u0003def"u8)
            ? BoundaryResult.Found
            : BoundaryResult.None;
    }
}
