// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using L7Trace.Parsers.Model;

namespace L7Trace.Parsers.Protocols.MySqlX;

/// <summary>
/// Recognises MySQL's X Protocol, from a connection's first bytes only: in mid-connection its frames look like the
/// classic protocol's packets. Its messages are not parsed. MySQL source documentation, "X Protocol", and mysqlx.proto.
/// </summary>
internal sealed class MySqlXDetector : IProtocolDetector
{
    private const int HeaderSize = 5;          // length of what follows (4 bytes, little endian), type
    private const int MaxFrame = 16 * 1024;    // of a first message; authentication data is short

    /// <inheritdoc/>
    public Protocol Protocol => Protocol.MySqlX;

    /// <inheritdoc/>
    public DetectionResult Detect(
        ReadOnlySequence<byte> bytes, Direction direction, EndpointRole role, bool fromStart, ulong callLength)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (!fromStart)
        {
            return DetectionResult.No;
        }

        if (bytes.Length < HeaderSize)
        {
            return DetectionResult.Maybe;
        }

        bytes.Slice(0, HeaderSize).CopyTo(header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var type = header[HeaderSize - 1];
        bool? fromClient = role == EndpointRole.Unknown ? null : direction == role.RequestDirection();
        if (length is 0 or > MaxFrame || !MySqlXFrame.MayBeFirst(type, (int)length - 1, fromClient))
        {
            return DetectionResult.No;
        }

        if (bytes.Length < HeaderSize - 1 + length)
        {
            return DetectionResult.Maybe;
        }

        return Look(type, bytes.Slice(HeaderSize, length - 1), fromClient);
    }

    /// <inheritdoc/>
    public IProtocolSession? CreateSession(SessionContext context) => null;

    private static DetectionResult Look(byte type, ReadOnlySequence<byte> body, bool? fromClient)
    {
        var rented = ArrayPool<byte>.Shared.Rent((int)body.Length);
        var message = rented.AsSpan(0, (int)body.Length);
        body.CopyTo(message);
        var result = fromClient != true && MySqlXFrame.IsFromServer(type, message) ? DetectionResult.FromServer
            : fromClient != false && MySqlXFrame.IsFromClient(type, message) ? DetectionResult.FromClient
            : fromClient != false && MySqlXFrame.IsAsking(type, message) ? DetectionResult.Maybe // too little: the answer will tell
            : DetectionResult.No;
        ArrayPool<byte>.Shared.Return(rented, clearArray: true); // it may hold a password
        return result;
    }
}
