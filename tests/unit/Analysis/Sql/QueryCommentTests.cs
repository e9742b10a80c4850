// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

/// <summary>What sqlcommenter puts behind a statement.</summary>
public sealed class QueryCommentTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData($"SELECT 1 /*traceparent='{Parent}'*/", Parent)]
    [InlineData($"SELECT 1 /*action='%2Fshow',traceparent='{Parent}',tracestate='a%3D1'*/", Parent)]
    [InlineData($"/* traceparent='{Parent}' , x='y' */ SELECT 1", Parent)]
    [InlineData($"SELECT 1 /* a note */ /*traceparent='{Parent}'*/;", Parent)]
    [InlineData("SELECT 1", null)]
    [InlineData("SELECT traceparent FROM t", null)]
    [InlineData($"SELECT '/*traceparent=\\'{Parent}\\'*/'", null)] // a string, not a comment
    [InlineData($"SELECT \"/*traceparent='{Parent}'*/\"", null)]
    [InlineData($"SELECT 1 -- traceparent='{Parent}'", null)]
    [InlineData($"SELECT 1 /*xtraceparent='{Parent}'*/", null)]
    [InlineData($"SELECT 1 /*traceparent={Parent}*/", null)]
    [InlineData("SELECT 1 /*traceparent='*/", null)]
    [InlineData($"SELECT 1 /*traceparent='{Parent}'*/ /*traceparent='{Parent}'*/", null)] // which is meant is not known
    [InlineData("/**/ SELECT traceparent", null)]
    [InlineData("/*/ traceparent='x'", null)]
    public void A_value_is_found_in_a_comment_alone(string sql, string? value) => Assert.Equal(value, QueryComment.ValueOf(sql, "traceparent"));

    [Fact]
    public void A_value_is_decoded() => Assert.Equal("a=1,b=2", QueryComment.ValueOf("SELECT 1 /*tracestate='a%3D1%2Cb%3D2'*/", "tracestate"));
}
