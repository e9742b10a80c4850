// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>
/// A stream as a window that moves forward: large reads, no copy for who looks. It takes what a pipe has to give and
/// never waits for more than was asked for, so that a capture can be read while it is being written.
/// </summary>
internal sealed class CaptureInput(Stream stream, int bufferSize) : IDisposable
{
    private byte[] _buffer = new byte[bufferSize];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Place of the window's first byte in the input.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes in the window now.</summary>
    public int Available => _end - _start;

    /// <summary>Why the input could not be read to its end; null when it could.</summary>
    public string? Failure { get; private set; }

    /// <summary>The next bytes, which stay; false when the input ends before, with what is left of it.</summary>
    public bool TryPeek(int count, out ReadOnlySpan<byte> bytes)
    {
        while (_end - _start < count)
        {
            if (!Fill(count))
            {
                bytes = _buffer.AsSpan(_start, _end - _start);
                return false;
            }
        }

        bytes = _buffer.AsSpan(_start, count);
        return true;
    }

    /// <summary>A part of the window, by places inside it.</summary>
    public ReadOnlySpan<byte> Slice(int start, int length) => _buffer.AsSpan(_start + start, length);

    /// <summary>Leaves bytes that were peeked at behind.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _end - _start);
        _start += count;
        Position += count;
    }

    /// <summary>Leaves that many bytes behind unread; false when the input ends before.</summary>
    public bool Skip(long count)
    {
        while (count > 0)
        {
            if (_start == _end && !Fill(1))
            {
                return false;
            }

            var step = (int)Math.Min(count, _end - _start);
            Advance(step);
            count -= step;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private bool Fill(int wanted)
    {
        if (_ended)
        {
            return false;
        }

        if (_start > 0 && (_start == _end || _start + wanted > _buffer.Length))
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            // Only as far as there really are bytes: a length in a hostile file reserves nothing.
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, (long)_buffer.Length * 2));
        }

        var count = 0;
        try
        {
            count = stream.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            Failure = e.Message.TrimEnd('.');
        }

        _end += count;
        _ended = count == 0;
        return count > 0;
    }
}
