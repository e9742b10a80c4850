// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// Tells frames from other bytes where the beginning of a connection was not seen. A frame begins at the beginning of a
/// call, and a chain of frames ends exactly where the call does, or is long enough to be none by chance.
/// </summary>
internal static class Http2Shape
{
    /// <summary>What a client begins with (RFC 9113, section 3.4).</summary>
    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    // A frame says much less than a hundred bits about itself, three of them in a row enough.
    private const int FramesToTrust = 3;

    /// <summary>True for the whole preface, null for the beginning of one.</summary>
    public static bool? StartsWithPreface(ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[Preface.Length];
        start = start[..(int)Math.Min(start.Length, bytes.Length)];
        bytes.Slice(0, start.Length).CopyTo(start);
        return !Preface.StartsWith(start) ? false : start.Length == Preface.Length ? true : null;
    }

    /// <summary>
    /// True when frames stand here: a chain that ends where the call of <paramref name="callLength"/> bytes does, a long
    /// one, or a message's fields with the beginning of its body. Null when there are too few bytes to say.
    /// <paramref name="mayBe"/> says what is known against a frame.
    /// </summary>
    public static bool? AreFrames(ReadOnlySequence<byte> bytes, ulong callLength, Func<Http2FrameHeader, bool>? mayBe = null)
    {
        Span<byte> header = stackalloc byte[Http2FrameHeader.Size];
        var at = 0UL;
        Http2FrameHeader before = default;
        for (var frames = 0; frames < FramesToTrust; frames++)
        {
            if ((ulong)bytes.Length < at + Http2FrameHeader.Size)
            {
                return frames == 0 ? null : false; // a header read apart from its payload, or nothing more was captured
            }

            bytes.Slice((long)at, header.Length).CopyTo(header);
            var frame = Http2FrameHeader.Read(header);
            if (!frame.IsUsual || mayBe?.Invoke(frame) == false)
            {
                return false;
            }

            at += Http2FrameHeader.Size + (ulong)frame.Length;
            if (at == callLength || (frame.Type == Http2FrameType.Data && before.Type == Http2FrameType.Headers &&
                                     before.EndsHeaders && frame.StreamId == before.StreamId))
            {
                return true;
            }

            before = frame;
        }

        return true;
    }
}
