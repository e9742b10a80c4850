// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.Http1;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>One direction of a stream: a request or a response. Reused with its stream.</summary>
internal sealed class Http2Message(ParseLimits limits, Http2BodyRoom room)
{
    /// <summary>First and last byte of its frames.</summary>
    public MessageTiming Timing;

    /// <summary>The same of the block of fields that is, or was last, being read.</summary>
    public MessageTiming BlockTiming;

    private KeptBytes _prefix;
    private bool _isPrefixClosed; // frames may be missing between what is kept and what follows

    /// <summary>Pseudo-header fields and headers.</summary>
    public HeaderFields Fields { get; } = new(limits.MaxHeaderBlock);

    /// <summary>Fields behind the body.</summary>
    public HeaderFields Trailers { get; } = new(limits.MaxHeaderBlock);

    /// <summary>gRPC messages in the body.</summary>
    public GrpcMessageReader Grpc { get; } = new(limits.MaxMessageTimes);

    /// <summary>Its header fields were seen, at least the frame that has them.</summary>
    public bool HasHead { get; set; }

    /// <summary>It ended: END_STREAM.</summary>
    public bool IsEnded { get; set; }

    /// <summary>The body is as long as its content-length says, so nothing but trailers can follow (RFC 9113, section 8.1.1).</summary>
    public bool HasAllOfItsLength => HasHead && !IsUncertain && !IsFieldMissing &&
        long.TryParse(Fields["content-length"], NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length == BodySize;

    /// <summary>Framing was lost while it was under way: frames of it may have been missed, also its end.</summary>
    public bool IsUncertain { get; set; }

    /// <summary>The call that moved the last byte so far was not seen.</summary>
    public bool IsEndTimeUnknown { get; set; }

    /// <summary>A block of its fields was not decoded to its end: fields are missing.</summary>
    public bool IsFieldMissing { get; set; }

    /// <summary>Bytes of the body, without padding.</summary>
    public long BodySize { get; private set; }

    /// <summary>Of those, and of header blocks, not captured.</summary>
    public ulong Missing { get; set; }

    /// <summary>The first bytes of the body.</summary>
    public ReadOnlySpan<byte> Prefix => _prefix.Span;

    /// <summary>Memory kept, bytes.</summary>
    public long Kept => Fields.Size + Trailers.Size + _prefix.Length;

    /// <summary>Bytes of the body.</summary>
    public void OnData(ReadOnlySpan<byte> bytes, SegmentTime time)
    {
        if (HasHead && !_isPrefixClosed && BodySize == _prefix.Length)
        {
            var count = room.Take(Math.Min(bytes.Length, limits.MaxBodyPrefix - _prefix.Length));
            _prefix.AppendPrefix(bytes[..count], limits.MaxBodyPrefix);
        }

        BodySize += bytes.Length;
        Grpc.Read(bytes, time);
    }

    /// <summary>Its fields are there: what follows is its body from the beginning.</summary>
    public void OnHead()
    {
        HasHead = true;
        _isPrefixClosed = BodySize > 0;
    }

    /// <summary>Frames of it may have been missed, also its end.</summary>
    public void Lose()
    {
        if (IsEnded)
        {
            return; // behind its end nothing of it can be missed
        }

        IsUncertain = true;
        _isPrefixClosed = true;
        Grpc.Lose();
    }

    /// <summary>Bytes of the body that were not captured.</summary>
    public void OnMissingData(ulong count, SegmentTime time)
    {
        BodySize += (long)count;
        Missing += count;
        Grpc.Skip(count, time);
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        Timing = BlockTiming = default;
        Fields.Clear();
        Trailers.Clear();
        Grpc.Reset();
        room.Return(_prefix.Length);
        _prefix.Release();
        HasHead = IsEnded = IsUncertain = IsEndTimeUnknown = IsFieldMissing = _isPrefixClosed = false;
        BodySize = 0;
        Missing = 0;
    }
}
