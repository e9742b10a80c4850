// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Http;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Http;

public sealed class RouteTemplateTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("", "")]
    [InlineData("*", "*")]
    [InlineData("/orders/17", "/orders/{id}")]
    [InlineData("/orders/17/", "/orders/{id}/")]
    [InlineData("/orders/-17/items/3.json", "/orders/{id}/items/{id}.json")]
    [InlineData("/users/2f1c9a70-3f5e-4b8e-9a53-2d6c1f0b7e11", "/users/{uuid}")]
    [InlineData("/users/2F1C9A70-3F5E-4B8E-9A53-2D6C1F0B7E11/x", "/users/{uuid}/x")]
    [InlineData("/log/2026-11-23/all", "/log/{date}/all")]
    [InlineData("/log/2026-11", "/log/{date}")]
    [InlineData("/log/2026-11-23T03:15:00Z", "/log/{date}")]
    [InlineData("/commit/9fceb02d0ae598e95dc970b74767f19372d61af8", "/commit/{hash}")]
    [InlineData("/commit/9fceb02d", "/commit/{hash}")]
    [InlineData("/assets/app.9fceb02d0ae5.js", "/assets/app.9fceb02d0ae5.js")]
    [InlineData("/token/eyJhbGciOiJIUzI1NiJ9", "/token/{hash}")]
    [InlineData("/f/%E3%81%82%E3%81%84", "/f/{hash}")]
    [InlineData("/api/v2/health", "/api/v2/health")]
    [InlineData("/api/v1.1/deadbeef", "/api/v1.1/deadbeef")]
    [InlineData("/blog/list-of-2024-orders", "/blog/list-of-2024-orders")]
    [InlineData("/a;jsessionid=17/b", "/a/b")]
    [InlineData("//x//1", "//x//{id}")]
    public void Values_in_a_path_become_placeholders(string path, string template)
    {
        Assert.Equal(template, RouteTemplate.Of(path));
    }

    [Fact]
    public void A_giant_path_gives_a_small_template()
    {
        Assert.InRange(RouteTemplate.Of(string.Concat(Enumerable.Repeat("/a", 10_000))).Length, 10, 100);
        Assert.Equal("/{hash}", RouteTemplate.Of("/" + new string('a', 10_000)));
    }

    [Fact]
    public void Routes_beyond_the_bound_share_one_name_and_known_ones_stay()
    {
        var table = new RouteTable(maxRoutesPerHost: 3, maxHosts: 2);
        var words = (string[])["/alpha", "/beta", "/gamma", "/delta", "/epsilon"];

        Assert.Equal(["/alpha", "/beta", "/gamma", "{other}", "{other}"], words.Select(word => table.Of("a", word)));
        Assert.Equal("/beta", table.Of("a", "/beta"));
        Assert.Equal("/delta", table.Of("b", "/delta"));
        Assert.Equal("{other}", table.Of("c", "/delta"));
    }
}
