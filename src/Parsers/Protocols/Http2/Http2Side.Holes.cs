// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols.Http2;

/// <content>A hole is passed where it lies in one frame; one that is larger loses the framing.</content>
internal sealed partial class Http2Side
{
    /// <summary><paramref name="length"/> bytes are missing behind the window, which is empty. False when they reach beyond the frame.</summary>
    public bool TrySkip(StreamWindow window, ulong length)
    {
        if (!_inFrame || length > (ulong)Left)
        {
            return false;
        }

        var left = (int)length;
        if (_prefixLeft > 0)
        {
            // How much of the payload is padding is not known now: none of it is taken for content.
            _paddingLeft = Left;
            _prefixLeft = _contentLeft = 0;
            _block.Cut();
            LoseContent();
        }

        var ofContent = Math.Min(left, _contentLeft);
        var time = window.TimeAt(window.EndOffset + length - 1);
        if (_stream is { } stream)
        {
            var message = stream.Of(isRequest);
            message.IsEndTimeUnknown = !window.ExtendOverHole(ref message.Timing, length);
        }

        _contentLeft -= ofContent;
        _paddingLeft -= left - ofContent;
        if (ofContent > 0)
        {
            if (_frame.Type == Http2FrameType.Data)
            {
                if (_stream?.WebSocket is { } socket)
                {
                    socket.Skip(isRequest, (ulong)ofContent, window.EndOffset + (ulong)ofContent, time);
                }

                _stream?.Of(isRequest).OnMissingData((ulong)ofContent, time);
            }
            else
            {
                _block.Cut();
                _controlRead = MaxControl + 1;
                if (_stream is not null)
                {
                    _stream.Of(isRequest).Missing += (ulong)ofContent;
                }
            }
        }

        return Left > 0 || End();
    }

    /// <summary>Framing is lost. Header blocks may have been missed.</summary>
    public void Lose()
    {
        _inFrame = false;
        _prefixLeft = _contentLeft = _paddingLeft = 0;
        _stream = null;
        _block.Lose();
    }

    private void LoseContent()
    {
        if (_frame.Type == Http2FrameType.Data && _stream is { } stream)
        {
            stream.Lose(isRequest);
        }
    }
}
