// SPDX-License-Identifier: Apache-2.0
using System.Security.Cryptography;
using L7Trace.Export.Otlp.Spans;
using Xunit;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>The samplers of OTEL_TRACES_SAMPLER.</summary>
public sealed class SpanSamplerTests
{
    [Theory]
    [InlineData("always_on", true, true, true)]
    [InlineData("always_off", false, false, false)]
    [InlineData("parentbased_always_on", true, true, false)]
    [InlineData("parentbased_always_off", false, true, false)]
    public void A_sampler_takes(string name, bool root, bool belowSampled, bool belowUnsampled)
    {
        var sampler = SpanSampler.Find(name, ratio: 1)!;
        var id = RandomNumberGenerator.GetBytes(16);

        Assert.Equal((root, belowSampled, belowUnsampled), (sampler.Takes(id, null), sampler.Takes(id, true), sampler.Takes(id, false)));
    }

    [Fact]
    public void A_ratio_is_that_of_the_ids_and_the_same_id_gets_the_same_answer()
    {
        var sampler = SpanSampler.Find("parentbased_traceidratio", 0.25)!;
        var ids = Enumerable.Range(0, 10_000).Select(static i => SHA256.HashData(BitConverter.GetBytes(i))[..16]).ToArray();

        Assert.InRange(ids.Count(id => sampler.Takes(id, null)), 2300, 2700);
        Assert.All(ids.Take(100), id => Assert.Equal(sampler.Takes(id, null), sampler.Takes(id, null)));
        Assert.True(sampler.Takes(ids[0], true));
        Assert.False(sampler.Takes(ids[0], false));
        Assert.All(ids.Take(100), static id => Assert.False(SpanSampler.Find("traceidratio", 0)!.Takes(id, null)));
        Assert.All(ids.Take(100), static id => Assert.True(SpanSampler.Find("traceidratio", 1)!.Takes(id, false)));
    }
}
