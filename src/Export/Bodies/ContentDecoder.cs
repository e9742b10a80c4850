// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;

namespace L7Trace.Export.Bodies;

/// <summary>
/// Takes the codings off what was kept of a body (Content-Encoding, RFC 9110 section 8.4, and Transfer-Encoding, RFC 9112
/// section 7): gzip, deflate (with zlib's header, as the standard says, and without), br and zstd, also several on top of
/// each other. Bounded in memory and time, whatever the bytes are; of broken and cut ones, what comes out of their beginning.
/// </summary>
/// <param name="inflaters">Those for formats that the BCL has not; without one, bodies in such a format stay as they are.</param>
public sealed class ContentDecoder(Inflaters inflaters)
{
    /// <summary>Bytes that come out at most, of each coding.</summary>
    public const int MaxDecoded = 1024 * 1024;

    private const int MaxCodings = 4;
    private const int Piece = 1024; // what a broken stream gave in the piece that breaks is lost

    /// <summary>The kept beginning of the request's or the response's body.</summary>
    public DecodedBody Decode(HttpExchange http, bool isRequest)
    {
        ArgumentNullException.ThrowIfNull(http);
        var headers = isRequest ? http.RequestHeaders : http.ResponseHeaders;
        var bytes = isRequest ? http.RequestBodyPrefix : http.ResponseBodyPrefix;
        var isCaptured = bytes.Length == (isRequest ? http.RequestBodySize : http.ResponseBodySize);
        var codings = CodingsOf(headers, "Content-Encoding");
        if (http.Protocol == Protocol.Http1)
        {
            codings.AddRange(CodingsOf(headers, "Transfer-Encoding").Where(static coding => coding != "chunked"));
        }

        return Decode(bytes, codings, isCaptured);
    }

    /// <summary>Bytes with these codings on them, the last one outermost. <paramref name="isCaptured"/>: they are all there are.</summary>
    public DecodedBody Decode(ReadOnlyMemory<byte> bytes, IReadOnlyList<string> codings, bool isCaptured)
    {
        ArgumentNullException.ThrowIfNull(codings);
        var isCut = false;
        for (var i = codings.Count - 1; i >= 0 && !bytes.IsEmpty; i--)
        {
            using var reader = codings.Count - i > MaxCodings ? null : CodingReader.Of(codings[i], bytes, inflaters);
            if (reader is null || TakeOff(reader, ref isCut) is not { } decoded)
            {
                return new DecodedBody
                {
                    Bytes = bytes,
                    Codings = [.. codings.Skip(i + 1)],
                    Undecoded = codings[i],
                    IsCaptured = isCaptured,
                    IsCut = isCut,
                };
            }

            bytes = decoded;
        }

        return new DecodedBody { Bytes = bytes, Codings = codings, IsCaptured = isCaptured, IsCut = isCut };
    }

    // Null when not one byte came out of what is broken.
    private static ReadOnlyMemory<byte>? TakeOff(CodingReader reader, ref bool isCut)
    {
        var output = new byte[16 * 1024];
        var length = 0;
        while (true)
        {
            if (length == output.Length)
            {
                if (length >= MaxDecoded)
                {
                    isCut |= reader.Read(stackalloc byte[1]) != 0;
                    return output;
                }

                Array.Resize(ref output, Math.Min(MaxDecoded, length * 2));
            }

            var count = reader.Read(output.AsSpan(length, Math.Min(Piece, output.Length - length)));
            if (count == CodingReader.Malformed)
            {
                isCut = true;
                return length == 0 ? null : output.AsMemory(0, length);
            }

            if (count == 0)
            {
                return output.AsMemory(0, length);
            }

            length += count;
        }
    }

    private static List<string> CodingsOf(IReadOnlyList<KeyValuePair<string, string>> headers, string name)
    {
        var codings = new List<string>();
        foreach (var (key, value) in headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                foreach (var coding in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                {
                    if (!coding.Equals("identity", StringComparison.OrdinalIgnoreCase) && codings.Count <= 2 * MaxCodings)
                    {
                        codings.Add(coding.ToLowerInvariant());
                    }
                }
            }
        }

        return codings;
    }
}
