// SPDX-License-Identifier: Apache-2.0
using System.Buffers;

namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>How much of a message's beginning some bytes show.</summary>
internal enum Http1ShapeKind : byte
{
    /// <summary>No message begins here.</summary>
    No,

    /// <summary>The start line is not complete; so far it may be one.</summary>
    Partial,

    /// <summary>A whole start line, and nothing or the beginning of a header behind it.</summary>
    StartLine,

    /// <summary>A whole start line and a whole header line or the end of the headers.</summary>
    Header,
}

/// <summary>Does a message begin here? Used where framing can't tell: at detection and after lost framing.</summary>
internal static class Http1Shape
{
    /// <summary>Bytes looked at.</summary>
    public const int MaxLook = 4096;

    /// <summary>
    /// Looks at the beginning of <paramref name="bytes"/>; <paramref name="knownMethod"/>: only methods in use count, and
    /// only request lines as RFC 9112 section 3 writes them.
    /// </summary>
    public static Http1ShapeKind Of(ReadOnlySequence<byte> bytes, bool isRequest, bool knownMethod = false)
    {
        if (bytes.FirstSpan.Length >= Math.Min(bytes.Length, MaxLook))
        {
            return Of(bytes.FirstSpan[..(int)Math.Min(bytes.Length, MaxLook)], isRequest, knownMethod);
        }

        Span<byte> copy = stackalloc byte[MaxLook];
        copy = copy[..(int)Math.Min(bytes.Length, MaxLook)];
        bytes.Slice(0, copy.Length).CopyTo(copy);
        return Of(copy, isRequest, knownMethod);
    }

    /// <summary>Looks at <paramref name="bytes"/>.</summary>
    public static Http1ShapeKind Of(ReadOnlySpan<byte> bytes, bool isRequest, bool knownMethod = false)
    {
        if (isRequest && knownMethod && !BeginsWithKnownMethod(bytes))
        {
            return Http1ShapeKind.No;
        }

        var end = bytes.IndexOf((byte)'\n');
        if (end < 0)
        {
            return MayBegin(bytes, isRequest) ? Http1ShapeKind.Partial : Http1ShapeKind.No;
        }

        var line = TrimReturn(bytes[..end]);
        Http1StartLineParts parts;
        if (!(isRequest
                ? Http1StartLine.TryParseRequest(line, lenient: !knownMethod, out parts)
                : Http1StartLine.TryParseStatus(line, lenient: false, out parts)))
        {
            return Http1ShapeKind.No;
        }

        var rest = bytes[(end + 1)..];
        var next = rest.IndexOf((byte)'\n');
        if (next < 0)
        {
            // An odd line alone proves nothing ("GET /key" is Redis, too): what follows must be a header.
            return parts.Warnings == Http1Warnings.None ? Http1ShapeKind.StartLine : Http1ShapeKind.Partial;
        }

        var header = TrimReturn(rest[..next]);
        var colon = header.IndexOf((byte)':');
        return header.IsEmpty || (colon > 0 && Http1StartLine.IsToken(header[..colon].TrimEnd((byte)' ')))
            ? Http1ShapeKind.Header
            : isRequest && !knownMethod && IsRequestBeyondDoubt(line) ? Http1ShapeKind.StartLine
            : Http1ShapeKind.No;
    }

    // A method in use and HTTP/1.x at the two ends of the line tell enough, whatever a broken client sends behind it.
    private static bool IsRequestBeyondDoubt(ReadOnlySpan<byte> line) =>
        BeginsWithKnownMethod(line) && line.Length > 9 && line[^9..].StartsWith(" HTTP/1."u8);

    private static bool BeginsWithKnownMethod(ReadOnlySpan<byte> bytes)
    {
        var space = bytes.IndexOf((byte)' ');
        return space < 0 ? HttpNames.MayBeKnownMethod(bytes) : HttpNames.IsKnownMethod(bytes[..space]);
    }

    private static bool MayBegin(ReadOnlySpan<byte> bytes, bool isRequest)
    {
        // A CR may stand at the very end, before its LF has come.
        bytes = bytes is [.., (byte)'\r'] ? bytes[..^1] : bytes;
        return isRequest ? Http1StartLine.MayBeRequest(bytes) : Http1StartLine.MayBeStatus(bytes, lenient: false);
    }

    private static ReadOnlySpan<byte> TrimReturn(ReadOnlySpan<byte> line) => line is [.., (byte)'\r'] ? line[..^1] : line;
}
