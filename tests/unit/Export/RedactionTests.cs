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
    public void Values_of_path_parameters_go(string path, string redacted)
    {
        Assert.Equal(redacted, Redaction.Default.Path(Some.Get(path)));
        Assert.Equal(path, Redaction.Off.Path(Some.Get(path)));
    }

    [Fact]
    public void What_is_not_there_stays_so()
    {
        Assert.Null(Redaction.Default.Query(Some.Get("/")));
        Assert.Null(Redaction.Default.Statement(Some.Query(null)));
        Assert.Null(Redaction.Default.ErrorMessage(Some.Query("SELECT 1")));
    }
}
