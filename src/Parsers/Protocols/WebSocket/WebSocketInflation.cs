// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>
/// permessage-deflate of one direction (RFC 7692, section 7.2.2): what a message inflates to depends on the messages before
/// it, unless the sender forgets them. Once something is missing, nothing is inflated until it does not matter any more:
/// never, or with the next message.
/// </summary>
internal sealed class WebSocketInflation(InflaterPool pool, ParseLimits limits, int windowBits, bool forgets)
{
    private DeflateDecoder? _decoder;
    private bool _isBroken;
    private long _allowance = limits.MaxInflatedMessages;

    private static ReadOnlySpan<byte> Tail => [0, 0, 0xff, 0xff];

    /// <summary>It broke because of what the sender sent, not because of what was missed or is more than allowed.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>A message begins; false when it can't be inflated.</summary>
    public bool TryBegin()
    {
        if (forgets)
        {
            _decoder?.Reset();
            _isBroken = false;
        }

        _decoder ??= _isBroken ? null : pool.RentDecoder(windowBits, limits.MaxInflateWindows);
        _isBroken |= _decoder is null; // this message will be missing from the window
        return !_isBroken;
    }

    /// <summary>The next bytes of it; false when they can't be inflated.</summary>
    public bool TryAdd(ReadOnlySpan<byte> payload, IInflatedSink sink)
    {
        _allowance = Math.Min(limits.MaxInflatedMessages, _allowance + (payload.Length * limits.MaxInflatedRatio));
        return TryDecode(payload, sink);
    }

    /// <summary>It ended; false when it can't have ended there.</summary>
    public bool TryEnd(IInflatedSink sink)
    {
        if (!TryDecode(Tail, sink))
        {
            return false;
        }

        if (_decoder!.IsAtBoundary)
        {
            return true;
        }

        IsMalformed = true;
        Break();
        return false;
    }

    /// <summary>Bytes are missing.</summary>
    public void Break()
    {
        _isBroken = true;
        if (!forgets)
        {
            Release();
        }
    }

    /// <summary>Gives back what it holds.</summary>
    public void Release()
    {
        if (_decoder is { } decoder)
        {
            pool.Return(decoder);
            _decoder = null;
        }
    }

    private bool TryDecode(ReadOnlySpan<byte> bytes, IInflatedSink sink)
    {
        var status = _decoder!.Decode(bytes, sink, ref _allowance);
        if (status == DeflateStatus.Done)
        {
            return true;
        }

        IsMalformed = status == DeflateStatus.Malformed;
        Break();
        return false;
    }
}
