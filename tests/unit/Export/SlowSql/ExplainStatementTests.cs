// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.SlowSql;
using Xunit;

namespace L7Trace.UnitTests.Export.SlowSql;

public sealed class ExplainStatementTests
{
    [Theory]
    [InlineData("SELECT 1", "EXPLAIN SELECT 1")]
    [InlineData(" select *\n\tfrom `t`  where a='x;y' ; ", "EXPLAIN select * from `t` where a='x;y'")]
    [InlineData("SELECT /*+ NO_ICP(t) */ 1 -- why\n FROM t # more", "EXPLAIN SELECT /*+ NO_ICP(t) */ 1 FROM t")]
    [InlineData("SELECT/* a */1", "EXPLAIN SELECT 1")]
    [InlineData("(SELECT 1) UNION (SELECT 2)", "EXPLAIN (SELECT 1) UNION (SELECT 2)")]
    [InlineData("UPDATE t SET a = 1", "EXPLAIN UPDATE t SET a = 1")]
    [InlineData("DELETE FROM t;;", "EXPLAIN DELETE FROM t")]
    [InlineData("WITH a AS (SELECT 1) SELECT * FROM a", "EXPLAIN WITH a AS (SELECT 1) SELECT * FROM a")]
    public void A_statement_becomes_one_line(string text, string explain) =>
        Assert.Equal(explain, ExplainStatement.Of(text, isCut: false, noBackslashEscapes: false, out _));

    [Theory]
    [InlineData("SELECT 1; DROP TABLE t", "more than one")]
    [InlineData("SELECT 1 /*! ; DROP TABLE t */", "comment that the server executes")]
    [InlineData("SELECT 1 /*M!100000 +1 */", "comment that the server executes")]
    [InlineData("SELECT 1 /*!99999 +1 */", "comment that the server executes")]
    [InlineData("SELECT 1 /*!50701 +1 */", "comment that the server executes")]
    [InlineData("SELECT 1 \\! rm -rf /", "backslash")]
    [InlineData("SELECT 1 /*+ \\! */", "backslash")]
    [InlineData("SELECT /*+ ; */ 1", "semicolon")]
    [InlineData("SELECT 'a", "end was not seen")]
    [InlineData("SELECT 'a\nDELIMITER //'", "control")]
    [InlineData("SELECT 'a\u001b[2J'", "control")]
    [InlineData("SELECT '\u202e'", "control")]
    [InlineData("SELECT ?", "parameters")]
    [InlineData("DROP TABLE t", "none of SELECT")]
    [InlineData("SET GLOBAL a = 1", "none of SELECT")]
    [InlineData("CALL p()", "none of SELECT")]
    [InlineData(" ; ", "no word")]
    [InlineData("", "no word")]
    public void What_could_do_more_than_be_explained_is_refused(string text, string why)
    {
        Assert.Null(ExplainStatement.Of(text, isCut: false, noBackslashEscapes: false, out var reason));
        Assert.Contains(why, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_known_whole_is_refused()
    {
        Assert.Null(ExplainStatement.Of("SELECT 1", isCut: true, noBackslashEscapes: false, out _));
        Assert.Null(ExplainStatement.Of("SELECT '\\'; DROP TABLE t; -- '", isCut: false, noBackslashEscapes: true, out _));
        Assert.Null(ExplainStatement.Of("SELECT '\\''", isCut: false, noBackslashEscapes: null, out _));
    }
}
