// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>The nine bytes in front of each frame (RFC 9113, section 4.1).</summary>
/// <param name="Length">Bytes of the payload.</param>
/// <param name="Type">The type; it may be one that is not known.</param>
/// <param name="Flags">The flags.</param>
/// <param name="StreamId">The stream, 0 for the connection.</param>
/// <param name="IsReservedSet">The bit in front of the stream's number, which must not be set.</param>
internal readonly record struct Http2FrameHeader(
    int Length, Http2FrameType Type, Http2FrameFlags Flags, uint StreamId, bool IsReservedSet)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 9;

    /// <summary>What both sides accept when nothing else was agreed on (SETTINGS_MAX_FRAME_SIZE).</summary>
    public const int DefaultMaxLength = 16_384;

    /// <summary>The most that can be agreed on.</summary>
    public const int MaxLength = 16_777_215;

    /// <summary>The message's END_STREAM flag.</summary>
    public bool EndsStream => Type is Http2FrameType.Data or Http2FrameType.Headers && (Flags & Http2FrameFlags.EndStream) != 0;

    /// <summary>The block of header fields ends with this frame.</summary>
    public bool EndsHeaders => (Flags & Http2FrameFlags.EndHeaders) != 0;

    /// <summary>The payload begins with the length of the padding at its end.</summary>
    public bool IsPadded =>
        Type is Http2FrameType.Data or Http2FrameType.Headers or Http2FrameType.PushPromise && (Flags & Http2FrameFlags.Padded) != 0;

    /// <summary>Bytes in front of the content: pad length, priority, promised stream.</summary>
    public int PrefixLength => (IsPadded ? 1 : 0) + Type switch
    {
        Http2FrameType.Headers when (Flags & Http2FrameFlags.Priority) != 0 => 5,
        Http2FrameType.PushPromise => 4,
        _ => 0,
    };

    /// <summary>Reads a header; <paramref name="bytes"/> are at least <see cref="Size"/>.</summary>
    public static Http2FrameHeader Read(ReadOnlySpan<byte> bytes)
    {
        var stream = BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]);
        return new Http2FrameHeader(
            (bytes[0] << 16) | (bytes[1] << 8) | bytes[2],
            (Http2FrameType)bytes[3],
            (Http2FrameFlags)bytes[4],
            stream & int.MaxValue,
            stream >> 31 != 0);
    }

    /// <summary>
    /// False for a header that no endpoint may send (RFC 9113, section 6): a length or a stream that its type can't
    /// have. Of a type that is not known nothing can be said.
    /// </summary>
    public bool IsValid => Type switch
    {
        Http2FrameType.Data or Http2FrameType.Headers or Http2FrameType.PushPromise =>
            StreamId != 0 && Length >= PrefixLength,
        Http2FrameType.Continuation => StreamId != 0,
        Http2FrameType.Priority => StreamId != 0 && Length == 5,
        Http2FrameType.RstStream => StreamId != 0 && Length == 4,
        Http2FrameType.Settings => StreamId == 0 && ((Flags & Http2FrameFlags.Ack) != 0 ? Length == 0 : Length % 6 == 0),
        Http2FrameType.Ping => StreamId == 0 && Length == 8,
        Http2FrameType.GoAway => StreamId == 0 && Length >= 8,
        Http2FrameType.WindowUpdate => Length == 4,
        _ => true,
    };

    /// <summary>
    /// As <see cref="IsValid"/>, and nothing that is allowed but that nobody sends: reserved bits, flags without a meaning,
    /// types that are not registered. By this a frame is told from other bytes.
    /// </summary>
    public bool IsUsual => IsValid && !IsReservedSet && (byte)(Flags & ~Type switch
    {
        Http2FrameType.Data => Http2FrameFlags.EndStream | Http2FrameFlags.Padded,
        Http2FrameType.Headers =>
            Http2FrameFlags.EndStream | Http2FrameFlags.EndHeaders | Http2FrameFlags.Padded | Http2FrameFlags.Priority,
        Http2FrameType.PushPromise => Http2FrameFlags.EndHeaders | Http2FrameFlags.Padded,
        Http2FrameType.Continuation => Http2FrameFlags.EndHeaders,
        Http2FrameType.Settings or Http2FrameType.Ping => Http2FrameFlags.Ack,
        _ => Http2FrameFlags.None,
    }) == 0 && Type is <= Http2FrameType.AltSvc or Http2FrameType.Origin or Http2FrameType.PriorityUpdate;
}
