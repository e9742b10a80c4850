// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>
/// Recognises HTTP/1.x by a whole first line: method, target and "HTTP/1.x", or "HTTP/1.x" and a status code. A first
/// line too long to be seen whole is believed for a known method and a target that looks like one; an odd request line
/// that servers take all the same, for the header line behind it. The HTTP/2 preface,
/// RTSP, SIP and Redis' inline commands end their first line in another way and are not taken.
/// </summary>
public sealed class Http1Detector : IProtocolDetector
{
    private const int LongLine = 2048;

    /// <inheritdoc/>
    public Protocol Protocol => Protocol.Http1;

    /// <inheritdoc/>
    public DetectionResult Detect(
        ReadOnlySequence<byte> bytes, Direction direction, EndpointRole role, bool fromStart, ulong callLength)
    {
        bytes = SkipEmptyLines(bytes);
        if (bytes.IsEmpty)
        {
            return fromStart ? DetectionResult.Maybe : DetectionResult.No;
        }

        var response = Http1Shape.Of(bytes, isRequest: false);
        if (response >= Http1ShapeKind.StartLine)
        {
            return DetectionResult.FromServer;
        }

        // In mid-stream the rest of a method would look like one.
        var request = Http1Shape.Of(bytes, isRequest: true, knownMethod: !fromStart);
        if (request >= Http1ShapeKind.StartLine || (request == Http1ShapeKind.Partial && IsLongRequestLine(bytes)))
        {
            return DetectionResult.FromClient;
        }

        return response == Http1ShapeKind.Partial || (request == Http1ShapeKind.Partial && !IsHttp2Preface(bytes))
            ? DetectionResult.Maybe
            : DetectionResult.No;
    }

    /// <inheritdoc/>
    public IProtocolSession CreateSession(SessionContext context) => new Http1Session(context);

    private static ReadOnlySequence<byte> SkipEmptyLines(ReadOnlySequence<byte> bytes)
    {
        for (var i = 0; i < 8 && !bytes.IsEmpty && bytes.FirstSpan[0] is (byte)'\r' or (byte)'\n'; i++)
        {
            bytes = bytes.Slice(1);
        }

        return bytes;
    }

    private static bool IsLongRequestLine(ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[Http1StartLine.MaxMethod + 2];
        if (bytes.Length < LongLine)
        {
            return false;
        }

        bytes.Slice(0, start.Length).CopyTo(start);
        var space = start.IndexOf((byte)' ');
        return space > 0 && HttpNames.IsKnownMethod(start[..space]) &&
               (start[space + 1] is (byte)'/' || start[(space + 1)..].StartsWith("http"u8));
    }

    private static bool IsHttp2Preface(ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[4];
        if (bytes.Length < start.Length)
        {
            return false;
        }

        bytes.Slice(0, start.Length).CopyTo(start);
        return start.SequenceEqual("PRI "u8);
    }
}
