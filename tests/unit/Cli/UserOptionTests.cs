// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using L7Trace.Probe.Errors;
using Xunit;

namespace L7Trace.UnitTests.Cli;

/// <summary><c>--user</c>: l7trace's own user where it traces what runs, the command's where it starts one.</summary>
public sealed class UserOptionTests
{
    [Theory]
    [InlineData("watch --pid 1")]
    [InlineData("report --pid 1")]
    [InlineData("slow --pid 1")]
    [InlineData("follow --pid 1")]
    [InlineData("tls --pid 1")]
    public void A_verb_that_traces_what_runs_becomes_the_user_before_it_writes_anything(string words)
    {
        var folder = Directory.CreateTempSubdirectory("l7trace-user-").FullName;
        try
        {
            var file = Path.Combine(folder, "out");
            var run = new CliRun { BecomesUser = _ => Assert.Empty(Directory.GetFiles(folder)) };
            Assert.Equal(0, run.Run([.. words.Split(' '), "--user", "alice", "-w", file]));
            Assert.Equal(["alice"], run.Became);
            Assert.Null(run.Settings!.User);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Without_the_option_nobody_is_become()
    {
        var run = new CliRun();
        Assert.Equal(0, run.Run("watch", "--pid", "1"));
        Assert.Empty(run.Became);
    }

    [Fact]
    public void Where_a_command_is_started_the_user_is_the_commands()
    {
        var run = new CliRun();
        run.Run("run", "--user", Environment.UserName, "--", "true");
        Assert.Empty(run.Became);
        Assert.Equal(Environment.UserName, run.Settings!.User);
        run = new CliRun();
        run.Run("tls", "--user", Environment.UserName, "--", "true");
        Assert.Empty(run.Became);
        Assert.Equal(Environment.UserName, run.Settings!.User);
        Assert.Null(run.Settings.RunAs);
    }

    [Theory]
    [InlineData("watch -r x.pcap")]
    [InlineData("report -r x.pcap")]
    [InlineData("slow -r x.pcap")]
    [InlineData("follow -r x.pcap")]
    public void Reading_files_takes_no_rights_that_could_be_given_up(string words)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Usage, run.Run([.. words.Split(' '), "--user", "alice"]));
        Assert.Contains("--user is for live traces", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_ends_it_with_its_code_before_anything_is_traced()
    {
        var run = new CliRun { BecomesUser = static user => throw ProbeErrors.UserNotFound(user) };
        Assert.Equal(ExitCode.TargetNotFound, run.Run("watch", "--pid", "1", "--user", "alice"));
        Assert.Contains("cannot become alice: there is no such user [L7T-USR-01]", run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
        run = new CliRun { BecomesUser = static user => throw ProbeErrors.CannotBecome(user, default) };
        Assert.Equal(ExitCode.Preflight, run.Run("watch", "--pid", "1", "--user", "alice"));
    }
}
