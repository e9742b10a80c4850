// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Compression;

namespace L7Trace.Parsers.Protocols.MySql.Compression;

/// <summary>
/// Tells whether a call begins with a compressed packet, on a connection whose login was not seen or whose framing was
/// lost. A client's must hold commands and end where its call ends; both sides' must be of a known algorithm or hold
/// packets as they are. A header that is read by a call of its own is looked at together with what follows.
/// </summary>
internal static class CompressedBoundary
{
    private const int LookAhead = 96;
    private const int Whole = 2048; // a unit of this size is not looked at before it is there

    /// <summary>Looks at the bytes from the beginning of a call of <paramref name="callLength"/> bytes.</summary>
    public static BoundaryResult Find(ReadOnlySequence<byte> bytes, ulong callLength, bool fromClient, InflaterPool inflaters)
    {
        Span<byte> start = stackalloc byte[CompressedHeader.Size + CompressedHeader.MagicBytes];
        var count = (int)Math.Min(start.Length, bytes.Length);
        bytes.Slice(0, count).CopyTo(start);
        var isHeaderAlone = callLength == CompressedHeader.Size;
        if (fromClient && count > 3 && start[3] != 0)
        {
            return BoundaryResult.None; // a client's first unit of a command
        }

        var more = isHeaderAlone || (ulong)bytes.Length < callLength ? BoundaryResult.MoreNeeded : BoundaryResult.None;
        if (count < CompressedHeader.Size)
        {
            return callLength < CompressedHeader.Size ? BoundaryResult.None : more;
        }

        var header = CompressedHeader.Read(start);
        var end = (ulong)header.Length + CompressedHeader.Size;
        if (header.Length == 0 || !EndsRight(bytes, callLength, header, end, fromClient))
        {
            return BoundaryResult.None;
        }

        var body = bytes.Slice(CompressedHeader.Size);
        if (header.InflatedLength == 0)
        {
            return fromClient ? FindCommand(body, header.Length, more) : FindPackets(body, header.Length, more);
        }

        if (count < Math.Min(start.Length, (int)end))
        {
            return more;
        }

        return CompressedHeader.AlgorithmOf(start[CompressedHeader.Size..count]) is { } algorithm
            ? fromClient ? FindInflated(body, header, algorithm, inflaters, more) : BoundaryResult.Found
            : BoundaryResult.None;
    }

    // A client writes whole units; a server's may lie across the calls by which they are received.
    private static bool EndsRight(ReadOnlySequence<byte> bytes, ulong callLength, CompressedHeader header, ulong end, bool fromClient)
    {
        if (callLength == CompressedHeader.Size || end == callLength)
        {
            return true;
        }

        if (end > callLength)
        {
            return !fromClient;
        }

        Span<byte> next = stackalloc byte[CompressedHeader.Size];
        if ((ulong)bytes.Length < end + CompressedHeader.Size)
        {
            return !fromClient;
        }

        bytes.Slice((long)end, next.Length).CopyTo(next);
        var following = CompressedHeader.Read(next);
        return following.Length > 0 && (following.Sequence == (byte)(header.Sequence + 1) || (fromClient && following.Sequence == 0));
    }

    private static BoundaryResult FindCommand(ReadOnlySequence<byte> body, int length, BoundaryResult more)
    {
        if (length <= PacketHeader.Size)
        {
            return BoundaryResult.None;
        }

        return body.Length < Math.Min(length, LookAhead)
            ? more
            : CommandBoundary.Find(body.Slice(0, Math.Min(length, body.Length)), (ulong)length);
    }

    // Packets as they are: in sequence, the last one whole or going on in the next unit.
    private static BoundaryResult FindPackets(ReadOnlySequence<byte> body, int length, BoundaryResult more)
    {
        Span<byte> bytes = stackalloc byte[PacketHeader.Size];
        byte? expected = null;
        for (long at = 0; at < length;)
        {
            if (length - at < PacketHeader.Size)
            {
                return expected is null ? BoundaryResult.None : BoundaryResult.Found;
            }

            if (body.Length - at < PacketHeader.Size)
            {
                return more;
            }

            body.Slice(at, PacketHeader.Size).CopyTo(bytes);
            var header = PacketHeader.Read(bytes);
            if (expected is null ? header.Sequence == 0 : header.Sequence != expected)
            {
                return BoundaryResult.None;
            }

            expected = (byte)(header.Sequence + 1);
            at += PacketHeader.Size + header.Length;
        }

        return BoundaryResult.Found;
    }

    private static BoundaryResult FindInflated(
        ReadOnlySequence<byte> body, CompressedHeader header, CompressionAlgorithm algorithm, InflaterPool inflaters,
        BoundaryResult more)
    {
        if (inflaters.Rent(algorithm) is not { } inflater)
        {
            return BoundaryResult.Found; // what it holds can't be seen; the magic number is all there is
        }

        var bytes = ArrayPool<byte>.Shared.Rent(LookAhead);
        try
        {
            if (body.Length < Math.Min(header.Length, Whole))
            {
                return more;
            }

            var input = body.Slice(0, Math.Min(body.Length, header.Length));
            var output = bytes.AsSpan(0, Math.Min(LookAhead, header.InflatedLength));
            var written = 0;
            while (written < output.Length && inflater.Inflate(ref input, output[written..]) is > 0 and var count)
            {
                written += count;
            }

            return written > PacketHeader.Size
                ? CommandBoundary.Find(new ReadOnlySequence<byte>(bytes, 0, written), (ulong)header.InflatedLength)
                : BoundaryResult.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            inflaters.Return(algorithm, inflater, isWhole: false);
        }
    }
}
