// SPDX-License-Identifier: Apache-2.0
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class PsSocketsTests
{
    [Theory]
    [InlineData("ps --port 443", false, true)]
    [InlineData("ps --port 443", true, false)]
    [InlineData("ps --all", false, false)]
    public void Who_has_a_port_is_not_known_of_everyone_without_the_right_to_look(string words, bool seesSockets, bool isSaid)
    {
        var run = new CliRun { TlsProcesses = [], SeesSockets = seesSockets };
        Assert.Equal(0, run.Run(words.Split(' ')));
        Assert.Equal(isSaid, run.Error.Contains("missing CAP_SYS_PTRACE or CAP_DAC_READ_SEARCH", StringComparison.Ordinal));
    }
}
