// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Text;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>How the end of a body is known (RFC 9112 section 6.3).</summary>
internal enum Http1BodyKind : byte
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>Content-Length bytes.</summary>
    Length,

    /// <summary>Chunks up to one of size 0, then trailers.</summary>
    Chunked,

    /// <summary>Everything up to the end of the stream.</summary>
    UntilClose,
}

/// <summary>What the headers of one message say of its framing. Taken header by header.</summary>
internal struct Http1Framing
{
    private bool _hasTransferEncoding;
    private bool _chunkedIsLast;
    private bool _hasContentLength;
    private long _contentLength;

    /// <summary>Ambiguities seen so far.</summary>
    public Http1Warnings Warnings;

    /// <summary>True when the Upgrade header is there.</summary>
    public bool HasUpgrade { get; private set; }

    /// <summary>Takes note of one header line (unfolded, without its line end); where its colon stands, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int TakeHeader(ReadOnlySpan<byte> line, bool mayHaveNul)
    {
        var colon = line.IndexOf((byte)':');
        var name = colon > 0 ? Blanks.TrimEnd(line[..colon]) : default;
        if (colon <= 0 || name.Length != colon || !Http1StartLine.IsToken(name) || (mayHaveNul && line.Contains((byte)0)))
        {
            Warnings |= Http1Warnings.BadHeaderLine;
        }

        switch (name.Length)
        {
            case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                TakeContentLength(line[(colon + 1)..]);
                break;
            case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                TakeTransferEncoding(line[(colon + 1)..]);
                break;
            case 7 when Ascii.EqualsIgnoreCase(name, "upgrade"u8):
                HasUpgrade = true;
                break;
        }

        return colon;
    }

    /// <summary>Framing of a request's body; <paramref name="length"/> is for <see cref="Http1BodyKind.Length"/>.</summary>
    public Http1BodyKind OfRequest(int minorVersion, out long length)
    {
        var kind = OfAny(minorVersion, out length);

        // A request can't be ended by closing. Where its framing is broken (the server will answer 400 and close),
        // all that follows is taken as its body: nothing is paired that might be part of it.
        return kind == Http1BodyKind.UntilClose && !_hasTransferEncoding && !_hasContentLength ? Http1BodyKind.None : kind;
    }

    /// <summary>
    /// Framing of a response's body. <paramref name="toHead"/>: it answers HEAD. <paramref name="toConnect"/>: it
    /// answers CONNECT.
    /// </summary>
    public Http1BodyKind OfResponse(int status, int minorVersion, bool toHead, bool toConnect, out long length)
    {
        length = 0;
        if (toHead || status is (>= 100 and < 200) or 204 or 304 || (toConnect && status is >= 200 and < 300))
        {
            return Http1BodyKind.None;
        }

        return OfAny(minorVersion, out length);
    }

    private Http1BodyKind OfAny(int minorVersion, out long length)
    {
        length = 0;
        if (_hasTransferEncoding)
        {
            Warnings |= _hasContentLength ? Http1Warnings.BothLengths : 0;
            Warnings |= minorVersion == 0 ? Http1Warnings.OldVersionTransferEncoding : 0;
            Warnings |= _chunkedIsLast ? 0 : Http1Warnings.BadTransferEncoding;
            return _chunkedIsLast ? Http1BodyKind.Chunked : Http1BodyKind.UntilClose;
        }

        if (!_hasContentLength || (Warnings & Http1Warnings.BadContentLength) != 0)
        {
            return Http1BodyKind.UntilClose;
        }

        length = _contentLength;
        return length == 0 ? Http1BodyKind.None : Http1BodyKind.Length;
    }

    // RFC 9112 section 6.3 item 5: a list of equal values is one value, anything else has no meaning.
    private void TakeContentLength(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var comma = value.IndexOf((byte)',');
            var item = Blanks.Trim(comma < 0 ? value : value[..comma]);
            if (!TryParseLength(item, out var length) || (_hasContentLength && length != _contentLength))
            {
                Warnings |= Http1Warnings.BadContentLength;
            }
            else if (_hasContentLength)
            {
                Warnings |= Http1Warnings.RepeatedContentLength;
            }

            _contentLength = length;
            _hasContentLength = true;
            if (comma < 0)
            {
                return;
            }

            value = value[(comma + 1)..];
        }
    }

    private void TakeTransferEncoding(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var comma = value.IndexOf((byte)',');
            var item = Blanks.Trim(comma < 0 ? value : value[..comma]);
            if (Ascii.EqualsIgnoreCase(item, "chunked"u8))
            {
                Warnings |= _chunkedIsLast ? Http1Warnings.BadTransferEncoding : 0;
                _hasTransferEncoding = _chunkedIsLast = true;
            }
            else if (!item.IsEmpty && !Ascii.EqualsIgnoreCase(item, "identity"u8))
            {
                Warnings |= _chunkedIsLast ? Http1Warnings.BadTransferEncoding : 0;
                _hasTransferEncoding = true;
                _chunkedIsLast = false;
            }

            if (comma < 0)
            {
                return;
            }

            value = value[(comma + 1)..];
        }
    }

    private static bool TryParseLength(ReadOnlySpan<byte> digits, out long length)
    {
        length = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit) || length > (long.MaxValue - 9) / 10)
            {
                return false;
            }

            length = (length * 10) + digit - '0';
        }

        return !digits.IsEmpty;
    }
}
