// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class KeyLogCommandTests
{
    [Theory]
    [InlineData("say where to", "keylog", "--pid", "1")]
    [InlineData("say what to trace", "keylog", "-w", "x.log")]
    [InlineData("nothing for a terminal", "keylog", "--pid", "1", "-w", "-")]
    [InlineData("a secret tells no port", "keylog", "--port", "443", "-w", "x.log")]
    public void What_can_not_be_meant_is_a_usage_error(string message, params string[] arguments)
    {
        var run = new CliRun { IsTerminal = true };
        Assert.Equal(ExitCode.Usage, run.Run(arguments));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Null(run.Settings);
    }

    [Fact]
    public void The_file_is_for_its_owner_and_that_it_is_dangerous_is_said_once()
    {
        var path = Path.GetTempFileName();
        try
        {
            var run = new CliRun();
            Assert.Equal(ExitCode.Done, run.Run("keylog", "--pid", "1", "-w", path, "--for", "1ns"));
            Assert.Single(run.Error.Split("decrypts all traffic").Skip(1));
            Assert.DoesNotContain("exchange", run.Error, StringComparison.Ordinal);
            Assert.NotNull(run.Settings?.KeyLog);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
