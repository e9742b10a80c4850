// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;

namespace L7Trace.Probe.Captures.Files;

/// <summary>A <see cref="CaptureInput"/> as a stream again, for the decompressor behind it.</summary>
internal class InputStream(CaptureInput input) : ForwardStream
{
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            input.Dispose();
        }

        base.Dispose(disposing);
    }
}
