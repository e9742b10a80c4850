// SPDX-License-Identifier: Apache-2.0
using System.IO.Compression;
using System.Text;
using L7Trace.Parsers.Compression;
using Xunit;

namespace L7Trace.UnitTests.Compression;

public sealed class DeflateDecoderTests
{
    private static readonly byte[][] s_inputs =
    [
        [],
        [.. "Hello"u8],
        [.. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9000).Select(i => $"{{\"id\":{i},\"name\":\"n{i % 13}\"}}")))],
        RandomBytes(70_000, 256),
        RandomBytes(100_000, 3),
        new byte[300_000],
    ];

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Fastest)]
    [InlineData(CompressionLevel.Optimal)]
    [InlineData(CompressionLevel.SmallestSize)]
    public void What_the_library_compresses_comes_out_as_it_was_in_pieces_of_any_size(CompressionLevel level)
    {
        foreach (var input in s_inputs)
        {
            var output = new MemoryStream();
            using (var deflate = new DeflateStream(output, level))
            {
                deflate.Write(input);
            }

            foreach (var size in (int[])[1, 2, 7, 1000, int.MaxValue])
            {
                Assert.Equal(input, Inflate(output.ToArray(), size, out var status, out var decoder));
                Assert.Equal(DeflateStatus.Done, status);
                Assert.True(decoder.IsAtBoundary);
            }
        }
    }

    [Fact]
    public void Random_bytes_and_spoilt_data_never_throw_and_give_no_more_than_is_allowed()
    {
        var random = new Random(7);
        var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.Optimal))
        {
            deflate.Write(s_inputs[2]);
        }

        for (var i = 0; i < 3000; i++)
        {
            var bytes = i % 2 == 0 ? RandomBytes(random.Next(200), 256, i) : output.ToArray();
            for (var spoilt = random.Next(4); spoilt > 0 && bytes.Length > 0; spoilt--)
            {
                bytes[random.Next(Math.Min(bytes.Length, 400))] ^= (byte)random.Next(256);
            }

            var sink = new Sink();
            var allowance = 100_000L;
            new DeflateDecoder(15).Decode(bytes, sink, ref allowance);
            Assert.InRange(sink.Bytes.Count, 0, 100_000 + 258);
            Assert.Equal(100_000 - sink.Bytes.Count, allowance);
        }
    }

    [Fact]
    public void A_distance_beyond_what_came_is_malformed()
    {
        // A fixed block: length 3, distance 1, at the very beginning.
        Inflate([0b00000011, 0b00000010, 0], 1, out var status, out _);
        Assert.Equal(DeflateStatus.Malformed, status);
    }

    private static byte[] Inflate(byte[] input, int size, out DeflateStatus status, out DeflateDecoder decoder)
    {
        var sink = new Sink();
        var allowance = long.MaxValue;
        decoder = new DeflateDecoder(15);
        status = DeflateStatus.Done;
        foreach (var piece in input.Chunk(Math.Min(size, Math.Max(1, input.Length))))
        {
            status = decoder.Decode(piece, sink, ref allowance);
            if (status != DeflateStatus.Done)
            {
                break;
            }
        }

        return [.. sink.Bytes];
    }

    private static byte[] RandomBytes(int count, int values, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(values))];
    }

    private sealed class Sink : IInflatedSink
    {
        public List<byte> Bytes { get; } = [];

        public void OnInflated(ReadOnlySpan<byte> bytes) => Bytes.AddRange(bytes);
    }
}
