// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>
/// Recognises WebSocket where its handshake was not seen, by a run of frames (<see cref="WebSocketShape"/>). A connection
/// never begins with it: from the first byte on it follows HTTP/1, which hands it over.
/// </summary>
public sealed class WebSocketDetector : IProtocolDetector
{
    /// <inheritdoc/>
    public Protocol Protocol => Protocol.WebSocket;

    /// <inheritdoc/>
    public DetectionResult Detect(
        ReadOnlySequence<byte> bytes, Direction direction, EndpointRole role, bool fromStart, ulong callLength)
    {
        if (fromStart || bytes.FirstSpan.Length < 2)
        {
            return fromStart ? DetectionResult.No : DetectionResult.Maybe;
        }

        // The mask tells the side, and must tell the one that is known.
        var isClient = (bytes.FirstSpan[1] & 0x80) != 0;
        if (role != EndpointRole.Unknown && isClient != (direction == role.RequestDirection()))
        {
            return DetectionResult.No;
        }

        // Where calls end is told of the first one only: frames must end there too, or others would wait for nothing.
        var endsWithCall = false;
        var areFrames = WebSocketShape.AreFrames(bytes.FirstSpan, 0, isClient, mayCompress: true, IsEnd);
        return !endsWithCall ? DetectionResult.No
            : areFrames == true ? (isClient ? DetectionResult.FromClient : DetectionResult.FromServer)
            : areFrames == null ? DetectionResult.Maybe
            : DetectionResult.No;

        bool IsEnd(int end)
        {
            endsWithCall |= (ulong)end == callLength;
            return (ulong)end == callLength;
        }
    }

    /// <inheritdoc/>
    public IProtocolSession CreateSession(SessionContext context) => new WebSocketSession(context);
}
