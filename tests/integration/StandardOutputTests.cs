// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>What the binary does to the pipe or the terminal that it writes to.</summary>
public sealed class StandardOutputTests
{
    [Fact]
    public async Task A_quiet_trace_ends_when_its_reader_goes_away()
    {
        Requirement.Need("bpf");
        await using ChildProcess silent = ChildProcess.Start("sleep", "600");

        // Without an end of its own: a trace that does not notice runs into the test's limit.
        await using ChildProcess pipe = ChildProcess.Start(
            "bash",
            "-c",
            "\"$0\" watch --pid \"$1\" | head -c 0; exit ${PIPESTATUS[0]}",
            Repository.Binary,
            silent.Id.ToString(CultureInfo.InvariantCulture));
        await pipe.WaitForSuccessAsync(60);
        Assert.Contains("nothing was lost", pipe.Errors, StringComparison.Ordinal);
    }

    /// <summary>.NET's console switches a terminal's keypad to another mode when it is first used.</summary>
    [Theory]
    [InlineData("version")]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("no-such-verb")]
    [InlineData("doctor")]
    [InlineData("run -- true")]
    [InlineData("run -- true 2>/dev/null")]
    public async Task A_terminals_modes_are_left_alone(string arguments)
    {
        Requirement.Need("bpf");
        await using ChildProcess terminal = ChildProcess.Start(
            "env", "TERM=xterm", "script", "-qec", $"'{Repository.Binary}' {arguments}; echo done", "/dev/null");
        await terminal.WaitForSuccessAsync(60);
        Assert.Contains("done", terminal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[?", terminal.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e=", terminal.Output, StringComparison.Ordinal);
    }
}
