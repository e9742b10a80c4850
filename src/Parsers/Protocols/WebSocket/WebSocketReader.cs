// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Numerics;

namespace L7Trace.Parsers.Protocols.WebSocket;

/// <summary>
/// Takes the frames of one direction apart (RFC 6455, section 5.2), in pieces of any size, and takes the mask off.
/// </summary>
internal sealed class WebSocketReader
{
    /// <summary>Bytes that <see cref="ReadPayload"/> needs for what it unmasks.</summary>
    public const int ScratchSize = 4096;

    private readonly byte[] _header = new byte[WebSocketFrame.MaxSize];
    private int _read;
    private uint _mask; // as it stands for the next byte

    /// <summary>The frame that is being read, or was last.</summary>
    public WebSocketFrame Frame { get; private set; }

    /// <summary>Its header is read; false between frames and inside a header.</summary>
    public bool IsInFrame { get; private set; }

    /// <summary>Nothing of a frame is read.</summary>
    public bool IsAtBoundary => !IsInFrame && _read == 0;

    /// <summary>Bytes of its payload that are still to come.</summary>
    public ulong Left { get; private set; }

    /// <summary>Takes bytes of the header from the front; Done when it is whole.</summary>
    public ParseStatus ReadHeader(scoped ref ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var status = WebSocketFrame.TryRead(_header.AsSpan(0, _read), out var frame);
            if (status == ParseStatus.Done)
            {
                Frame = frame;
                Left = frame.Length;
                _mask = frame.Mask;
                IsInFrame = true;
                return status;
            }

            if (status == ParseStatus.InvalidData || bytes.IsEmpty)
            {
                return status;
            }

            _header[_read++] = bytes[0];
            bytes = bytes[1..];
        }
    }

    /// <summary>
    /// Takes bytes of the payload from the front, gives them without mask, in <paramref name="scratch"/> or where they stand,
    /// and returns how many.
    /// </summary>
    public int ReadPayload(ReadOnlySpan<byte> bytes, Span<byte> scratch, out ReadOnlySpan<byte> payload)
    {
        var count = (int)Math.Min((ulong)bytes.Length, Left);
        if (_mask != 0)
        {
            count = Math.Min(count, scratch.Length);
            Unmask(bytes[..count], scratch);
        }

        payload = _mask != 0 ? scratch[..count] : bytes[..count];
        Left -= (ulong)count;
        return count;
    }

    /// <summary>Passes over payload that is missing; false when that reaches beyond the frame.</summary>
    public bool TrySkip(ulong count)
    {
        if (!IsInFrame || count > Left)
        {
            return false;
        }

        Left -= count;
        _mask = BitOperations.RotateRight(_mask, (int)(count & 3) * 8);
        return true;
    }

    /// <summary>The frame is over, or lost.</summary>
    public void End()
    {
        IsInFrame = false;
        _read = 0;
        Left = 0;
    }

    private void Unmask(ReadOnlySpan<byte> bytes, Span<byte> into)
    {
        var wide = _mask | ((ulong)_mask << 32);
        var at = 0;
        for (; at + 8 <= bytes.Length; at += 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(into[at..], BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]) ^ wide);
        }

        for (; at < bytes.Length; at++)
        {
            into[at] = (byte)(bytes[at] ^ _mask);
            _mask = BitOperations.RotateRight(_mask, 8);
        }
    }
}
