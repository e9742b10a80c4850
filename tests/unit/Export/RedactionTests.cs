// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export;

public sealed class RedactionTests
{
    [Theory]
    [InlineData("a=1&b=two&a=", "a=?&b=?&a=?")]
    [InlineData("secret", "?")]
    [InlineData("secret&a=1&=x&&b", "?&a=?&?&&?")]
    [InlineData("a=b=c", "a=?")]
    [InlineData("", "")]
    public void Names_of_a_query_stay_and_values_go(string query, string redacted)
    {
        Assert.Equal(redacted, Redaction.Default.Query(Some.Get("/", query)));
        Assert.Equal(query, Redaction.Off.Query(Some.Get("/", query)));
    }

    [Theory]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a;jsessionid=secret/b;x=1;y", "/a;jsessionid=?/b;x=?;?")]
    [InlineData("/a;secret", "/a;?")]
    [InlineData("ann:sesame@host", "?@host")]
    [InlineData("ann:sesame@host/x@y", "?@host/x@y")]
    [InlineData("*", "*")]
    public void Values_of_path_parameters_go(string path, string redacted)
    {
        Assert.Equal(redacted, Redaction.Default.Path(Some.Get(path)));
        Assert.Equal(path, Redaction.Off.Path(Some.Get(path)));
    }

    [Theory]
    [InlineData("Authorization", "Bearer abc", "Bearer ?")]
    [InlineData("authorization", "sesame abc", "?")]
    [InlineData("Cookie", "a=1; b; =c;d=", "a=?; ?; ?; d=?")]
    [InlineData("Set-Cookie", "sid=1; Path=/x; HTTPONLY; Secret=1", "sid=?; Path=/x; HTTPONLY; Secret=?")]
    [InlineData("Location", "https://u:p@h:1/a;s=1/b?c=d&e#f", "https://?@h:1/a;s=?/b?c=?&?#?")]
    [InlineData("Location", "//u@h", "//?@h")]
    [InlineData("Location", "?x", "??")]
    [InlineData("Referer", "", "")]
    [InlineData("Host", "u:p@h", "?@h")]
    [InlineData("Content-Type", "a/b; c=d", "a/b; c=d")]
    [InlineData("X-Anything", "1", "?")]
    [InlineData("Content-Type ", "1", "?")]
    public void Of_headers_that_may_carry_secrets_the_shape_stays(string name, string value, string shown)
    {
        Assert.Equal(shown, Redaction.Default.Header(name, value));
        Assert.Equal(value, Redaction.Off.Header(name, value));
    }

    [Fact]
    public void What_is_not_there_stays_so()
    {
        Assert.Null(Redaction.Default.Query(Some.Get("/")));
        Assert.Null(Redaction.Default.Statement(Some.Query(null)));
        Assert.Null(Redaction.Default.ErrorMessage(Some.Query("SELECT 1")));
    }
}
