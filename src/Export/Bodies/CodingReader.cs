// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.IO.Compression;
using L7Trace.Parsers.Compression;

namespace L7Trace.Export.Bodies;

/// <summary>Takes one coding off, piece by piece. Never throws on input.</summary>
internal abstract class CodingReader : IDisposable
{
    /// <summary>What <see cref="Read"/> returns for bytes that are not of this coding.</summary>
    public const int Malformed = -1;

    /// <summary>One for a coding's name (RFC 9110 section 8.4.1), in small letters; null when it is none that is known.</summary>
    public static CodingReader? Of(string coding, ReadOnlyMemory<byte> input, Inflaters inflaters) => coding switch
    {
        "gzip" or "x-gzip" => new FromStream(new GZipStream(Feed(input), CompressionMode.Decompress)),
        "deflate" => new FromStream(HasZlibHeader(input.Span)
            ? new ZLibStream(Feed(input), CompressionMode.Decompress)
            : new DeflateStream(Feed(input), CompressionMode.Decompress)), // what some servers mean by it
        "br" => new FromBrotli(input),
        "zstd" when inflaters.Zstd is { } make => new FromInflater(make(), input),
        _ => null,
    };

    /// <summary>Fills <paramref name="output"/> as far as it goes; 0 at the end of what there is.</summary>
    public abstract int Read(Span<byte> output);

    /// <inheritdoc/>
    public abstract void Dispose();

    private static FeedStream Feed(ReadOnlyMemory<byte> input) => new() { Rest = new ReadOnlySequence<byte>(input) };

    // RFC 1950 section 2.2: method 8, and a multiple of 31.
    private static bool HasZlibHeader(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= 2 && (bytes[0] & 15) == 8 && bytes[0] >> 4 <= 7 && ((bytes[0] << 8) | bytes[1]) % 31 == 0;

    private sealed class FromStream(Stream stream) : CodingReader
    {
        public override int Read(Span<byte> output)
        {
            try
            {
                return stream.Read(output);
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                return Malformed;
            }
        }

        public override void Dispose() => stream.Dispose();
    }

    private sealed class FromBrotli(ReadOnlyMemory<byte> input) : CodingReader
    {
        private BrotliDecoder _decoder;
        private ReadOnlyMemory<byte> _rest = input;

        public override int Read(Span<byte> output)
        {
            var status = _decoder.Decompress(_rest.Span, output, out var consumed, out var written);
            _rest = _rest[consumed..];
            return written > 0 || status != OperationStatus.InvalidData ? written : Malformed;
        }

        public override void Dispose() => _decoder.Dispose();
    }

    private sealed class FromInflater : CodingReader
    {
        private readonly IInflater _inflater;
        private ReadOnlySequence<byte> _rest;

        public FromInflater(IInflater inflater, ReadOnlyMemory<byte> input)
        {
            _inflater = inflater;
            _rest = new ReadOnlySequence<byte>(input);
            inflater.Begin();
        }

        public override int Read(Span<byte> output) => _inflater.Inflate(ref _rest, output);

        public override void Dispose() => _inflater.Dispose();
    }
}
