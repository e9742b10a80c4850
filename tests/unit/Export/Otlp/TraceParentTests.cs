// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp.Context;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>W3C Trace Context, section 3.2: what is a parent and what is not.</summary>
public sealed class TraceParentTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = "b7ad6b7169203331";

    [Theory]
    [InlineData($"00-{Trace}-{Parent}-01", 1)]
    [InlineData($"00-{Trace}-{Parent}-00", 0)]
    [InlineData($"00-{Trace}-{Parent}-03", 3)] // with the random flag of level 2
    [InlineData($" \t00-{Trace}-{Parent}-01 ", 1)]
    [InlineData($"cc-{Trace}-{Parent}-01", 1)] // a later version, read by the rules of this one
    [InlineData($"cc-{Trace}-{Parent}-01-what-the-future-will-be-like", 1)]
    [InlineData($"cc-{Trace}-{Parent}-ff", 1)] // of whose flags only one is known
    public void A_valid_header_is_read(string value, byte flags)
    {
        var parent = TraceParent.Parse(value);

        Assert.NotNull(parent);
        Assert.Equal(Trace, Convert.ToHexStringLower(parent.TraceId));
        Assert.Equal(Parent, Convert.ToHexStringLower(parent.ParentId));
        Assert.Equal(flags, parent.Flags);
        Assert.Equal((flags & 1) != 0, parent.IsSampled);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00")]
    [InlineData($"00-{Trace}-{Parent}")]
    [InlineData($"00-{Trace}-{Parent}-1")]
    [InlineData($"00-{Trace}-{Parent}-01-")] // version 00 has nothing behind its flags
    [InlineData($"00-{Trace}-{Parent}-01-more")]
    [InlineData($"cc-{Trace}-{Parent}-01.more")]
    [InlineData($"ff-{Trace}-{Parent}-01")]
    [InlineData($"0-{Trace}-{Parent}-01")]
    [InlineData($"0g-{Trace}-{Parent}-01")]
    [InlineData($"00-{Trace}-{Parent}-0x")]
    [InlineData($"00_{Trace}-{Parent}-01")]
    [InlineData($"00-{Trace}_{Parent}-01")]
    [InlineData($"00-{Trace}-{Parent}_01")]
    [InlineData($"00-00000000000000000000000000000000-{Parent}-01")]
    [InlineData($"00-{Trace}-0000000000000000-01")]
    [InlineData($"00-0AF7651916CD43DD8448EB211C80319C-{Parent}-01")] // digits are small
    [InlineData($"00-{Trace}-B7AD6B7169203331-01")]
    [InlineData($"0 -{Trace}-{Parent}-01")]
    [InlineData($"00-+af7651916cd43dd8448eb211c80319c-{Parent}-01")]
    public void An_invalid_one_is_none(string? value) => Assert.Null(TraceParent.Parse(value));
}
