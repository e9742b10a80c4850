// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp.Context;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>W3C Trace Context, section 3.3.</summary>
public sealed class TraceStateTests
{
    [Theory]
    [InlineData("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")]
    [InlineData(" a=1 ,\t b=2,, ", "a=1,b=2")]
    [InlineData("fw529a3039@dt=FfD,0key_-*/=v", "fw529a3039@dt=FfD,0key_-*/=v")]
    [InlineData("a= x", "a= x")]
    public void A_valid_list_is_kept_in_its_order(string value, string kept) => Assert.Equal(kept, TraceState.Of([value], isAll: true));

    [Fact]
    public void Several_headers_are_one_list() => Assert.Equal("a=1,b=2", TraceState.Of(["a=1", "b=2"], isAll: true));

    [Theory]
    [InlineData("a")]
    [InlineData("=1")]
    [InlineData("A=1")]
    [InlineData("_a=1")]
    [InlineData("a b=1")]
    [InlineData("a@b@c=1")]
    [InlineData("@b=1")]
    [InlineData("a@=1")]
    [InlineData("a=1=2")]
    [InlineData("a=\u00e9")]
    [InlineData("a=1,a=2")]
    [InlineData("a=")]
    public void An_invalid_list_is_left_out_whole(string value) => Assert.Null(TraceState.Of(["ok=1," + value], isAll: true));

    [Theory]
    [InlineData("")]
    [InlineData(" , ,")]
    public void An_empty_list_is_none(string value) => Assert.Null(TraceState.Of([value], isAll: true));

    [Fact]
    public void It_has_no_more_than_32_members()
    {
        var members = Enumerable.Range(0, 33).Select(static i => $"k{i}=1").ToArray();

        Assert.Equal(string.Join(',', members[..32]), TraceState.Of([string.Join(',', members[..32])], isAll: true));
        Assert.Null(TraceState.Of([string.Join(',', members)], isAll: true));
    }

    [Theory]
    [InlineData("vendor=secret,ot=th:8;rv:6e6d1a75832a2f", "ot=th:8;rv:6e6d1a75832a2f")]
    [InlineData("vendor=secret", null)]
    [InlineData("otx=secret", null)]
    public void While_secrets_are_withheld_only_OpenTelemetrys_own_member_is_sent_on(string value, string? sent) =>
        Assert.Equal(sent, TraceState.Of([value], isAll: false));
}
