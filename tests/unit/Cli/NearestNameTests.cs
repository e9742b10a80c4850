// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Text;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class NearestNameTests
{
    private static readonly string[] _verbs = ["run", "watch", "report", "slow", "doctor"];

    [Theory]
    [InlineData("wach", "watch")]
    [InlineData("wtach", "watch")]
    [InlineData("reprot", "report")]
    [InlineData("rep", "report")]
    [InlineData("DOCTOR", "doctor")]
    public void A_slip_finds_the_name_that_was_meant(string typed, string meant) =>
        Assert.Equal(meant, NearestName.Of(typed, _verbs));

    [Theory]
    [InlineData("kubernetes")]
    [InlineData("x")]
    public void What_resembles_nothing_finds_nothing(string typed) => Assert.Null(NearestName.Of(typed, _verbs));

    [Fact]
    public void A_giant_word_is_not_compared() => Assert.Null(NearestName.Of(new string('w', 100_000), _verbs));
}
