// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Text;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class ByteSizesTests
{
    [Theory]
    [InlineData("65536", 65536)]
    [InlineData("64k", 65536)]
    [InlineData("64KiB", 65536)]
    [InlineData("8M", 8 * 1024 * 1024)]
    [InlineData("1GiB", 1024 * 1024 * 1024)]
    public void Sizes_are_read_with_and_without_unit(string text, long bytes)
    {
        Assert.True(ByteSizes.TryParse(text, out var parsed));
        Assert.Equal(bytes, parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("k")]
    [InlineData("-1")]
    [InlineData("1.5M")]
    [InlineData("1TB")]
    [InlineData("9999999999999G")]
    public void What_is_no_size_or_does_not_fit_is_refused(string text) => Assert.False(ByteSizes.TryParse(text, out _));

    [Theory]
    [InlineData(256, "256")]
    [InlineData(65536, "64KiB")]
    [InlineData(1024 * 1024 * 1024, "1GiB")]
    public void Sizes_are_shown_in_the_largest_unit_that_divides_them(long bytes, string text) =>
        Assert.Equal(text, ByteSizes.Format(bytes));

    [Theory]
    [InlineData(65536, 65536)]
    [InlineData(65537, 131072)]
    public void Rings_are_rounded_up_to_a_power_of_two(long asked, long given) =>
        Assert.Equal(given, ByteSizes.RoundUpToPowerOfTwo(asked));
}
