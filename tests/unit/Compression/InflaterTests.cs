// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Compression;
using L7Trace.Probe.Compression;
using Xunit;

namespace L7Trace.UnitTests.Compression;

/// <summary>What no decoder can read is malformed, never an exception: the bytes are somebody else's.</summary>
public sealed class InflaterTests
{
    public static TheoryData<CompressionAlgorithm, string, string> Broken() => new()
    {
        { CompressionAlgorithm.Zlib, "a preset dictionary (RFC 1950, 2.2)", "7820000000010300" },
        { CompressionAlgorithm.Zlib, "a header whose check bits are wrong", "789D0300000001" },
        { CompressionAlgorithm.Zlib, "a block of the reserved type (RFC 1951, 3.2.3)", "789C07000000" },
        { CompressionAlgorithm.Zlib, "a wrong checksum", "789C030000000002" },
        { CompressionAlgorithm.Zstd, "a dictionary (RFC 8878, 3.1.1.1.3)", "28B52FFD210104010000" },
        { CompressionAlgorithm.Zstd, "a block of the reserved type (RFC 8878, 3.1.1.2.2)", "28B52FFD2001070000" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_no_unit_of_the_format_is_malformed(CompressionAlgorithm algorithm, string what, string bytes)
    {
        var pool = new InflaterPool(ProbeInflaters.All);
        var inflater = pool.Rent(algorithm)!;
        var input = new ReadOnlySequence<byte>(Convert.FromHexString(bytes));

        var result = inflater.Inflate(ref input, new byte[16]);
        Assert.True(result == IInflater.Malformed, $"{what}: {result}");
        Assert.Equal(IInflater.Malformed, inflater.Inflate(ref input, new byte[16]));
    }
}
