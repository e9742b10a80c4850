// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

public sealed class StatementShapeTests
{
    [Theory]
    [InlineData("select a from t where b = 1", StatementKind.Select)]
    [InlineData("(select 1) union (select 2)", StatementKind.Select)]
    [InlineData("table t", StatementKind.Select)]
    [InlineData("select a from t for update", StatementKind.Select)]
    [InlineData("with x as (select 1) select * from x", StatementKind.Select)]
    [InlineData("with recursive x as (select 1), y (a, b) as (select 2, 3) delete from t where a in (select * from x)", StatementKind.Delete)]
    [InlineData("insert into t values (1) on duplicate key update a = 2", StatementKind.Insert)]
    [InlineData("replace t values (1)", StatementKind.Insert)]
    [InlineData("update t set a = 1 where b = 2", StatementKind.Update)]
    [InlineData("call p(1)", StatementKind.Call)]
    [InlineData("start transaction", StatementKind.Transaction)]
    [InlineData("set names utf8mb4", StatementKind.Session)]
    [InlineData("create table t (a int)", StatementKind.Definition)]
    [InlineData("load data infile 'x' into table t", StatementKind.Other)]
    [InlineData("explain delete from t", StatementKind.Other)]
    public void The_first_keyword_tells_the_kind(string sql, StatementKind kind)
    {
        Assert.All(Shapes(sql), shape => Assert.Equal(kind, shape.Kind));
    }

    [Theory]
    [InlineData("update t set a = 1", true)]
    [InlineData("update t set a = 1 limit 3", true)]
    [InlineData("update t set a = 1 where b = 2", false)]
    [InlineData("update t set a = (select max(b) from u where c = 1)", true)]
    [InlineData("delete from t", true)]
    [InlineData("delete from t where a = 1", false)]
    [InlineData("delete t from t join u on t.a = u.a", true)]
    [InlineData("delete from `where`", true)]
    [InlineData("update t set `where` = 'where'", true)]
    [InlineData("with x as (select 1 from y where z = 1) delete from t", true)]
    [InlineData("select 1; delete from t", true)]
    [InlineData("delete from t; select 1", true)]
    [InlineData("delete from t where a = 1; delete from u where b = 1", false)]
    [InlineData("select a from t", false)]
    [InlineData("truncate t", false)]
    [InlineData("insert into t values (1) on duplicate key update a = 2", false)]
    public void An_update_or_delete_needs_a_where_of_its_own(string sql, bool unguarded)
    {
        Assert.All(Shapes(sql), shape => Assert.Equal(unguarded, shape.WritesWithoutWhere));
    }

    [Fact]
    public void Of_a_statement_that_was_cut_it_is_not_known_whether_a_where_came()
    {
        Assert.Null(StatementShape.Of(StatementDigest.Of("update t set a = 'long", cut: true).ToString()).WritesWithoutWhere);
        Assert.Null(StatementShape.Of(StatementDigest.Of("update t set a = 1 where b = 'long", cut: true).ToString()).WritesWithoutWhere); // another may follow
        Assert.True(StatementShape.Of(StatementDigest.Of("delete from t; update t set a = 'long", cut: true).ToString()).WritesWithoutWhere);
        Assert.Null(StatementShape.Of(StatementDigest.Of("select a from t where b = 'long", cut: true)).WritesWithoutWhere);
        Assert.Null(StatementShape.Of(StatementDigest.Of("with x as (select 'long", cut: true)).WritesWithoutWhere);
        Assert.Null(StatementShape.Of(null).WritesWithoutWhere);
    }

    [Theory]
    [InlineData("set names utf8mb4", SetupNoise.Session)]
    [InlineData("use shop", SetupNoise.Session)]
    [InlineData("select @@version_comment limit 1", SetupNoise.Session)]
    [InlineData("SELECT @@max_allowed_packet, @@session.sql_mode", SetupNoise.Session)]
    [InlineData("select 1", SetupNoise.Session)]
    [InlineData("select version()", SetupNoise.Session)]
    [InlineData("select database()", SetupNoise.Session)]
    [InlineData("show variables like 'sql_mode'", SetupNoise.Session)]
    [InlineData("begin", SetupNoise.Transaction)]
    [InlineData("commit", SetupNoise.Transaction)]
    [InlineData("create index i on t (a)", SetupNoise.Schema)]
    [InlineData("create temporary table t (a int)", SetupNoise.None)]
    [InlineData("select * from information_schema.tables where table_name = 'x'", SetupNoise.Schema)]
    [InlineData("select MigrationId from `__EFMigrationsHistory`", SetupNoise.Schema)]
    [InlineData("insert into schema_migrations (version) values ('1')", SetupNoise.Schema)]
    [InlineData("select get_lock('__EFMigrationsLock', -1)", SetupNoise.Schema)]
    [InlineData("select sleep(3)", SetupNoise.None)]
    [InlineData("select 1 from t", SetupNoise.None)]
    [InlineData("select a, @@sql_mode from t", SetupNoise.None)]
    [InlineData("select last_insert_id()", SetupNoise.None)]
    [InlineData("insert into t values (1)", SetupNoise.None)]
    [InlineData("select name from schema_migrations_of_birds", SetupNoise.None)]
    public void What_drivers_and_migrations_say_is_noise(string sql, SetupNoise noise)
    {
        Assert.All(Shapes(sql), shape => Assert.Equal(noise, shape.Noise));
    }

    [Theory]
    [InlineData("set autocommit = 1; delete from t", StatementKind.Delete, SetupNoise.None, true)]
    [InlineData("set autocommit = 1; select a from t", StatementKind.Select, SetupNoise.None, false)]
    [InlineData("set names utf8mb4; begin", StatementKind.Session, SetupNoise.Session, false)]
    [InlineData("select migrations from birds", StatementKind.Select, SetupNoise.None, false)]
    [InlineData("select VersionInfo from devices", StatementKind.Select, SetupNoise.None, false)]
    [InlineData("select b.sys from birds b", StatementKind.Select, SetupNoise.None, false)]
    [InlineData("select a from shop.migrations", StatementKind.Select, SetupNoise.Schema, false)]
    [InlineData("select a from information_schema.tables t, orders o", StatementKind.Select, SetupNoise.None, false)]
    [InlineData("delete from migrations", StatementKind.Delete, SetupNoise.Schema, true)]
    [InlineData("update schema_migrations set a = 1", StatementKind.Update, SetupNoise.Schema, true)]
    [InlineData("insert into schema_migrations (a) values (1) on duplicate key update a = 2", StatementKind.Insert, SetupNoise.Schema, false)]
    [InlineData("select get_lock('a', 1), name", StatementKind.Select, SetupNoise.None, false)]
    [InlineData("select @@version, (select max(a) from t)", StatementKind.Select, SetupNoise.None, false)]
    [InlineData("call p()", StatementKind.Call, SetupNoise.None, false)]
    [InlineData("execute immediate 'delete from t'", StatementKind.Other, SetupNoise.None, false)]
    [InlineData("begin not atomic delete from t; end", StatementKind.Other, SetupNoise.None, null)]
    [InlineData("if a = 1 then delete from t; end if", StatementKind.Other, SetupNoise.None, null)]
    [InlineData("begin work", StatementKind.Transaction, SetupNoise.Transaction, false)]
    [InlineData("create procedure p() begin delete from t; end", StatementKind.Definition, SetupNoise.Schema, false)]
    [InlineData("create procedure p() begin delete from t; end; delete from u", StatementKind.Delete, SetupNoise.None, true)]
    [InlineData("analyze table t", StatementKind.Definition, SetupNoise.Schema, false)]
    [InlineData("analyze delete from t", StatementKind.Delete, SetupNoise.None, true)]
    public void Every_statement_of_a_text_counts(string sql, StatementKind kind, SetupNoise noise, bool? unguarded)
    {
        Assert.All(Shapes(sql), shape => Assert.Equal(new StatementShape(kind, noise, unguarded), shape));
        Assert.Equal(new StatementShape(kind, noise, unguarded), StatementShape.OfStatement(sql));
    }

    [Fact]
    public void A_statement_may_stand_behind_variables_that_are_set_for_it() =>
        Assert.All(Shapes("set statement max_statement_time = 1 for delete from t"), static shape => Assert.Equal(new StatementShape(StatementKind.Delete, SetupNoise.None, true), shape));

    [Fact]
    public void What_stands_behind_the_end_of_the_digest_counts()
    {
        var columns = string.Join(", ", Enumerable.Range(0, 400).Select(static i => $"column_{i}"));
        var harmless = $"select {columns} from t where a = 1";
        Assert.True(StatementDigest.Of(harmless).IsPrefix);
        Assert.Null(StatementShape.Of(StatementDigest.Of(harmless)).WritesWithoutWhere);
        Assert.False(StatementShape.OfStatement(harmless).WritesWithoutWhere);
        Assert.True(StatementShape.OfStatement(harmless + "; delete from t").WritesWithoutWhere);
        Assert.True(StatementShape.OfStatement("select `a``b` from x; delete from y; select `c``d` from z").WritesWithoutWhere);
    }

    [Fact]
    public void The_digest_of_a_list_is_no_cut()
    {
        Assert.False(StatementShape.Of("SELECT ?, ...").WritesWithoutWhere);
        Assert.Null(StatementShape.Of("SELECT ? ...").WritesWithoutWhere);
        Assert.Null(StatementShape.Of("SELECT ?, ...", isPrefix: true).WritesWithoutWhere);
    }

    [Fact]
    public void Any_text_is_read_without_an_exception()
    {
        var random = new Random(17);
        string[] pieces = ["select", "with", "where", "(", ")", ";", "`", "'", "@@", "delete", " ...", "\0", "from", "/*", "x"];
        for (var i = 0; i < 20_000; i++)
        {
            _ = StatementShape.Of(string.Join(random.Next(2) == 0 ? " " : "", random.GetItems(pieces, random.Next(12))));
        }
    }

    private static StatementShape[] Shapes(string sql) =>
    [
        StatementShape.Of(StatementDigest.Of(sql).ToString()),
        StatementShape.Of(StatementDigest.Of(sql, dialect: SqlDialect.MariaDb).ToString()),
    ];
}
