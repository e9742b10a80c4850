// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Http;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Http;

public sealed class RoutePatternTests
{
    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("/users/{id}", "/users/ann", true)]
    [InlineData("/users/{id}", "/users/ann/", true)]
    [InlineData("/users/{id}", "/users/ann;v=1", true)]
    [InlineData("/users/{id}", "/users/", false)]
    [InlineData("/users/{id}", "/users", false)]
    [InlineData("/users/{id}", "/users/ann/orders", false)]
    [InlineData("/users/{id}/orders", "/users/ann/orders", true)]
    [InlineData("/users/{id}/orders", "/users//orders", false)]
    [InlineData("/Users/{id}", "/users/ann", false)]
    [InlineData("/a/*/c", "/a/b/c", true)]
    [InlineData("/static/**", "/static/js/app.js", true)]
    [InlineData("/static/**", "/static", true)]
    [InlineData("/static/**", "/statics", false)]
    [InlineData("/**", "/", true)]
    [InlineData("/a", "http://h/a", false)]
    [InlineData("/a", "", false)]
    public void A_pattern_matches_whole_paths_part_by_part(string pattern, string path, bool matches) =>
        Assert.Equal(matches, RoutePattern.TryParse(pattern, out _)!.Matches(path));

    [Theory]
    [InlineData("")]
    [InlineData("users")]
    [InlineData("/a?b=1")]
    [InlineData("/**/a")]
    [InlineData("/a{id}")]
    [InlineData("/{}")]
    [InlineData("/{a}{b}")]
    public void What_is_no_pattern_is_refused_with_a_reason(string text)
    {
        Assert.Null(RoutePattern.TryParse(text, out var error));
        Assert.NotNull(error);
    }

    [Fact]
    public void Patterns_come_first_in_their_order_and_do_not_count_against_the_bound()
    {
        var table = new RouteTable(maxRoutesPerHost: 2, patterns: [.. new[] { "/u/me", "/u/{name}" }.Select(text => RoutePattern.TryParse(text, out _)!)]);

        Assert.Equal(
            ["/u/me", "/u/{name}", "/a", "/b", RouteTable.Overflow, "/u/{name}", "/a", RouteTable.Overflow],
            new[] { "/u/me", "/u/ann", "/a", "/b", "/c", "/u/17", "/a", "/d" }.Select(path => table.Of("h", path)));
    }
}
