// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.Analysis.Sql;
using L7Trace.UnitTests.Corpus;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Sql;

/// <summary>OpenTelemetry's sanitised text and summary.</summary>
public sealed class SanitizedQueryTextTests
{
    [Theory]
    [InlineData("SELECT 7, -8, +9", "SELECT ?, ?, ?")]
    [InlineData("SELECT 1+2, a-1, a - 1, f(x)-1", "SELECT ??, a-?, a - ?, f(x)-?")]
    [InlineData("SELECT 1.5e-3, .5, 0xAB, 0Xab, b'1', X'0f', N'x', 'it''s', \"q\"", "SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?")]
    [InlineData("select TRUE, false, null, DATE '2020-01-01'", "select ?, ?, null, DATE ?")]
    [InlineData("select t1.c2 from db3.t4 where a5=6", "select t1.c2 from db3.t4 where a5=?")]
    [InlineData("select a  -- c\n, /* d\n */ b # e", "select a  \n,  b ")]
    [InlineData("select a where a in (1, -2, 'x') and b in(3) and c in (d, 4, 5)", "select a where a in (?) and b in(?) and c in (d, ?, ?)")]
    [InlineData("select a in (1,2), 3, 4", "select a in (?), ?, ?")]
    [InlineData("select a where b = ? and c in (?, ?)", "select a where b = ? and c in (?, ?)")]
    [InlineData("create table t (a varchar(10) default 'x')", "create table t (a varchar(?) default ?)")]
    [InlineData("select 'open", "select ?")]
    [InlineData("", "")]
    public void Literals_are_question_marks_and_the_rest_is_as_written(string statement, string sanitised) =>
        Assert.Equal(sanitised, SanitizedQueryText.Of(statement));

    [Theory]
    [InlineData("SELECT 1", "SELECT")]
    [InlineData("select a, b from t1 x, db.t2 as y join `t3` on x.a = y.a where c in (select d from t4)", "select t1 db.t2 `t3` select t4")]
    [InlineData("INSERT INTO a (x) SELECT y FROM b", "INSERT a SELECT b")]
    [InlineData("insert ignore t values (1) on duplicate key update a = 2", "insert t")]
    [InlineData("update t set a = (select max(b) from u) where c = 1", "update t select u")]
    [InlineData("delete from t where a = 1", "delete t")]
    [InlineData("replace into t values (replace('a', 'b', 'c'))", "replace t")]
    [InlineData("select extract(year from a), trim(both 'x' from b) from t for update", "select t")]
    [InlineData("select * from (select a from t union select b from u) x", "select select t select u")]
    [InlineData("with c as (select 1 from t) select * from c", "select t select c")]
    [InlineData("Create Table If Not Exists db.t (a int)", "Create Table db.t")]
    [InlineData("drop table if exists a, b", "drop table a b")]
    [InlineData("create procedure p() begin select 1 from t; end", "create procedure p")]
    [InlineData("truncate table t", "truncate t")]
    [InlineData("call p(1)", "call p")]
    [InlineData("explain select a from t", "explain select t")]
    [InlineData("set @a = 1", "set")]
    [InlineData("begin; insert into t values (1); commit", "begin insert t commit")]
    [InlineData("load data local infile 'x' into table t", "load t")]
    [InlineData("-- nothing", null)]
    public void A_summary_has_the_operations_and_their_targets(string statement, string? summary) =>
        Assert.Equal(summary, QuerySummary.Of(statement));

    [Fact]
    public void A_summary_ends_between_two_names()
    {
        var summary = QuerySummary.Of("SELECT 1 FROM " + string.Join(", ", Enumerable.Range(0, 100).Select(i => $"table_{i:000}")))!;

        Assert.InRange(summary.Length, QuerySummary.MaxLength - 10, QuerySummary.MaxLength);
        Assert.Matches("^SELECT( table_[0-9]{3})+$", summary);
    }

    [Fact]
    public void The_vectors_of_the_conventions_pass()
    {
        var folder = CorpusTests.Folder();
        Assert.SkipWhen(folder is null, "corpus: L7TRACE_CORPUS is not set and ../shared/corpus is not there");
        var path = Path.Combine(folder!, "semconv", "db-sql-test-cases.json");
        Assert.SkipUnless(File.Exists(path), $"corpus: no {path}");
        using var vectors = JsonDocument.Parse(File.ReadAllText(path));
        Assert.True(vectors.RootElement.GetArrayLength() >= 24);
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var query = vector.GetProperty("input").GetProperty("query").GetString()!;
            var expected = vector.GetProperty("expected");
            Assert.Contains(
                SanitizedQueryText.Of(query), expected.GetProperty("db.query.text").EnumerateArray().Select(x => x.GetString()));
            Assert.Equal(expected.GetProperty("db.query.summary").GetString(), QuerySummary.Of(query));
        }
    }
}
