// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Protocols.Http2.Hpack;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// The header blocks of one direction (RFC 9113, section 4.3): puts one together from its frames, between which no other frame may
/// stand, and decodes it with the table that all blocks of the direction share.
/// </summary>
internal sealed class Http2HeaderBlock(ParseLimits limits, bool fromStart, ArrayPool<byte>? pool)
{
    private readonly HpackDynamicTable _table = new(limits.MaxHeaderTable, fromStart);
    private HpackDecoder? _decoder;
    private KeptBytes _bytes = new(pool);
    private bool _isCut;                        // it has more than is kept
    private bool _mayContinueLost = !fromStart; // a CONTINUATION may have lost what it continues

    /// <summary>The frame that began the block that is under way; null when there is none, or that frame was missed.</summary>
    public Http2FrameHeader? First { get; private set; }

    /// <summary>The stream that a PUSH_PROMISE reserves.</summary>
    public uint Promised { get; set; }

    /// <summary>The fields decoded last.</summary>
    public HeaderFields Fields { get; } = new(limits.MaxHeaderBlock);

    /// <summary>True where this frame may stand.</summary>
    public bool MayBeFollowedBy(in Http2FrameHeader frame)
    {
        var isContinuation = frame.Type == Http2FrameType.Continuation;
        return First is { } open ? isContinuation && frame.StreamId == open.StreamId : !isContinuation || _mayContinueLost;
    }

    /// <summary>A block begins.</summary>
    public void Begin(in Http2FrameHeader frame)
    {
        First = frame;
        Promised = 0;
        _isCut = _mayContinueLost = false;
    }

    /// <summary>Takes the next bytes of it.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (!_isCut)
        {
            var before = _bytes.Length;
            _bytes.AppendPrefix(bytes, limits.MaxHeaderBlock);
            _isCut = _bytes.Length - before < bytes.Length;
        }
    }

    /// <summary>The next bytes of it are missing.</summary>
    public void Cut() => _isCut = true;

    /// <summary>
    /// The block has ended: decodes it into <see cref="Fields"/>. False when its beginning was missed; nothing is known then, of it or
    /// of the table. <paramref name="isWhole"/>: all of it was there and is right. <paramref name="isInvalid"/>: it is no header block.
    /// </summary>
    public bool TryDecode(out Http2FrameHeader first, out bool isWhole, out bool isInvalid)
    {
        first = First.GetValueOrDefault();
        var isKnown = First is not null;
        isWhole = isInvalid = false;
        if (isKnown)
        {
            Fields.Clear();
            isWhole = (_decoder ??= new HpackDecoder(_table)).Decode(_bytes.Span, _isCut, Fields);
            isInvalid = !isWhole && !_isCut;
        }
        else
        {
            _table.Lose();
        }

        Release();
        return isKnown;
    }

    /// <summary>Framing is lost: blocks may have been missed.</summary>
    public void Lose()
    {
        _mayContinueLost = true;
        Release();
        _table.Lose();
    }

    /// <summary>Gives back what is kept.</summary>
    public void Release()
    {
        _bytes.Release();
        _isCut = false;
        First = null;
    }
}
