// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Text;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class DurationsTests
{
    [Theory]
    [InlineData("1ns", 1)]
    [InlineData("250us", 250_000)]
    [InlineData("250µs", 250_000)]
    [InlineData("100ms", 100_000_000)]
    [InlineData("1.5s", 1_500_000_000)]
    [InlineData("2m", 120_000_000_000)]
    [InlineData("1m30s", 90_000_000_000)]
    [InlineData("1h", 3_600_000_000_000)]
    [InlineData("0s", 0)]
    public void A_number_with_a_unit_is_a_duration(string text, long nanoseconds)
    {
        Assert.True(Durations.TryParse(text, out var parsed, out _));
        Assert.Equal(nanoseconds, parsed);
    }

    [Theory]
    [InlineData("100", "has no unit; write 100ms, 100s or 100m")]
    [InlineData("1m30", "has no unit")]
    [InlineData("", "is empty")]
    [InlineData("ms", "is not a duration")]
    [InlineData("-5s", "is not a duration")]
    [InlineData("1..5s", "is not a duration")]
    [InlineData(" 5s", "is not a duration")]
    [InlineData("5 s", "unknown unit ' s'")]
    [InlineData("5days", "unknown unit 'days'")]
    [InlineData("99999999999h", "is too long")]
    [InlineData("999999999999999999999999999999s", "is not a duration")]
    public void Anything_else_is_refused_with_a_reason(string text, string reason)
    {
        Assert.False(Durations.TryParse(text, out _, out var error));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
