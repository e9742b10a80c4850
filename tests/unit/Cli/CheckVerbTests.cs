// SPDX-License-Identifier: Apache-2.0
using System.Xml.Linq;
using L7Trace.Cli;
using L7Trace.Export;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class CheckVerbTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void Rules_that_hold_give_0_and_are_listed()
    {
        var run = Seeing(static source => source.Finish(Some.Query("SELECT a FROM t WHERE b = 1")));
        Assert.Equal(ExitCode.Done, run.Run("check", "--no-errors", "--max-statements", "1", "--max-p95", "2ms", "--max-time", "2ms", "--no-n-plus-one", "--no-write-without-where", "--", "true"));
        Assert.Equal(6, Lines(run).Count(static line => line.StartsWith("ok ", StringComparison.Ordinal)));
        Assert.Contains("1 statements and 0 HTTP requests were held against 6 rules", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--no-errors", "error 1146: SELECT ? FROM `bad`")]
    [InlineData("--max-statements=7", "8 statements ran")]
    [InlineData("--max-p95=5ms", "p95 40ms of 1 call: SELECT `lazy` FROM `t`")]
    [InlineData("--max-time=5ms", "40ms: SELECT `lazy` FROM `t`")]
    [InlineData("--no-n-plus-one", "5 times in a row: SELECT `x` FROM `parts` WHERE `id` = ?")]
    [InlineData("--no-write-without-where", "DELETE FROM `t`")]
    public void A_broken_rule_gives_5_and_says_what_broke_it(string rule, string found)
    {
        var run = Seeing(Faulty);
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", rule, "--", "true"));
        Assert.Contains("FAILED  " + rule.Split('=')[0], run.Error, StringComparison.Ordinal);
        Assert.Contains(found, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--no-errors")]
    [InlineData("--max-p95=50ms")]
    [InlineData("--max-statements=100")]
    [InlineData("--no-n-plus-one")]
    [InlineData("--no-write-without-where")]
    public void With_a_loss_nothing_passes(string rule)
    {
        var run = Seeing(static source =>
        {
            source.Finish(Some.Query("SELECT a FROM t WHERE b = 1"));
            source.Losses[LossCause.DataRingFull] = 2;
        });
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", rule, "--", "true"));
        Assert.Contains("UNSURE", run.Error, StringComparison.Ordinal);
        Assert.Contains("lost: 2 calls did not fit", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_seen_in_part_makes_a_rule_unsure()
    {
        var run = Seeing(static source =>
        {
            var exchange = Some.Query("SELECT a FROM t WHERE b = 1");
            exchange.Completeness = new Completeness(CompletenessKind.Unmatched, 0);
            source.Finish(exchange);
        });
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", "--no-errors", "--", "true"));
        Assert.Contains("seen in part", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_statement_that_still_runs_has_no_time_that_could_be_judged()
    {
        var run = Seeing(static source => source.InFlight.Add(Some.Query("SELECT SLEEP(9)", duration: null, state: ExchangeState.Running)));
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", "--max-time", "1s", "--", "true"));
        Assert.Contains("still running at the end", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_s_own_failure_comes_first() => Assert.Equal(3, Seeing(Faulty).Run("check", "--no-errors", "--", "sh", "-c", "exit 3"));

    [Fact]
    public void What_is_ignored_does_not_count()
    {
        var run = Seeing(Faulty);
        Assert.Equal(ExitCode.Done, run.Run("check", "--no-errors", "--no-write-without-where", "--ignore", "FROM `bad`", "--ignore", "^DELETE", "--", "true"));
    }

    [Fact]
    public void Repeats_count_within_a_unit_of_work_only()
    {
        var run = Seeing(static source =>
        {
            for (var i = 0; i < 20; i++)
            {
                source.Finish(Some.Query($"SELECT x FROM t WHERE id = {i}", start: i * 200 * Millisecond)); // a request now and then
            }
        });
        Assert.Equal(ExitCode.Done, run.Run("check", "--no-n-plus-one", "--", "true"));
    }

    [Fact]
    public void Set_up_does_not_count()
    {
        var run = Seeing(static source =>
        {
            foreach (var sql in new[] { "SET NAMES utf8mb4", "BEGIN", "SELECT @@version", "CREATE TABLE t (a INT)", "COMMIT", "SELECT * FROM schema_migrations" })
            {
                source.Finish(Some.Query(sql));
            }
        });
        Assert.Equal(ExitCode.Done, run.Run("check", "--max-statements", "1", "--", "true"));
        Assert.Contains("0 statements", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_results_are_a_junit_file()
    {
        var file = Path.GetTempFileName();
        File.Delete(file);
        try
        {
            var run = Seeing(static source =>
            {
                Faulty(source);
                source.Finish(Some.Query("SELECT \u001b[31m `\u202e` FROM t", error: 1064));
            });
            Assert.Equal(ExitCode.RuleBroken, run.Run("check", "--no-errors", "--max-statements", "100", "--junit", file, "--", "true", "--password=hunter2"));
            var suite = XDocument.Load(file).Root!.Element("testsuite")!;
            Assert.Equal(("2", "1", "0"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value, suite.Attribute("errors")!.Value));
            Assert.Equal(["--no-errors", "--max-statements 100"], suite.Elements("testcase").Select(static x => x.Attribute("name")!.Value).Order().Reverse());
            Assert.Contains("error 1146", suite.Descendants("failure").Single().Value, StringComparison.Ordinal);
            Assert.DoesNotContain('\u202e', File.ReadAllText(file));
            Assert.DoesNotContain("hunter2", File.ReadAllText(file), StringComparison.Ordinal);
            Assert.Equal("l7trace check -- true", suite.Attribute("name")!.Value);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("--no-errors", "error 1213: COMMIT")]
    [InlineData("--no-write-without-where", "DELETE FROM `schema_migrations`")]
    public void Set_up_that_breaks_a_rule_is_seen(string rule, string found)
    {
        var run = Seeing(static source =>
        {
            source.Finish(Some.Query("COMMIT", error: 1213));
            source.Finish(Some.Query("DELETE FROM schema_migrations"));
        });
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", rule, "--", "true"));
        Assert.Contains(found, run.Error, StringComparison.Ordinal);
        Assert.Contains("FAILED", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_delete_behind_a_set_up_statement_is_seen()
    {
        var run = Seeing(static source =>
        {
            source.Finish(Some.Query("SET autocommit = 1; DELETE FROM t"));
            source.Finish(Some.Query("SET autocommit = 1; DELETE FROM t"));
        });
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", "--no-write-without-where", "--max-statements", "1", "--", "true"));
        Assert.Equal(2, Lines(run).Count(static line => line.StartsWith("FAILED", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(40, "FAILED")]
    [InlineData(1, "UNSURE")]
    public void One_without_an_answer_took_at_least_as_long_as_it_was_seen(int milliseconds, string outcome)
    {
        var run = Seeing(source => source.Finish(Some.Query("SELECT a FROM t", duration: milliseconds * Millisecond, state: ExchangeState.Aborted)));
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", "--max-time", "5ms", "--", "true"));
        Assert.Contains(outcome + "  --max-time", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_seen_is_no_pass()
    {
        var run = Seeing(static source => { });
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", "--no-errors", "--", "true"));
        Assert.Contains("nothing was seen", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, Seeing(static source => { }).Run("check", "--max-statements", "1", "--", "true"));
    }

    [Fact]
    public void A_loop_over_a_pool_that_resets_is_unsure()
    {
        var run = Seeing(static source =>
        {
            for (var i = 0; i < 5; i++)
            {
                source.Finish(Some.Query($"SELECT x FROM t WHERE id = {i}", start: 2 * i * Millisecond));
                source.Finish(new MySqlExchange { Connection = Some.Connection(), Command = MySqlCommand.ResetConnection });
            }
        });
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", "--no-n-plus-one", "--", "true"));
        Assert.Contains("UNSURE", run.Error, StringComparison.Ordinal);
        Assert.Contains("5 times with a reset of the connection in between: SELECT `x`", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_that_ends_before_its_command_is_no_pass()
    {
        var run = new CliRun { Source = new FakeSource(static source => source.Finish(Some.Query("SELECT a FROM t"))) { WaitsForStop = false } };
        Assert.Equal(ExitCode.RuleBroken, run.Run("check", "--no-errors", "--", "sleep", "0.5"));
        Assert.Contains("the trace ended before the command did", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_can_t_be_written_is_said_before_anything_starts()
    {
        var run = Seeing(Faulty);
        Assert.Equal(ExitCode.RunFailure, run.Run("check", "--no-errors", "--junit", "/nonexistent/sql.xml", "--", "true"));
        Assert.Contains("can't write '/nonexistent/sql.xml'", run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
    }

    [Fact]
    public void A_file_that_is_full_gives_1()
    {
        var run = Seeing(static source => source.Finish(Some.Query("SELECT a FROM t")));
        Assert.Equal(ExitCode.Failure, run.Run("check", "--no-errors", "--junit", "/dev/full", "--", "true"));
        Assert.Contains("can't write '/dev/full'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_rule_at_all_is_an_error_of_use()
    {
        var run = Seeing(Faulty);
        Assert.Equal(ExitCode.RunFailure, run.Run("check", "--", "true"));
        Assert.Contains("say what to check", run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
    }

    private static CliRun Seeing(Action<FakeSource> script) => new() { Source = new FakeSource(script) };

    private static void Faulty(FakeSource source)
    {
        source.Finish(Some.Query("SELECT 1 FROM bad", error: 1146));
        source.Finish(Some.Query("SELECT lazy FROM t", start: Millisecond, duration: 40 * Millisecond));
        source.Finish(Some.Query("DELETE FROM t", start: 50 * Millisecond));
        for (var i = 0; i < 5; i++)
        {
            source.Finish(Some.Query($"SELECT x FROM parts WHERE id = {i}", start: (60 + (2 * i)) * Millisecond));
        }
    }

    private static string[] Lines(CliRun run) => run.Error.Split('\n');
}
