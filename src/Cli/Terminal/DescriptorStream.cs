// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli.Hosting;
using L7Trace.Probe;

namespace L7Trace.Cli.Terminal;

/// <summary>Writes to a descriptor that the process was started with, each time at once; does not close it.</summary>
internal sealed class DescriptorStream(int descriptor, bool ignoresBrokenPipe) : Stream
{
    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            StandardDescriptor.Write(descriptor, buffer);
        }
        catch (IOException exception) when (ignoresBrokenPipe && BrokenPipe.Is(exception))
        {
            // Nobody is there to be told.
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
