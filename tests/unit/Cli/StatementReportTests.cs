// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using L7Trace.Export;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Cli;

/// <summary><c>report mysql</c> and <c>slow -o slowlog</c> as they are called.</summary>
public sealed class StatementReportTests
{
    private const long Millisecond = 1_000_000;

    [Fact]
    public void Every_line_of_the_text_is_a_comment_of_sql()
    {
        var run = Report("report", "mysql", "--all");

        Assert.All(run.Output.TrimEnd('\n').Split('\n'), line => Assert.Matches("^#( |$)", line));
        Assert.All(run.Output.Split('\n'), line => Assert.InRange(TerminalText.WidthOf(line), 0, 100));
        Assert.Contains("# rank  share", run.Output, StringComparison.Ordinal);
        Assert.Contains("# Query 1: 97% of the time", run.Output, StringComparison.Ordinal);
        Assert.Contains("1146 (?) 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("In flight at the end: 1 command", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("/cart", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void With_secrets_the_slowest_call_is_ready_to_be_explained()
    {
        var run = Report("report", "mysql", "--all", "--show-secrets");

        Assert.Contains("\nEXPLAIN SELECT * FROM t WHERE a = 4711;\n", run.Output, StringComparison.Ordinal);
        Assert.All(
            run.Output.TrimEnd('\n').Split('\n').Where(line => !line.StartsWith('#')),
            line => Assert.Matches("^(EXPLAIN |USE ).*;$", line));
    }

    [Fact]
    public void Without_the_word_both_protocols_are_shown_as_before()
    {
        var run = Report("report", "--all");

        Assert.Contains("HTTP routes", run.Output, StringComparison.Ordinal);
        Assert.Contains("MySQL statements", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--order-by is for: l7trace report mysql", "report", "--all", "--order-by", "calls")]
    [InlineData("'redis' has no report of its own", "report", "redis", "--all")]
    [InlineData("report http shows one protocol", "report", "http", "--all", "--protocol", "mysql")]
    [InlineData("--order-by is for: l7trace report mysql", "report", "http", "--all", "--order-by", "calls")]
    [InlineData("--route: 'users': a route begins", "report", "--all", "--route", "users")]
    [InlineData("braces take a whole segment", "report", "--all", "--route", "/a/x{id}")]
    [InlineData("drop --protocol", "report", "mysql", "--all", "--protocol", "http")]
    [InlineData("did you mean 'total'", "report", "mysql", "--all", "--order-by", "totl")]
    [InlineData("neither a number of rows", "report", "mysql", "--all", "--limit", "95%20")]
    [InlineData("-w FILE.html", "report", "mysql", "--all", "-o", "html")]
    [InlineData("report mysql -o html", "report", "--all", "-o", "html")]
    [InlineData("is none of auto", "report", "mysql", "--all", "-o", "slowlog")]
    [InlineData("is none of auto", "watch", "--all", "-o", "html")]
    public void Nonsense_is_refused_with_what_is_right(string message, params string[] arguments)
    {
        var run = new CliRun { IsTerminal = true };

        Assert.Equal(ExitCode.Usage, run.Run(arguments));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_and_the_limit_are_heeded()
    {
        var run = Report("report", "mysql", "--all", "--order-by", "errors", "--limit", "1");

        Assert.Contains("# Query 1: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("`missing`", run.Output, StringComparison.Ordinal);
        Assert.Contains("MISC (1 other row)", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("# Query 2", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_seen_is_said()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("report", "mysql", "--all"));
        Assert.Contains("# No MySQL command was seen.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slow_log_has_what_was_slow_entry_by_entry()
    {
        var run = new CliRun
        {
            Source = new FakeSource(static source =>
            {
                source.Finish(Some.Query("SELECT * FROM t WHERE a = 4711", duration: 700 * Millisecond));
                source.Finish(Some.Query("SELECT fast"));
                source.Finish(Some.Query("SELECT wrong", error: 1054));
                source.Finish(Some.Get("/cart", duration: 900 * Millisecond));
            })
            { WaitsForStop = false },
        };

        Assert.Equal(ExitCode.Done, run.Run("slow", "--all", "-o", "slowlog", "--min-latency", "500ms"));

        Assert.Contains("# Query_time: 0.700000", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("SELECT * FROM t WHERE a = ?;\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fast", run.Output, StringComparison.Ordinal);
    }

    private static CliRun Report(params string[] arguments)
    {
        var run = new CliRun
        {
            Source = new FakeSource(static source =>
            {
                source.Finish(Some.Query("SELECT * FROM t WHERE a = 4711", duration: 30 * Millisecond));
                source.Finish(Some.Query("SELECT * FROM t WHERE a = 1", start: Millisecond));
                source.Finish(Some.Query("SELECT * FROM missing", error: 1146));
                source.Finish(Some.Get("/cart"));
                source.InFlight.Add(Some.Query("SELECT SLEEP(4711)", duration: null));
                source.TickAt(1000 * Millisecond);
            })
            { WaitsForStop = false },
        };
        Assert.Equal(ExitCode.Done, run.Run(arguments));
        return run;
    }
}
