// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

public sealed class StatementDigestTests
{
    [Theory]
    [InlineData("select * from t where id = 5", "SELECT * FROM `t` WHERE `id` = ?")]
    [InlineData("SELECT 1;", "SELECT ?")]
    [InlineData("SELECT 1 ; ", "SELECT ?")]
    [InlineData("select 'a', \"b\", N'c', x'0f', 0x1F, b'01', 0b1, 1.5e-3, .5, 1.", "SELECT ?, ...")]
    [InlineData("select a from t where a in (1)", "SELECT `a` FROM `t` WHERE `a` IN (...)")]
    [InlineData("select a from t where a in (1, 2, 3)", "SELECT `a` FROM `t` WHERE `a` IN (...)")]
    [InlineData("select a from t where a in (1, b, 3)", "SELECT `a` FROM `t` WHERE `a` IN ( ? , `b` , ? )")]
    [InlineData("insert into t (a, b) values (1, 'x'), (2, 'y'), (3, 'z')",
        "INSERT INTO `t` ( `a` , `b` ) VALUES (...) /* , ... */")]
    [InlineData("insert into t values (1), (2)", "INSERT INTO `t` VALUES (?) /* , ... */")]
    [InlineData("insert into t values (1)", "INSERT INTO `t` VALUES (?)")]
    [InlineData("insert into t values (1, 2)", "INSERT INTO `t` VALUES (...)")]
    [InlineData("select -1", "SELECT ?")]
    [InlineData("select a - 1", "SELECT `a` - ?")]
    [InlineData("select a where b = -1 and c > - - +2", "SELECT `a` WHERE `b` = ? AND `c` > ?")]
    [InlineData("select (-1)", "SELECT (?)")]
    [InlineData("select a - -1", "SELECT `a` - ?")]
    [InlineData("select 99+100", "SELECT ? + ?")]
    [InlineData("select f(1) - 1", "SELECT `f` (?) - ?")]
    [InlineData("select * from t where a is null and b is not null and c = null",
        "SELECT * FROM `t` WHERE `a` IS NULL AND `b` IS NOT NULL AND `c` = ?")]
    [InlineData("insert into t values (null, 1)", "INSERT INTO `t` VALUES (...)")]
    [InlineData("create table t (a int not null, b int null default null)",
        "CREATE TABLE `t` ( `a` INTEGER NOT NULL , `b` INTEGER NULL DEFAULT ? )")]
    [InlineData("select ? from t where a = ?", "SELECT ? FROM `t` WHERE `a` = ?")]
    [InlineData("select /* secret */ a -- more\n from t # rest", "SELECT `a` FROM `t`")]
    [InlineData("select /*!40001 sql_no_cache */ a", "SELECT SQL_NO_CACHE `a`")]
    [InlineData("select /*!99999 a */ 1", "SELECT ?")]
    [InlineData("select count(*), count (x) from t", "SELECT COUNT ( * ) , `count` ( `x` ) FROM `t`")]
    [InlineData("select `a``b`, t.select, db.t.5x from db.t", "SELECT `a`b` , `t` . `select` , `db` . `t` . `5x` FROM `db` . `t`")]
    [InlineData("set @a = 1, @@session.sql_mode = 'x'", "SET @? = ? , @@SESSION . `sql_mode` = ?")]
    [InlineData("select @@version_comment limit 1", "SELECT @@`version_comment` LIMIT ?")]
    [InlineData("select _utf8mb4'x' collate utf8mb4_bin, _id from t",
        "SELECT (_charset) ? COLLATE `utf8mb4_bin` , `_id` FROM `t`")]
    [InlineData("select a<>b, c!=d, e<=>f, g->'$.x', h->>'$.y'",
        "SELECT `a` != `b` , `c` != `d` , `e` <=> `f` , `g` -> ? , `h` ->> ?")]
    [InlineData("select 'it''s', \"say \"\"x\"\"\", 'back\\'slash'", "SELECT ?, ...")]
    [InlineData("select 1--1", "SELECT ? - ?")]
    [InlineData("", "")]
    [InlineData(";", "")]
    public void A_statement_has_the_digest_of_the_server(string statement, string digest)
    {
        var result = StatementDigest.Of(statement);

        Assert.Equal(digest, result.Text);
        Assert.False(result.IsPrefix);
    }

    [Theory]
    [InlineData("select a from t where a in (1) and b in (1, 2)", "SELECT `a` FROM `t` WHERE `a` IN (?) AND `b` IN (...) ")]
    [InlineData("select a = -1, a < -1, a * -1, (-1), -1", "SELECT `a` = - ? , `a` < - ? , `a` * ? , (?) , ? ")]
    [InlineData("select a from t order by 1, 2", "SELECT `a` FROM `t` ORDER BY ?, ... ")]
    [InlineData("select x'41', `a``b`, \\N", "SELECT (unknown) , `a``b` , ? ")]
    [InlineData("select /*+ BKA(t) */ 1 /*M! , 2 */ /*!50701 , 3 */ /*!50100 , 4 */", "SELECT ?, ... ")]
    [InlineData("select @a, day from t;", "SELECT @? , SQL_TSI_DAY FROM `t` ")]
    public void MariaDB_has_a_dialect_of_its_own(string statement, string digest) =>
        Assert.Equal(digest, StatementDigest.Of(statement, dialect: SqlDialect.MariaDb).Text);

    [Theory]
    [InlineData("select a from t order by 1, 2 desc limit 3", "SELECT `a` FROM `t` ORDER BY 1 , 2 DESC LIMIT ?")]
    [InlineData("select a from t group by 1 + 1, -2, (3), 4.0, 'x'", "SELECT `a` FROM `t` GROUP BY ? + ?, ... , (?) , ?, ...")]
    [InlineData("select a from t order by 1, (select 2 limit 1, 2)", "SELECT `a` FROM `t` ORDER BY 1 , ( SELECT ? LIMIT ?, ... )")]
    [InlineData("select a from t order by 48151", "SELECT `a` FROM `t` ORDER BY ?")]
    [InlineData("select /*+ BKA(t1@qb, `t 2`) MAX_EXECUTION_TIME(10) SET_VAR(a = 16M) */ 1",
        "SELECT /*+ BKA ( `t1`@`qb` , `t 2` ) MAX_EXECUTION_TIME (?) SET_VAR ( `a` = ? ) */ ?")]
    [InlineData("select /* x */ /*+ BKA(t) */ 1", "SELECT ?")]
    [InlineData("select 1 /*M! , 2 */ /*!99999 , 3 */ /*!100100 , 4 */ /*!80000 + 5 */", "SELECT ? + ?")]
    [InlineData("create database x; show databases; select distinct a", "CREATE SCHEMA `x` ; SHOW SCHEMAS ; SELECT DISTINCTROW `a`")]
    [InlineData("grant all on *.* to root@localhost, 'a'@'b'", "GRANT ALL ON * . * TO `root` @?, ... @?")]
    [InlineData("select a is not null, not null, a not in (null)", "SELECT `a` IS NOT NULL , NOT ? , `a` NOT IN (...)")]
    public void MySQL_has_its_own_ways(string statement, string digest) => Assert.Equal(digest, StatementDigest.Of(statement).Text);

    [Fact]
    public void A_digest_is_shown_without_the_blank_at_its_end() =>
        Assert.Equal("SELECT ?", StatementDigest.Of("select 1", dialect: SqlDialect.MariaDb).ToString());

    [Theory]
    [InlineData(SqlDialect.MySql8)]
    [InlineData(SqlDialect.MariaDb)]
    public void Any_text_has_a_digest_and_a_hostile_one_does_not_make_it_long(SqlDialect dialect)
    {
        string[] words =
        [
            "select ", "'", "\"", "`", "/*", "*/", "/*!", "/*+", "--", " -- ", "#", "\n", "(", ")", ",", "1", "-", "+", "null", "not ",
            "order by ", "in ", "@", "@@", ".", "\\", "_utf8mb4", "x'", "0x", "?", ";", "é", "\ud83d", "\0", "bka(", "a ", "N'", "values ",
        ];
        var random = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(0, 30)).Select(_ => words[random.Next(words.Length)]));
            var digest = StatementDigest.Of(text, cut: random.Next(2) == 0, (bool?)(random.Next(3) switch { 0 => null, 1 => true, _ => false }), dialect);
            Assert.InRange(digest.Text.Length, 0, 8 * StatementDigest.MaxLength);
            _ = SanitizedQueryText.Of(text, dialect: dialect);
            Assert.InRange(QuerySummary.Of(text, dialect: dialect)?.Length ?? 0, 0, QuerySummary.MaxLength);
        }
    }

    [Theory]
    [InlineData("(")]
    [InlineData("order by 1, ")]
    [InlineData("/*+ /* */ ")]
    [InlineData("/*! ")]
    [InlineData("- ")]
    [InlineData("in (1, ")]
    [InlineData("a.")]
    [InlineData("select /*+ bka(")]
    public void Two_million_characters_of_one_thing_are_read_once(string piece)
    {
        // A quadratic step anywhere would make this run for hours.
        var text = "select " + string.Concat(Enumerable.Repeat(piece, 2_000_000 / piece.Length));
        foreach (var dialect in (SqlDialect[])[SqlDialect.MySql8, SqlDialect.MariaDb])
        {
            Assert.NotEmpty(StatementDigest.Of(text, dialect: dialect).Text);
        }

        Assert.NotEmpty(SanitizedQueryText.Of(text));
        _ = QuerySummary.Of(text);
    }

    [Fact]
    public void A_long_values_list_does_not_use_up_the_length()
    {
        var statement = "INSERT INTO t VALUES " + string.Join(", ", Enumerable.Range(0, 50_000).Select(i => $"({i}, 'x{i}')"));

        Assert.Equal(new StatementDigest("INSERT INTO `t` VALUES (...) /* , ... */", false), StatementDigest.Of(statement));
    }

    [Fact]
    public void A_long_statement_is_cut_between_two_pieces_and_says_so()
    {
        var digest = StatementDigest.Of("SELECT " + string.Join(", ", Enumerable.Range(0, 1000).Select(i => $"c{i}")));

        Assert.True(digest.IsPrefix);
        Assert.StartsWith("SELECT `c0` , `c1` , ", digest.Text, StringComparison.Ordinal);
        Assert.EndsWith(" ...", digest.ToString(), StringComparison.Ordinal);
        Assert.InRange(digest.Text.Length, 500, 2 * StatementDigest.MaxLength);
    }

    [Fact]
    public void A_statement_that_was_cut_gives_a_prefix()
    {
        var digest = StatementDigest.Of("SELECT a FROM t WHERE b = 'secre", cut: true);

        Assert.Equal("SELECT `a` FROM `t` WHERE `b` = ? ...", digest.ToString());
    }

    [Fact]
    public void Text_and_prepared_form_share_a_digest()
    {
        Assert.Equal(
            StatementDigest.Of("UPDATE t SET a = 'x' WHERE id IN (1, 2)"),
            StatementDigest.Of("update t set a=? where id in(?,?)"));
    }

    [Fact]
    public void A_backslash_is_read_as_the_server_reads_it()
    {
        const string statement = @"SELECT 'a\', b FROM t WHERE c='d'";

        Assert.Equal("SELECT ? , `b` FROM `t` WHERE `c` = ?", StatementDigest.Of(statement, noBackslashEscapes: true).Text);
    }

    [Fact]
    public void Where_the_reading_of_a_backslash_is_in_doubt_no_possible_literal_becomes_a_name()
    {
        // Default: the string runs to "c='", and "secret" is a name. NO_BACKSLASH_ESCAPES: it is the other way round.
        var digest = StatementDigest.Of(@"SELECT 'a\', b FROM t WHERE c='secret', 'x'", noBackslashEscapes: null).Text;

        Assert.DoesNotContain("secret", digest, StringComparison.Ordinal);
    }
}
