// SPDX-License-Identifier: Apache-2.0
using System.IO.Compression;
using L7Trace.Parsers.Compression;

namespace L7Trace.Probe.Captures.Files;

/// <summary>
/// Decompresses gzip data (RFC 1952), one member or several, and tells a whole input from one that is cut: the library takes
/// every end for the end, also one in the middle of a member. Throws <see cref="InvalidDataException"/> there.
/// </summary>
internal sealed class GzipInput : ForwardStream
{
    private readonly Feed _feed;
    private readonly GZipStream _gzip;
    private bool _ended;

    /// <summary>Reads from the input, which is disposed with this.</summary>
    public GzipInput(CaptureInput input)
    {
        _feed = new Feed(input);
        _gzip = new GZipStream(_feed, CompressionMode.Decompress);
    }

    public override int Read(Span<byte> buffer)
    {
        var count = _ended || buffer.IsEmpty ? 0 : _gzip.Read(buffer);
        if (count == 0 && !_ended && !buffer.IsEmpty)
        {
            _ended = true;
            if (!IsWhole())
            {
                throw new InvalidDataException("the compressed data is cut off, or is followed by something else");
            }
        }

        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _gzip.Dispose();
        }

        base.Dispose(disposing);
    }

    // All that was compressed has been read. Another member is put behind it: it comes out as it is only when the
    // member before it was complete.
    private bool IsWhole()
    {
        _feed.GoOn();
        Span<byte> found = stackalloc byte[Feed.Words.Length + 1];
        return _gzip.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == Feed.Words.Length &&
            found.StartsWith(Feed.Words);
    }

    /// <summary>The compressed bytes: those of the input, then a member of our own.</summary>
    private sealed class Feed(CaptureInput input) : InputStream(input)
    {
        private int _position = -1;

        /// <summary>What the member has in it.</summary>
        public static ReadOnlySpan<byte> Words => "L7Trace!"u8;

        private static ReadOnlySpan<byte> Member =>
        [
            0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0xF3, 0x31, 0x0F, 0x29, 0x4A, 0x4C, 0x4E, 0x55, 0x04,
            0x00, 0xFA, 0x00, 0x31, 0xFF, 0x08, 0x00, 0x00, 0x00,
        ];

        /// <summary>From now on the member is read.</summary>
        public void GoOn() => _position = 0;

        public override int Read(Span<byte> buffer)
        {
            if (_position < 0)
            {
                return base.Read(buffer);
            }

            var count = Math.Min(buffer.Length, Member.Length - _position);
            Member.Slice(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }
    }
}
