// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

public sealed class RedactedTextTests
{
    [Theory]
    [InlineData("SELECT  *\n FROM t\tWHERE id=5", "SELECT  *\n FROM t\tWHERE id=?")]
    [InlineData("select 'a', \"b\", N'c', x'0f', 0x1F, 1.5e-3", "select ?, ?, ?, ?, ?, ?")]
    [InlineData("INSERT INTO t VALUES (1,'x'),(-2,NULL)", "INSERT INTO t VALUES (?,?),(-?,NULL)")]
    [InlineData("SELECT a /* secret */ FROM t", "SELECT a  FROM t")]
    [InlineData("SELECT/*secret*/a", "SELECT a")]
    [InlineData("/* secret */ SELECT 1", " SELECT ?")]
    [InlineData("SELECT a -- secret\nFROM t # secret\n", "SELECT a \nFROM t \n")]
    [InlineData("SELECT a --5", "SELECT a --?")]
    [InlineData("SELECT /*!40001 SQL_NO_CACHE */ * FROM t", "SELECT /*!40001 SQL_NO_CACHE */ * FROM t")]
    [InlineData("SELECT /*!99999 secret */ 1", "SELECT  ?")]
    [InlineData("SELECT `a b`.c FROM t", "SELECT `a b`.c FROM t")]
    [InlineData("SELECT ? FROM t WHERE a = @x", "SELECT ? FROM t WHERE a = @x")]
    [InlineData("CREATE USER 'bob'@'%' IDENTIFIED BY 'secret'", "CREATE USER ?@? IDENTIFIED BY ?")]
    [InlineData("SELECT t.1a, 1a, 0xZZ FROM 2x", "SELECT t.?, ?, ? FROM ?")]
    [InlineData("SELECT 'it''s' , \"a\"\"b\"", "SELECT ? , ?")]
    [InlineData("SELECT 'it\\'s', 5", "SELECT ?, ?")]
    [InlineData("", "")]
    public void Literals_become_marks_and_the_rest_stays_as_sent(string text, string redacted)
    {
        Assert.Equal(redacted, RedactedText.Of(text));
    }

    [Theory]
    [InlineData("SELECT 'secret")]
    [InlineData("SELECT \"secret")]
    [InlineData("SELECT `secret")]
    [InlineData("SELECT 1 /* secret")]
    [InlineData("SELECT 1 /*secret*")]
    [InlineData("SELECT 1 -- secret")]
    [InlineData("SELECT 1 # secret")]
    [InlineData("SELECT x'secret")]
    [InlineData("SELECT 'a\\'secret")]
    [InlineData("SELECT 'a\\")]
    [InlineData("SELECT 'a''secret")]
    public void What_has_no_end_is_hidden_to_the_end(string text)
    {
        foreach (var cut in (bool[])[false, true])
        {
            Assert.DoesNotContain("secret", RedactedText.Of(text, cut), StringComparison.Ordinal);
            Assert.DoesNotContain("secret", StatementDigest.Of(text, cut).Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(@"SELECT 'x\', 'secret', 'y'", null)] // both readings are possible: neither may show
    [InlineData(@"SELECT 'x\', secret, 'y'", false)]
    [InlineData(@"SELECT 'x\', 'secret'", true)]
    [InlineData("SELECT \"x\\\", 'secret', \"y\\\"\"", null)] // ANSI_QUOTES
    [InlineData("SELECT \"x\\\", 'secret', \"y\\\"\"", false)]
    public void What_any_possible_reading_of_the_quotes_calls_a_literal_is_hidden(string text, bool? noBackslashEscapes)
    {
        Assert.DoesNotContain("secret", RedactedText.Of(text, cut: false, noBackslashEscapes), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", StatementDigest.Of(text, cut: false, noBackslashEscapes).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_text_can_t_rule_a_reading_out()
    {
        Assert.Equal("SELECT ?", RedactedText.Of(@"SELECT 'it\'s', secret", cut: true));
        Assert.Equal("SELECT ?, name", RedactedText.Of(@"SELECT 'it\'s', name"));
    }

    [Fact]
    public void A_giant_text_of_quotes_and_backslashes_is_done_in_linear_time()
    {
        // Enough of anything that could make a reader start over: what is quadratic would not come back for minutes.
        foreach (var piece in (string[])["'", "\\'", "/*", "/*!", "`", "\"", "- ", "('", "@", "."])
        {
            var text = string.Concat(Enumerable.Repeat(piece, 100_000));
            Assert.NotNull(RedactedText.Of(text));
            Assert.NotNull(StatementDigest.Of(text).Text);
        }
    }
}
