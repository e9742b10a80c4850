// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Buffers.Binary;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http2;

/// <summary>
/// Frames of one direction (RFC 9113, sections 4 and 6): takes them apart as their bytes come, and tells the
/// session. The other part is what is missing.
/// </summary>
internal sealed partial class Http2Side(Http2Session session, bool isRequest, ParseLimits limits, bool fromStart, ArrayPool<byte>? pool)
{
    private const int MaxControl = 64; // bytes of a control frame that are looked at

    private readonly Http2HeaderBlock _block = new(limits, fromStart, pool);
    private readonly byte[] _control = new byte[MaxControl];
    private Http2FrameHeader _frame;
    private bool _inFrame;
    private int _prefixLeft;       // bytes in front of the content that are not read yet
    private int _contentLeft;
    private int _paddingLeft;
    private int _controlRead;
    private SegmentTime _time;     // of the byte taken last
    private Http2Stream? _stream;  // of the frame; null when there is none to tell

    /// <summary>Bytes of the frame that are still to come; 0 between frames.</summary>
    private int Left => _prefixLeft + _contentLeft + _paddingLeft;

    /// <summary>Reads all that the window has, or up to what waits for its request.</summary>
    public ParseStatus Read(StreamWindow window)
    {
        while (true)
        {
            if (!_inFrame)
            {
                var status = Begin(window);
                if (status != ParseStatus.Done)
                {
                    return status;
                }
            }

            if (!ReadPrefix(window))
            {
                return ParseStatus.NeedMoreData;
            }

            if (_contentLeft < 0)
            {
                return ParseStatus.InvalidData; // more padding than there is payload
            }

            ReadContent(window);
            if (_contentLeft == 0 && _paddingLeft > 0)
            {
                var count = (int)Math.Min(_paddingLeft, window.Length);
                Take(window, count);
                _paddingLeft -= count;
            }

            if (Left > 0)
            {
                return ParseStatus.NeedMoreData;
            }

            if (!End())
            {
                return ParseStatus.InvalidData;
            }
        }
    }

    /// <summary>The stream is closed: what still comes of its frame is nobody's.</summary>
    public void Forget(Http2Stream stream)
    {
        if (_stream == stream)
        {
            _stream = null;
        }
    }

    /// <summary>Nothing more will be read.</summary>
    public void Release() => _block.Release();

    private ParseStatus Begin(StreamWindow window)
    {
        if (window.Length < Http2FrameHeader.Size)
        {
            return ParseStatus.NeedMoreData;
        }

        var frame = Http2FrameHeader.Read(window.Span[..Http2FrameHeader.Size]);
        if (!frame.IsValid || !_block.MayBeFollowedBy(frame))
        {
            return ParseStatus.InvalidData;
        }

        var status = session.OnFrame(frame, isRequest, window, out _stream);
        if (status != ParseStatus.Done)
        {
            return status;
        }

        _frame = frame;
        _inFrame = true;
        _prefixLeft = frame.PrefixLength;
        _contentLeft = frame.Length - _prefixLeft;
        _paddingLeft = _controlRead = 0;
        if (frame.Type is Http2FrameType.Headers or Http2FrameType.PushPromise)
        {
            _block.Begin(frame);
            _stream?.Of(isRequest).BlockTiming = default;
        }

        Take(window, Http2FrameHeader.Size);
        return ParseStatus.Done;
    }

    // False while it is not complete.
    private bool ReadPrefix(StreamWindow window)
    {
        if (_prefixLeft == 0)
        {
            return true;
        }

        if (window.Length < _prefixLeft)
        {
            return false;
        }

        var bytes = window.Span[.._prefixLeft];
        if (_frame.IsPadded)
        {
            _paddingLeft = bytes[0];
            _contentLeft -= bytes[0];
            bytes = bytes[1..];
        }

        if (_frame.Type == Http2FrameType.PushPromise)
        {
            _block.Promised = BinaryPrimitives.ReadUInt32BigEndian(bytes) & int.MaxValue;
        }

        Take(window, _prefixLeft);
        _prefixLeft = 0;
        return true;
    }

    private void ReadContent(StreamWindow window)
    {
        while (_contentLeft > 0 && !window.IsEmpty)
        {
            var bytes = window.Span;
            bytes = bytes[..Math.Min(bytes.Length, _contentLeft)];
            switch (_frame.Type)
            {
                case Http2FrameType.Data:
                    bytes = ReadData(window, bytes);
                    break;

                case Http2FrameType.Headers or Http2FrameType.PushPromise or Http2FrameType.Continuation:
                    _block.Append(bytes);
                    break;

                default:
                    var kept = bytes[..Math.Clamp(MaxControl - _controlRead, 0, bytes.Length)];
                    kept.CopyTo(_control.AsSpan(Math.Min(_controlRead, MaxControl)));
                    _controlRead = Math.Min(MaxControl + 1, _controlRead + bytes.Length);
                    break;
            }

            _contentLeft -= bytes.Length;
            Take(window, bytes.Length);
        }
    }

    // What was read of it.
    private ReadOnlySpan<byte> ReadData(StreamWindow window, ReadOnlySpan<byte> bytes)
    {
        if (_stream?.WebSocket is { } socket)
        {
            bytes = bytes[..(int)Math.Min((ulong)bytes.Length, Math.Max(1, window.CallEnd - window.Offset))];
            socket.Read(isRequest, bytes, window.Offset, window.TimeAt(window.Offset));
        }
        else
        {
            _stream?.Of(isRequest).OnData(bytes, window.TimeAt(window.Offset + (ulong)bytes.Length - 1));
        }

        return bytes;
    }

    private void Take(StreamWindow window, int count)
    {
        if (count > 0)
        {
            var end = window.Offset + (ulong)count;
            _time = window.TimeAt(end - 1);
            if (_stream is { } stream && _frame.Type != Http2FrameType.RstStream) // which is no part of the message
            {
                var message = stream.Of(isRequest);
                message.IsEndTimeUnknown = false;
                window.Extend(ref message.Timing, window.Offset, end);
                if (_frame.Type != Http2FrameType.Data)
                {
                    window.Extend(ref message.BlockTiming, window.Offset, end);
                }
            }

            window.Advance(count);
        }
    }

    private bool End()
    {
        _inFrame = false;
        switch (_frame.Type)
        {
            case Http2FrameType.Data:
                session.OnDataEnd(_stream, _frame, isRequest);
                return true;

            case Http2FrameType.Headers or Http2FrameType.PushPromise or Http2FrameType.Continuation:
                return !_frame.EndsHeaders || EndHeaders();

            default:
                session.OnControl(_frame, isRequest, _control.AsSpan(0, _controlRead > MaxControl ? 0 : _controlRead));
                return true;
        }
    }

    private bool EndHeaders()
    {
        if (!_block.TryDecode(out var first, out var isWhole, out var isInvalid))
        {
            return true; // the end of a block whose beginning was missed
        }

        if (first.Type == Http2FrameType.PushPromise)
        {
            session.OnPromise(_block.Promised, _block.Fields, isWhole);
        }
        else
        {
            session.OnHeaders(_stream, first, isRequest, _block.Fields, isWhole);
        }

        return !isInvalid;
    }
}
