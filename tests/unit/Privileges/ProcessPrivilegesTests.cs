// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;
using L7Trace.Probe.Privileges;
using Xunit;

namespace L7Trace.UnitTests.Privileges;

public sealed class ProcessPrivilegesTests
{
    private static readonly Capabilities Root = new((1UL << 41) - 1);

    private static readonly Capabilities Always = Capabilities.Of(Capability.SysPtrace, Capability.DacReadSearch, Capability.CheckpointRestore);

    [Fact]
    public void A_kernel_that_asks_for_nothing_leaves_what_processes_and_files_take() =>
        Assert.Equal(Always, Choose(Root, static _ => true));

    [Fact]
    public void What_the_kernel_asks_for_is_kept_and_nothing_more()
    {
        Assert.Equal(Always.With(Capability.Perfmon), Choose(Root, static set => set.Has(Capability.Perfmon)));
        Assert.Equal(Always.With(Capability.Bpf), Choose(Root, static set => set.Has(Capability.Bpf)));
        Assert.Equal(
            Always.With(Capability.Bpf).With(Capability.Perfmon), Choose(Root, static set => set.Has(Capability.Bpf) && set.Has(Capability.Perfmon)));
        Assert.Equal(Always.With(Capability.SysAdmin), Choose(Root, static set => set.Has(Capability.SysAdmin)));
    }

    [Fact]
    public void Where_nothing_less_will_do_what_loading_took_stays_and_no_other_right_of_roots()
    {
        var kept = Choose(Root, static _ => false);
        Assert.All((Capability[])[Capability.Bpf, Capability.Perfmon, Capability.SysAdmin, Capability.SysPtrace], x => Assert.True(kept.Has(x)));
        Assert.All((Capability[])[Capability.SetUid, Capability.SetGid, Capability.Kill, Capability.DacOverride], x => Assert.False(kept.Has(x)));
    }

    [Fact]
    public void What_is_not_there_is_not_kept()
    {
        var four = Capabilities.Of(Capability.Bpf, Capability.Perfmon, Capability.SysPtrace, Capability.DacReadSearch);
        Assert.Equal(
            Capabilities.Of(Capability.SysPtrace, Capability.DacReadSearch, Capability.Perfmon),
            Choose(four, static set => set.Has(Capability.Perfmon), new PrivilegeNeeds { SignalsCommand = true, WritesLater = ["/a"] }));
    }

    [Fact]
    public void A_command_may_be_signalled_whoever_it_runs_as() =>
        Assert.Equal(Always.With(Capability.Kill), Choose(Root, static _ => true, new PrivilegeNeeds { SignalsCommand = true }));

    [Theory]
    [InlineData(true, true, false)]   // anyone may
    [InlineData(false, true, true)]   // root may
    [InlineData(false, false, false)] // nobody may
    public void The_right_to_write_everywhere_stays_only_where_a_later_file_takes_it(bool withLess, bool withAll, bool expected) => Assert.Equal(
        expected,
        ProcessPrivileges.Choose(
            Root, new PrivilegeNeeds { WritesLater = ["/folder"] },
            (_, set) => set.Has(Capability.DacOverride) ? withAll : withLess, static _ => true).Has(Capability.DacOverride));

    [Theory]
    [InlineData("CapInh:\t0000000000000000\nCapPrm:\t0000000000080004\nCapEff:\t0000000000080004\nNoNewPrivs:\t1\n", true)]
    [InlineData("CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n", true)]
    [InlineData("CapInh:\t0000000000000000\nCapPrm:\t0000000000080004\nCapEff:\t0000000000080004\nNoNewPrivs:\t0\n", false)]
    [InlineData("CapInh:\t0000000000000000\nCapPrm:\t00000000000c0004\nCapEff:\t0000000000080004\nNoNewPrivs:\t1\n", false)]
    [InlineData("CapInh:\t0000000000000004\nCapPrm:\t0000000000080004\nCapEff:\t0000000000080004\nNoNewPrivs:\t1\n", false)]
    public void A_thread_is_done_when_nothing_else_is_left_and_nothing_can_come(string status, bool expected) =>
        Assert.Equal(expected, AllThreads.IsDone(status, Capabilities.Of(Capability.SysPtrace, Capability.DacReadSearch)));

    [Fact]
    public void An_account_is_found_by_name_and_by_number()
    {
        Assert.Equal(("root", 0u), (UserAccount.Find("root")?.Name, UserAccount.Find("0")!.UserId));
        Assert.Null(UserAccount.Find("no-such-user-here"));
        Assert.Null(UserAccount.Find(""));
    }

    [Fact]
    public void Sets_of_capabilities_are_written_by_name()
    {
        Assert.Equal("CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, 12", new Capabilities((1UL << 2) | (1UL << 19)).ToString() + ", " + new Capabilities(1UL << 12));
        Assert.Equal("none", default(Capabilities).ToString());
    }

    private static Capabilities Choose(Capabilities permitted, Func<Capabilities, bool> works, PrivilegeNeeds? needs = null) =>
        ProcessPrivileges.Choose(permitted, needs ?? new PrivilegeNeeds(), static (_, _) => true, works);
}
