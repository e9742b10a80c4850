// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Sql;
using L7Trace.Testing;
using L7Trace.Testing.Helper;
using System.Text.Json;
using Xunit;

namespace L7Trace.UnitTests.Testing;

public sealed class TraceResultTests
{
    private static readonly DateTimeOffset s_begin = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void An_empty_scope_keeps_every_rule()
    {
        Result().ShouldHaveNoNPlusOne().ShouldHaveAtMost(0).ShouldHaveExactly(0).ShouldHaveNoFailures().ShouldHaveNoneSlowerThan(TimeSpan.Zero)
            .ShouldHaveNoWriteWithoutWhere().ShouldRunExactly().ShouldNotRun(".").ShouldHaveNoFailedRequests();
        Assert.Throws<L7TraceAssertionException>(() => Result().ShouldRun("."));
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void More_than_four_of_one_statement_are_a_loop(int count, bool isLoop)
    {
        var result = Result(Many(count, static i => Statement($"SELECT a FROM t WHERE id = {i}")));
        if (isLoop)
        {
            Assert.Contains("5 x  SELECT `a` FROM `t` WHERE `id` = ?", Failure(() => result.ShouldHaveNoNPlusOne()), StringComparison.Ordinal);
        }
        else
        {
            result.ShouldHaveNoNPlusOne();
        }
    }

    [Fact]
    public void The_same_values_each_time_are_called_so()
    {
        var message = Failure(() => Result(Many(7, static _ => Statement("SELECT a FROM t WHERE id = 1"))).ShouldHaveNoNPlusOne());
        Assert.Contains("the same values each time: once would do", message, StringComparison.Ordinal);
        Assert.DoesNotContain("perhaps a loop", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_of_prepared_statements_tell_them_apart()
    {
        var message = Failure(() => Result(Many(7, static i => Statement("SELECT a FROM t WHERE id = ?") with { Parameters = [new SqlParameter("0", i.ToString(System.Globalization.CultureInfo.InvariantCulture))] })).ShouldHaveNoNPlusOne());
        Assert.Contains("7 different values", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_stand_in_a_message_only_when_asked_for()
    {
        var statements = new[] { Statement("SELECT a FROM t WHERE mail = 'x@example.com'") };
        Assert.DoesNotContain("example.com", Failure(() => Result(statements).ShouldHaveAtMost(0)), StringComparison.Ordinal);
        Assert.Contains("example.com", Failure(() => Result(statements, new L7TracerOptions { ShowValues = true }).ShouldHaveAtMost(0)), StringComparison.Ordinal);
    }

    [Fact]
    public void Order_and_number_of_statements_are_compared()
    {
        var result = Result(Statement("SELECT a FROM t WHERE id = 1"), Statement("UPDATE t SET a = 2 WHERE id = 1"));
        result.ShouldRunExactly("select A from t where id = 99".Replace('A', 'a'), "update t set a=? where id=?");
        Assert.Contains("!   1", Failure(() => result.ShouldRunExactly("update t set a = 1 where id = 1", "select a from t where id = 1")), StringComparison.Ordinal);
        Assert.Contains("(nothing)", Failure(() => result.ShouldRunExactly("select a from t where id = 1")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_makes_every_rule_inconclusive_that_was_not_broken()
    {
        var result = new TraceResult("x", new L7TracerOptions(), [Statement("DELETE FROM t")], [], new Dictionary<string, long> { ["loss.data_ring_full"] = 3 }, []);
        Assert.False(result.IsConclusive);
        foreach (var rule in new Func<TraceResult>[]
        {
            () => result.ShouldHaveNoNPlusOne(), () => result.ShouldHaveAtMost(5), () => result.ShouldHaveExactly(1), () => result.ShouldHaveNoFailures(),
            () => result.ShouldHaveNoneSlowerThan(TimeSpan.FromSeconds(1)), () => result.ShouldRunExactly("delete from t"), () => result.ShouldNotRun("SELECT"),
            () => result.ShouldRun("SELECT"), () => result.ShouldHaveNoFailedRequests(),
        })
        {
            Assert.Contains("loss.data_ring_full: 3", Assert.Throws<L7TraceInconclusiveException>(() => rule()).Message, StringComparison.Ordinal);
        }

        // What was seen to be wrong is wrong whatever else was lost.
        Assert.Throws<L7TraceAssertionException>(() => result.ShouldHaveNoWriteWithoutWhere());
        result.ShouldRun("DELETE");
    }

    [Fact]
    public void What_is_not_known_of_a_statement_is_no_pass()
    {
        var unknown = Statement(null);
        Assert.Throws<L7TraceInconclusiveException>(() => Result(unknown).ShouldHaveNoNPlusOne());
        Assert.Throws<L7TraceInconclusiveException>(() => Result(unknown).ShouldHaveNoWriteWithoutWhere());
        Result(unknown).ShouldHaveExactly(1);
        Assert.Throws<L7TraceInconclusiveException>(() => Result(Statement("SELECT a FROM t") with { Duration = null }).ShouldHaveNoneSlowerThan(TimeSpan.FromSeconds(1)));
        Assert.Throws<L7TraceInconclusiveException>(() => Result(Statement("SELECT a FROM t") with { Doubt = "cut" }).ShouldHaveAtMost(1));
        Assert.Throws<L7TraceInconclusiveException>(() => Result(new TracedStatement { Id = "1", Command = "Unknown", Start = s_begin }).ShouldHaveAtMost(1));
        Assert.Throws<L7TraceInconclusiveException>(() => Result(Statement("UPDATE t SET a = 'long", cut: true) with { Doubt = "cut" }).ShouldHaveNoWriteWithoutWhere());
    }

    [Fact]
    public void Set_up_and_what_is_ignored_does_not_count()
    {
        TracedStatement[] statements =
        [
            Statement("SET NAMES utf8mb4"), Statement("BEGIN"), Statement("SELECT a FROM t"), Statement("SELECT b FROM noise"), Statement("COMMIT"),
            Statement("CREATE TABLE t (a INT)"), new TracedStatement { Id = "9", Command = "COM_PING", Start = s_begin },
        ];
        Assert.Equal(2, Result(statements).Statements.Count);
        Assert.Equal(6, Result(statements, new L7TracerOptions { CountSetup = true }).Statements.Count);
        Assert.Single(Result(statements, new L7TracerOptions().Ignore(static x => x.Digest!.Contains("noise", StringComparison.Ordinal))).Statements);
        Assert.Equal(7, Result(statements).Commands.Count);
    }

    [Fact]
    public void Captured_text_does_no_harm_in_a_message()
    {
        var message = Failure(() => Result(Statement("SELECT `\u001b]0;x\u0007\u202e`, 'a\nb' FROM t")).ShouldHaveAtMost(0));
        Assert.DoesNotContain('\u001b', message);
        Assert.DoesNotContain('\u202e', message);
    }

    [Theory]
    [InlineData("SELECT 1 /* test-7 */", true)]
    [InlineData("SELECT 1 -- test-7", true)]
    [InlineData("SELECT 1 # test-7\n", true)]
    [InlineData("SELECT '/* test-7 */'", false)]
    [InlineData("SELECT `test-7`", false)]
    [InlineData("SELECT 1 /* test-77 */", false)]
    [InlineData("SELECT 1 /* a test-7,b */", true)]
    [InlineData("SELECT 1 /* test-77 test-7 */", true)]
    public void A_tag_counts_in_a_comment_only(string sql, bool has) => Assert.Equal(has, ScopeFilter.Tag("test-7").Has(Statement(sql)));

    [Fact]
    public void Filters_of_one_kind_with_different_values_are_apart()
    {
        Assert.True(ScopeFilter.User("a").IsApartFrom(ScopeFilter.User("b")));
        Assert.False(ScopeFilter.User("a").IsApartFrom(ScopeFilter.User("a")));
        Assert.False(ScopeFilter.User("a").IsApartFrom(ScopeFilter.ClientPort(5)));
    }

    [Fact]
    public void What_a_filter_can_t_judge_is_neither_in_nor_out()
    {
        var unknown = Statement("DELETE FROM t");
        Assert.Null(ScopeFilter.User("shop").Has(unknown));
        Assert.Null(ScopeFilter.Connection(7).Has(unknown));
        Assert.Null(ScopeFilter.ClientPort(7).Has(unknown));
        Assert.Null(ScopeFilter.Tag("x").Has(unknown with { Text = null }));
        Assert.Null(ScopeFilter.Tag("x").Has(unknown with { Doubt = "cut" }));
        Assert.False(ScopeFilter.Tag("x").Has(unknown));
        Assert.False(ScopeFilter.User("shop").Has(unknown with { Command = "COM_PING" }));
        Assert.True(ScopeFilter.User("shop").Has(unknown with { User = "shop" }));
        Assert.False(ScopeFilter.User("shop").Has(unknown with { User = "other" }));
    }

    [Fact]
    public void Commands_that_do_not_count_as_statements_fail_all_the_same()
    {
        foreach (var failed in new[] { Statement("COMMIT"), Statement("CREATE TABLE t (a INT)"), Statement("SELECT a FROM t") with { Command = "COM_STMT_PREPARE" } })
        {
            Assert.Contains("error 1213", Failure(() => Result(failed with { ErrorCode = 1213 }).ShouldHaveNoFailures()), StringComparison.Ordinal);
        }

        Result([Statement("COMMIT") with { ErrorCode = 1213 }], new L7TracerOptions().Ignore(static x => x.ErrorCode == 1213)).ShouldHaveNoFailures();
    }

    [Fact]
    public void A_statement_whose_connection_ended_has_no_time_to_judge() =>
        Assert.Throws<L7TraceInconclusiveException>(() => Result(Statement("SELECT a FROM t") with { Duration = null, IsAborted = true }).ShouldHaveNoneSlowerThan(TimeSpan.FromHours(1)));

    [Fact]
    public void Patterns_see_set_up_too()
    {
        Assert.Throws<L7TraceAssertionException>(() => Result(Statement("TRUNCATE t")).ShouldNotRun("TRUNCATE"));
        Result(Statement("COMMIT")).ShouldRun("^COMMIT$");
    }

    [Fact]
    public void What_stands_behind_the_end_of_a_digest_is_not_taken_for_granted()
    {
        var list = string.Join(", ", Enumerable.Range(0, 400).Select(static i => $"column_{i}"));
        var result = Result(Statement($"SELECT {list} FROM t"));
        Assert.True(result.Statements[0].IsDigestCut);
        Assert.Throws<L7TraceInconclusiveException>(() => result.ShouldNotRun("FROM `u`"));
        Assert.Throws<L7TraceInconclusiveException>(() => result.ShouldRunExactly($"SELECT {list} FROM u"));
        result.ShouldRunExactly($"SELECT {list} FROM t");
        Assert.False(Statement("SELECT 1, 2").IsDigestCut);
        result.ShouldHaveNoWriteWithoutWhere();
        Assert.Throws<L7TraceAssertionException>(() => Result(Statement($"SELECT {list} FROM t; DELETE FROM t")).ShouldHaveNoWriteWithoutWhere());
        Assert.Throws<L7TraceInconclusiveException>(() => Result(Statement($"UPDATE t SET {list.Replace(", ", " = 1, ", StringComparison.Ordinal)} = 1", cut: true) with { Doubt = "cut" }).ShouldHaveNoWriteWithoutWhere());
    }

    [Fact]
    public void A_number_beyond_all_others_is_not_known_and_no_end_of_the_trace()
    {
        var line = """{"type":"exchange","id":"1-1","protocol":"mysql","role":"client","state":"done","start":"2026-11-26T12:00:00.000000000Z","tls":false,"mysql.command":"COM_QUERY","mysql.affected_rows":18446744073709551615}""";
        Assert.Null(RecordReader.Statement(JsonDocument.Parse(line).RootElement)!.AffectedRows);
    }

    [Fact]
    public void A_record_is_read_by_the_names_of_its_page()
    {
        var exchange = Cli.Some.Query("SELECT a FROM t WHERE b = 'x'", start: 5, error: 1064);
        var line = L7Trace.UnitTests.Export.Json.JsonSamples.Line(exchange, L7Trace.Export.Redaction.Off);
        var statement = RecordReader.Statement(JsonDocument.Parse(line).RootElement)!;
        Assert.Equal(("SELECT a FROM t WHERE b = 'x'", "SELECT `a` FROM `t` WHERE `b` = ?", 1064, "COM_QUERY", true), (statement.Text, statement.Digest, statement.ErrorCode, statement.Command, statement.IsFailed));
        Assert.Equal((40000, 3306, 100, "app"), (statement.Client?.Port, statement.Server?.Port, statement.ProcessId, statement.ProcessName));
        Assert.Equal("shop-db-1", statement.Container);
        Assert.Equal(TimeSpan.FromMilliseconds(1), statement.Duration);
        Assert.Equal(exchange.Start, RecordReader.Time(JsonDocument.Parse(line).RootElement.GetProperty("start").GetString()!));
        Assert.Null(RecordReader.Request(JsonDocument.Parse(line).RootElement));
        var request = RecordReader.Request(JsonDocument.Parse(L7Trace.UnitTests.Export.Json.JsonSamples.Line(Cli.Some.Get("/a?b=1", status: 503), L7Trace.Export.Redaction.Off)).RootElement)!;
        Assert.Equal(("GET", "/a", "b=1", 503, true, "shop"), (request.Method, request.Path, request.Query, request.Status, request.IsFailed, request.Host));
    }

    private static TraceResult Result(params TracedStatement[] statements) => Result(statements, new L7TracerOptions());

    private static TraceResult Result(TracedStatement[] statements, L7TracerOptions options) => new("x", options, statements, [], new Dictionary<string, long>(), []);

    private static TracedStatement[] Many(int count, Func<int, TracedStatement> make) => [.. Enumerable.Range(0, count).Select(make)];

    private static TracedStatement Statement(string? sql, bool cut = false) => new()
    {
        Id = "1",
        Command = sql is null ? "COM_STMT_EXECUTE" : "COM_QUERY",
        Text = sql,
        Digest = sql is null ? null : StatementDigest.Of(sql, cut).ToString(),
        Start = s_begin,
        Duration = TimeSpan.FromMilliseconds(2),
    };

    private static string Failure(Func<TraceResult> rule) => Assert.Throws<L7TraceAssertionException>(() => rule()).Message;
}
