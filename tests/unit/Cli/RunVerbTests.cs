// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using L7Trace.Cli.Running;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class RunVerbTests
{
    private static CliRun Tracing() => new() { Source = new FakeSource(static _ => { }) };

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(125)]
    public void The_commands_exit_code_is_the_answer(int code) =>
        Assert.Equal(code, Tracing().Run("run", "--", "sh", "-c", $"exit {code}"));

    [Fact]
    public void A_command_killed_by_a_signal_gives_128_and_the_signal() =>
        Assert.Equal(128 + 9, Tracing().Run("run", "--", "sh", "-c", "kill -KILL $$"));

    [Fact]
    public void A_command_that_is_not_there_gives_127_before_anything_is_attached()
    {
        var run = Tracing();
        Assert.Equal(ExitCode.CommandNotFound, run.Run("run", "--", "/nonexistent/l7trace-test"));
        Assert.Null(run.Settings);
    }

    [Fact]
    public void A_file_that_is_no_program_gives_126()
    {
        var file = Path.GetTempFileName();
        try
        {
            Assert.Equal(ExitCode.NotExecutable, Tracing().Run("run", "--", file));
            Assert.Equal(ExitCode.NotExecutable, Tracing().Run("run", "--", Path.GetTempPath()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_script_without_interpreter_line_runs_in_the_shell()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "exit 7\n");
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Assert.Equal(7, Tracing().Run("run", "--", file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--")]
    [InlineData("run", "true")]
    [InlineData("run", "--nonsense", "--", "true")]
    public void Wrong_usage_gives_125_because_2_may_be_the_commands_own(params string[] arguments) =>
        Assert.Equal(ExitCode.RunFailure, Tracing().Run(arguments));

    [Fact]
    public void A_capture_that_cannot_start_gives_125_and_the_command_is_not_started()
    {
        var marker = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var run = new CliRun { StartFails = new CliException(ExitCode.Preflight, "not root") };
        Assert.Equal(ExitCode.RunFailure, run.Run("run", "--", "touch", marker));
        Assert.False(File.Exists(marker));
        Assert.Contains("not root", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_stands_behind_the_dashes_is_the_commands()
    {
        var run = Tracing();
        Assert.Equal(0, run.Run("run", "--port", "80", "--", "true", "--port", "x", "--", "--help"));
        Assert.Equal(["true", "--port", "x", "--", "--help"], run.Settings!.Command);
        Assert.Equal([(ushort)80], run.Settings.Scope.Ports);
        Assert.True(run.Settings.Scope.Children);
    }

    [Fact]
    public void The_trace_goes_to_stderr_and_stdout_stays_the_commands()
    {
        var run = new CliRun { Source = new FakeSource(static source => source.Finish(Some.Query("SELECT 1"))) };
        Assert.Equal(0, run.Run("run", "--", "true"));
        Assert.Empty(run.Output);
        Assert.Contains("SELECT ?", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_that_ends_first_leaves_the_command_running_and_answers_with_its_code()
    {
        var run = new CliRun { Source = new FakeSource(static source => source.Finish(Some.Query("SELECT 1"))) };
        Assert.Equal(5, run.Run("run", "--count", "1", "--", "sh", "-c", "sleep 0.2; exit 5"));
    }

    [Fact]
    public void Under_sudo_the_command_belongs_to_the_caller()
    {
        string[] passwords = ["root:x:0:0:root:/root:/bin/sh", "ann:x:1001:1001::/home/ann:/bin/sh"];
        Assert.Equal(new ChildUser("ann", "/home/ann"), ChildUser.Choose(null, Sudo("1001"), "root", passwords));
        Assert.Null(ChildUser.Choose(null, Sudo("0"), "root", passwords));
        Assert.Null(ChildUser.Choose(null, static _ => null, "root", passwords));
        Assert.Equal(new ChildUser("caller", null), ChildUser.Choose(null, Sudo("4711"), "root", passwords));
    }

    [Fact]
    public void A_user_can_be_given_by_name_or_id()
    {
        string[] passwords = ["root:x:0:0:root:/root:/bin/sh", "ann:x:1001:1001::/home/ann:/bin/sh"];
        Assert.Equal("ann", ChildUser.Choose("ann", static _ => null, "root", passwords)!.Name);
        Assert.Equal("ann", ChildUser.Choose("1001", static _ => null, "root", passwords)!.Name);
        Assert.Null(ChildUser.Choose("root", Sudo("1001"), "root", passwords));
        Assert.Equal(ExitCode.TargetNotFound,
            Assert.Throws<CliException>(() => ChildUser.Choose("4711", static _ => null, "root", passwords)).ExitCode);
    }

    [Fact]
    public void The_search_path_is_searched_in_order_and_nowhere_else()
    {
        Assert.Equal("/bin/sh", CommandPath.Resolve("sh", "/nonexistent:/bin:/usr/bin"));
        Assert.Equal("/bin/sh", CommandPath.Resolve("sh", null));
        Assert.Equal(ExitCode.CommandNotFound,
            Assert.Throws<CliException>(() => CommandPath.Resolve("sh", "/nonexistent")).ExitCode);
        Assert.Equal(ExitCode.CommandNotFound, Assert.Throws<CliException>(() => CommandPath.Resolve("", "/bin")).ExitCode);
    }

    private static Func<string, string?> Sudo(string uid) => name => name switch
    {
        "SUDO_UID" => uid,
        "SUDO_USER" => "caller",
        _ => null,
    };
}
