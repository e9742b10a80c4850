// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>A message or control frame that is being read. Reused.</summary>
internal sealed class WebSocketContent(ParseLimits limits) : IInflatedSink
{
    /// <summary>First and last byte of its frames.</summary>
    public MessageTiming Timing;

    private KeptBytes _prefix;
    private Utf8Check _text;
    private WebSocketInflation? _inflation;
    private int _cap;
    private bool _isCut; // bytes are missing: what follows them is not looked at

    /// <summary>It is being read.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>What it is.</summary>
    public WebSocketOpcode Opcode { get; private set; }

    /// <summary>An extension that is not known changed its payload.</summary>
    public bool IsOpaque { get; private set; }

    /// <summary>It is compressed.</summary>
    public bool IsCompressed { get; private set; }

    /// <summary>Frames so far.</summary>
    public int Frames { get; set; }

    /// <summary>Bytes of payload so far, as sent, those that are missing among them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Inflated so far.</summary>
    public long InflatedBytes { get; private set; }

    /// <summary>It was, or is being, inflated without a fault.</summary>
    public bool IsInflated => IsCompressed && _inflation is not null;

    /// <summary>Bytes of payload that were not captured.</summary>
    public ulong Missing { get; private set; }

    /// <summary>The first bytes of what was sent, inflated.</summary>
    public ReadOnlySpan<byte> Prefix => _prefix.Span;

    /// <summary>As far as it was seen it is what its sender calls it: UTF-8.</summary>
    public bool IsText => Opcode == WebSocketOpcode.Text && !_text.IsBroken && (Warnings & WebSocketWarnings.BadText) == 0 && !IsOpaque && (!IsCompressed || _prefix.Length > 0 || IsInflated);

    /// <summary>What is wrong with it.</summary>
    public WebSocketWarnings Warnings { get; private set; }

    /// <summary>A message begins; <paramref name="inflation"/> is there when it is compressed and can be inflated.</summary>
    public void Begin(WebSocketOpcode opcode, bool isOpaque, bool isCompressed = false, WebSocketInflation? inflation = null)
    {
        Close();
        IsOpen = true;
        Opcode = opcode;
        IsOpaque = isOpaque;
        IsCompressed = isCompressed;
        if (isCompressed && isOpaque)
        {
            inflation?.Break(); // what it adds to the window is not known
        }

        _inflation = isCompressed && !isOpaque && inflation?.TryBegin() == true ? inflation : null;
        _cap = opcode == WebSocketOpcode.Close ? WebSocketFrame.MaxControl : limits.KeepsWebSocketMessages ? limits.MaxMessagePrefix : 0;
    }

    /// <summary>Takes note of when its bytes were moved.</summary>
    public void Extend(ulong start, ulong end, SegmentTime first, SegmentTime last) => Timing.Extend(start, end, first, last);

    /// <summary>The next bytes of its payload, without mask.</summary>
    public void Add(ReadOnlySpan<byte> payload)
    {
        Bytes += payload.Length;
        if (!IsCompressed)
        {
            Take(payload);
        }
        else if (_inflation is not null && !_inflation.TryAdd(payload, this))
        {
            StopInflating();
        }
    }

    /// <summary>So many of them are missing.</summary>
    public void Miss(ulong count)
    {
        Bytes = (long)Math.Min(long.MaxValue, (ulong)Bytes + count);
        Missing += count;
        _isCut = true;
        _inflation?.Break();
        _inflation = null;
    }

    /// <summary>Its end will not be read.</summary>
    public void Break()
    {
        _inflation?.Break();
        _inflation = null;
    }

    /// <summary>It is whole. True when it was inflated to its end.</summary>
    public bool End()
    {
        if (_inflation is not null && !_inflation.TryEnd(this))
        {
            StopInflating();
        }

        var isSeen = !_isCut && (!IsCompressed || IsInflated);
        if (Opcode == WebSocketOpcode.Text && !IsOpaque && (_text.IsBroken || (isSeen && !_text.IsWhole)))
        {
            Warnings |= WebSocketWarnings.BadText;
        }

        return IsInflated;
    }

    /// <summary>Forgets everything.</summary>
    public void Close()
    {
        IsOpen = false;
        Timing = default;
        _prefix.Release();
        _text = default;
        _inflation = null;
        _isCut = false;
        Frames = 0;
        Bytes = InflatedBytes = 0;
        Missing = 0;
        Warnings = 0;
    }

    void IInflatedSink.OnInflated(ReadOnlySpan<byte> bytes)
    {
        InflatedBytes += bytes.Length;
        Take(bytes);
    }

    private void StopInflating()
    {
        Warnings |= _inflation!.IsMalformed ? WebSocketWarnings.BadCompression : 0;
        _inflation = null;
        _isCut = true;
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        if (_isCut)
        {
            return;
        }

        if (_prefix.Length < _cap)
        {
            _prefix.AppendPrefix(bytes, _cap);
        }

        if (Opcode == WebSocketOpcode.Text && !IsOpaque)
        {
            _text.Add(bytes);
        }
    }
}
