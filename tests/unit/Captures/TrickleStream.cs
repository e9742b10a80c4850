// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.UnitTests.Captures;

/// <summary>Gives bytes in small pieces, as a pipe may, and can fail in the end.</summary>
internal sealed class TrickleStream(byte[] bytes, int piece, bool failsInTheEnd = false) : MemoryStream(bytes)
{
    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = base.Read(buffer, offset, Math.Min(count, piece));
        return read == 0 && failsInTheEnd ? throw new IOException("Input/output error") : read;
    }

    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, piece)]);
}
