// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;
using Xunit;

namespace L7Trace.UnitTests.Errors;

public sealed class RefusalsTests
{
    private const int EACCES = 13;

    private static readonly SystemFacts Nobody = new() { Capabilities = Capabilities.Of(Capability.Bpf, Capability.Perfmon), PerfEventParanoid = "3" };

    [Fact]
    public void Each_kind_names_what_is_missing_and_what_it_costs()
    {
        var refusals = new Refusals(Nobody);
        refusals.AddProcess(7);
        refusals.AddFile("/private/libssl.so.3");
        refusals.AddReplaced("/usr/lib/libssl.so.3 (deleted)");
        refusals.AddProbe("/usr/lib/libssl.so.3", EACCES);
        var said = refusals.TakeFirst();
        Assert.Equal(4, said.Count);
        Assert.StartsWith("missing CAP_SYS_PTRACE: 1 process can't be looked into (7): TLS libraries of their own", said[0], StringComparison.Ordinal);
        Assert.Equal("missing CAP_DAC_READ_SEARCH: 1 file can't be read (/private/libssl.so.3): it is not looked into for TLS", said[1]);
        Assert.StartsWith("missing CAP_CHECKPOINT_RESTORE (or CAP_SYS_ADMIN): 1 library that was replaced while in use", said[2], StringComparison.Ordinal);
        Assert.EndsWith("kernel.perf_event_paranoid=3 asks for CAP_SYS_ADMIN", said[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_said_twice_and_the_whole_number_comes_at_the_end()
    {
        var refusals = new Refusals(Nobody);
        refusals.AddProcess(1);
        Assert.Single(refusals.TakeFirst());
        for (var process = 1u; process <= 2000; process++)
        {
            refusals.AddProcess(process);
        }

        Assert.Empty(refusals.TakeFirst());
        Assert.Contains("2,000 processes can't be looked into (1, 2, 3, ...)", Assert.Single(refusals.TakeRest()), StringComparison.Ordinal);
        Assert.Empty(refusals.TakeRest());
    }

    [Fact]
    public void That_processes_are_hidden_is_said_once()
    {
        var refusals = new Refusals(Nobody with { HidesProcesses = true });
        Assert.Contains("/proc hides other users' processes", Assert.Single(refusals.TakeFirst()), StringComparison.Ordinal);
        Assert.Empty(refusals.TakeRest());
        Assert.Empty(new Refusals(Nobody with { HidesProcesses = true, Capabilities = Capabilities.Of(Capability.SysPtrace) }).TakeFirst());
    }

    [Fact]
    public void With_the_capability_it_is_not_called_missing()
    {
        var refusals = new Refusals(Nobody with { Capabilities = Capabilities.Of(Capability.SysPtrace, Capability.DacReadSearch, Capability.SysAdmin) });
        refusals.AddProcess(1);
        refusals.AddFile("/a");
        refusals.AddReplaced("/b");
        Assert.All(refusals.TakeRest(), text => Assert.DoesNotContain("missing", text, StringComparison.Ordinal));
    }
}
