// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// Recognises HTTP/2: from the start by the client's preface or the server's SETTINGS frame, in mid-connection by a chain
/// of frames, where the side is known or their header fields tell it.
/// </summary>
public sealed class Http2Detector : IProtocolDetector
{
    private const int MostSettings = 32;

    /// <inheritdoc/>
    public Protocol Protocol => Protocol.Http2;

    /// <inheritdoc/>
    public DetectionResult Detect(
        ReadOnlySequence<byte> bytes, Direction direction, EndpointRole role, bool fromStart, ulong callLength)
    {
        if (Http2Shape.StartsWithPreface(bytes) is not false and var preface)
        {
            return preface is null ? DetectionResult.Maybe : DetectionResult.FromClient;
        }

        if (fromStart)
        {
            return DetectSettings(bytes);
        }

        return Http2Shape.AreFrames(bytes, callLength) switch
        {
            null => DetectionResult.Maybe,
            true when role != EndpointRole.Unknown =>
                direction == role.RequestDirection() ? DetectionResult.FromClient : DetectionResult.FromServer,
            true => SideOf(bytes),
            _ => DetectionResult.No,
        };
    }

    /// <inheritdoc/>
    public IProtocolSession CreateSession(SessionContext context) => new Http2Session(context);

    // A client's SETTINGS stand behind its preface, so these are the server's.
    private static DetectionResult DetectSettings(ReadOnlySequence<byte> bytes)
    {
        Span<byte> header = stackalloc byte[Http2FrameHeader.Size];
        if (bytes.Length < header.Length)
        {
            return MayBeSettings(bytes) ? DetectionResult.Maybe : DetectionResult.No;
        }

        bytes.Slice(0, header.Length).CopyTo(header);
        var frame = Http2FrameHeader.Read(header);
        return frame is { Type: Http2FrameType.Settings, Flags: Http2FrameFlags.None, IsUsual: true, Length: <= MostSettings * 6 }
            ? DetectionResult.FromServer
            : DetectionResult.No;
    }

    private static bool MayBeSettings(ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[Http2FrameHeader.Size];
        start.Clear();
        start[3] = (byte)Http2FrameType.Settings;
        var count = (int)bytes.Length;
        Span<byte> here = stackalloc byte[Http2FrameHeader.Size];
        bytes.CopyTo(here);
        here[2] = 0; // the length is short, and any
        return here[..count].SequenceEqual(start[..count]);
    }

    // By the first field of a header block (RFC 7541, appendix A): a method, a path or a scheme, or else a status.
    private static DetectionResult SideOf(ReadOnlySequence<byte> bytes)
    {
        Span<byte> header = stackalloc byte[Http2FrameHeader.Size];
        for (var at = 0L; bytes.Length > at + Http2FrameHeader.Size;)
        {
            bytes.Slice(at, header.Length).CopyTo(header);
            var frame = Http2FrameHeader.Read(header);
            var content = at + Http2FrameHeader.Size + frame.PrefixLength;
            if (frame.Type == Http2FrameType.Headers && content < bytes.Length)
            {
                return bytes.Slice(content, 1).FirstSpan[0] switch
                {
                    >= 0x81 and <= 0x87 or >= 0x41 and <= 0x47 or >= 0x01 and <= 0x07 => DetectionResult.FromClient,
                    >= 0x88 and <= 0x8e or >= 0x48 and <= 0x4e or >= 0x08 and <= 0x0e => DetectionResult.FromServer,
                    _ => DetectionResult.Maybe,
                };
            }

            at += Http2FrameHeader.Size + frame.Length;
        }

        return DetectionResult.Maybe;
    }
}
