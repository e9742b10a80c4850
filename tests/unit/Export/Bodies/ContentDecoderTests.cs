// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Text;
using L7Trace.Export.Bodies;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Probe.Compression;
using L7Trace.UnitTests.Support;
using Xunit;
using ZstdSharp;

namespace L7Trace.UnitTests.Export.Bodies;

public sealed class ContentDecoderTests
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 3000).Select(n => $"line {n * 7919 % 3001}\n")));

    private readonly ContentDecoder _decoder = new(ProbeInflaters.All);

    public static TheoryData<string> Codings => [.. "gzip,x-gzip,deflate,raw,br,zstd".Split(',')];

    [Theory]
    [MemberData(nameof(Codings))]
    public void Every_coding_gives_the_content_back(string coding)
    {
        var body = Decode(Encode(coding, Content), NameOf(coding));

        Assert.True(body.Bytes.Span.SequenceEqual(Content));
        Assert.Equal([NameOf(coding)], body.Codings);
        Assert.Equal((null, true), (body.Undecoded, body.IsWhole));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Of_a_body_that_is_cut_anywhere_the_beginning_comes_out(string coding)
    {
        var encoded = Encode(coding, Content);
        var most = 0;
        for (var length = 0; length < encoded.Length; length += 13)
        {
            var body = _decoder.Decode(encoded.AsMemory(0, length), [NameOf(coding)], isCaptured: false);

            Assert.True(body.Undecoded is not null || Content.AsSpan().StartsWith(body.Bytes.Span), $"{length} bytes");
            Assert.False(body.IsWhole);
            most = body.Undecoded is null ? Math.Max(most, body.Bytes.Length) : most;
        }

        Assert.True(coding == "zstd" || most > Content.Length / 2, $"{most} of {Content.Length}"); // a block of zstd is decoded as a whole
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Broken_bytes_give_their_beginning_or_stay_as_they_are(string coding)
    {
        var encoded = Encode(coding, Content);
        var random = new Random(11);
        for (var round = 0; round < 300; round++)
        {
            var broken = encoded.ToArray();
            for (var n = random.Next(1, 6); n > 0; n--)
            {
                broken[random.Next(broken.Length)] ^= (byte)(1 << random.Next(8));
            }

            var body = _decoder.Decode(broken, [NameOf(coding)], isCaptured: true);
            Assert.InRange(body.Bytes.Length, 0, ContentDecoder.MaxDecoded);
        }

        var noise = new byte[5000];
        random.NextBytes(noise);
        noise[0] = 0xff;
        var other = Decode(noise, NameOf(coding));
        Assert.True(other.Undecoded == NameOf(coding) ? other.Bytes.Span.SequenceEqual(noise) : other.IsCut || other.Bytes.Length < 65536);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void A_bomb_is_cut_at_the_cap_and_costs_no_more_memory(string coding)
    {
        var bomb = Encode(coding, new byte[64 * 1024 * 1024]);
        _ = Decode(bomb, NameOf(coding)); // what is made once
        var before = GC.GetAllocatedBytesForCurrentThread();
        var body = Decode(bomb, NameOf(coding));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((ContentDecoder.MaxDecoded, true, false), (body.Bytes.Length, body.IsCut, body.IsWhole));
        Assert.True(allocated < 8 * ContentDecoder.MaxDecoded, $"{allocated} bytes");
    }

    [Fact]
    public void Stacked_codings_are_taken_off_from_the_outermost_inwards()
    {
        var body = Decode(Encode("br", Encode("gzip", Encode("zstd", Content))), "zstd, GZip , identity,br");

        Assert.True(body.Bytes.Span.SequenceEqual(Content));
        Assert.Equal(["zstd", "gzip", "br"], body.Codings);
    }

    [Fact]
    public void A_bomb_of_bombs_is_cut_too()
    {
        var body = Decode(Encode("gzip", Encode("gzip", Encode("gzip", new byte[64 * 1024 * 1024]))), "gzip, gzip, gzip");

        Assert.Equal((ContentDecoder.MaxDecoded, true), (body.Bytes.Length, body.IsCut));
    }

    [Fact]
    public void An_unknown_coding_and_too_many_of_them_stay_on()
    {
        var unknown = Decode(Encode("gzip", [1, 2, 3]), "aes128gcm, gzip");
        Assert.Equal([1, 2, 3], unknown.Bytes.ToArray());
        Assert.Equal("aes128gcm", unknown.Undecoded);
        Assert.Equal(["gzip"], unknown.Codings);
        Assert.False(unknown.IsWhole);

        var many = Decode(Enumerable.Range(0, 6).Aggregate(Content, (bytes, _) => Encode("gzip", bytes)), "gzip, gzip, gzip, gzip, gzip, gzip");
        Assert.Equal((4, "gzip"), (many.Codings.Count, many.Undecoded));
    }

    [Fact]
    public void Gzip_in_several_members_and_as_a_transfer_coding_is_decoded()
    {
        byte[] members = [.. Encode("gzip", Encoding.ASCII.GetBytes("one ")), .. Encode("gzip", Encoding.ASCII.GetBytes("two"))];
        Assert.Equal("one two", Encoding.ASCII.GetString(Decode(members, "gzip").Bytes.Span));

        var http = Http(Encode("gzip", Content), Protocol.Http1, new("Transfer-Encoding", "gzip, chunked"));
        Assert.True(_decoder.Decode(http, isRequest: false).Bytes.Span.SequenceEqual(Content));
    }

    [Fact]
    public void A_body_without_codings_is_what_it_is()
    {
        var body = _decoder.Decode(Http([1, 2], Protocol.Http1), isRequest: false);
        Assert.Equal([1, 2], body.Bytes.ToArray());
        Assert.Equal((0, true), (body.Codings.Count, body.IsWhole));
        Assert.False(_decoder.Decode(Http([1, 2], Protocol.Http1, size: 3), isRequest: false).IsWhole);
        Assert.True(_decoder.Decode(Http([], Protocol.Http1, new("Content-Encoding", "gzip")), isRequest: false).IsWhole);
    }

    /// <summary>Bytes with one coding put on; "raw" is deflate without zlib's header.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "the stream is disposed by using")]
    internal static byte[] Encode(string coding, byte[] bytes)
    {
        if (coding == "zstd")
        {
            using var compressor = new Compressor(3);
            return compressor.Wrap(bytes).ToArray();
        }

        using var target = new MemoryStream();
        using (Stream stream = coding switch
        {
            "gzip" or "x-gzip" => new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true),
            "raw" => new DeflateStream(target, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BrotliStream(target, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            stream.Write(bytes);
        }

        return target.ToArray();
    }

    private static string NameOf(string coding) => coding == "raw" ? "deflate" : coding;

    private DecodedBody Decode(byte[] bytes, string codings) =>
        _decoder.Decode(Http(bytes, Protocol.Http2, new("content-encoding", codings)), isRequest: false);

    private static HttpExchange Http(byte[] body, Protocol protocol, KeyValuePair<string, string>? header = null, int? size = null) => new(protocol)
    {
        Connection = Some.ClientConnection(),
        ResponseHeaders = header is { } one ? [one] : [],
        ResponseBodyPrefix = body,
        ResponseBodySize = size ?? body.Length,
    };
}
