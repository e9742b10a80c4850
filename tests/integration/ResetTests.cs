// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>How a connection ended is told as captures tell it: broken off by either end (RST), or in order.</summary>
public sealed class ResetTests
{
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task A_connection_that_one_end_breaks_off_is_a_reset_at_both(Capture capture)
    {
        Requirement.Need("bpf");
        await using ChildProcess program = ChildProcess.Start("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "programs", "resets.py")]);
        await using Tracer tracer = await Tracer.WatchAsync(capture, [.. Tracer.Pids(program.Id), "--side", "both"]);
        await program.WriteLineAsync("go");
        await program.WaitAsync();
        Assert.True(program.ExitCode == 0, program.Said());
        await tracer.WaitForAsync(static x => x is { Path: "/shut-down", Role: "server" });
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        string[] Ends(string role) => [.. trace.Http.Where(x => x.Role == role && x.Path != "/more").OrderBy(x => x.Start).Select(x => $"{x.Path} {x.State} {x.ErrorType}")];
        string[] expected =
        [
            "/linger aborted connection_reset",
            "/asleep aborted connection_reset",
            "/unread aborted connection_reset",
            "/client aborted connection_reset",
            "/behind-fin aborted connection_reset",
            "/in-order aborted connection_closed",
            "/shut-down aborted connection_closed",
        ];
        Assert.Equal(expected, Ends("client"));
        Assert.Equal(expected, Ends("server"));
    }
}
