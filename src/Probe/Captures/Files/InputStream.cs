// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Captures.Files;

/// <summary>A <see cref="CaptureInput"/> as a stream again, for the decompressor behind it.</summary>
internal class InputStream(CaptureInput input) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => input.Position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || (input.Available == 0 && !input.TryPeek(1, out _)))
        {
            return input.Failure is null ? 0 : throw new IOException(input.Failure);
        }

        var count = Math.Min(buffer.Length, input.Available);
        input.Slice(0, count).CopyTo(buffer);
        input.Advance(count);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
