// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe;
using L7Trace.Probe.Scope;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.UnitTests.Scope;

public sealed class ScopeTests
{
    private static readonly ProbeOptions Good = new() { Scope = new ProbeScope { ProcessIds = [1] } };

    [Fact]
    public void The_flags_say_which_kinds_of_scope_were_given()
    {
        Assert.Equal((L7ScopeFlags)0, ScopeWriter.Flags(new ProbeScope { All = true }));
        Assert.Equal(L7ScopeFlags.Processes, ScopeWriter.Flags(new ProbeScope { ProcessIds = [1] }));
        Assert.Equal(L7ScopeFlags.Processes, ScopeWriter.Flags(new ProbeScope { Commands = ["x"] }));
        Assert.Equal(
            L7ScopeFlags.Processes | L7ScopeFlags.Children, ScopeWriter.Flags(new ProbeScope { Children = true }));
        Assert.Equal(
            L7ScopeFlags.Cgroups | L7ScopeFlags.Ports,
            ScopeWriter.Flags(new ProbeScope { CgroupIds = [1], AnyPorts = [80] }));
    }

    [Fact]
    public void Good_options_pass() => ProbeOptionsCheck.Validate(Good);

    [Fact]
    public void Options_that_cannot_be_used_are_refused_with_a_sentence()
    {
        Refuse(Good with { Scope = new ProbeScope() }, "nothing was chosen");
        Refuse(Good with { Scope = new ProbeScope { All = true, ProcessIds = [1] } }, "everything and a choice");
        Refuse(Good with { CaptureLimit = 255 }, "256 to 262144");
        Refuse(Good with { CaptureLimit = 262_145 }, "256 to 262144");
        Refuse(Good with { TailLimit = 4097 }, "0 to 4096");
        Refuse(Good with { DataRingBytes = 100_000 }, "data ring");
        Refuse(Good with { DataRingBytes = 32 * 1024 }, "data ring");
        Refuse(Good with { ControlRingBytes = 0 }, "control ring");
        Refuse(Good with { Scope = new ProbeScope { Commands = [""] } }, "name");
        Refuse(Good with { Scope = new ProbeScope { AnyPorts = [0] } }, "port");
    }

    [Fact]
    public void A_process_that_does_not_exist_is_named()
    {
        using var proc = new FakeProc();
        proc.Add(1, "init");
        Assert.Empty(ProbeOptionsCheck.ResolveTargets(Good.Scope, proc.Proc, null));
        var error = Assert.Throws<ProbeException>(() => ProbeOptionsCheck.ResolveTargets(
            new ProbeScope { ProcessIds = [1, 4711] }, proc.Proc, null));
        Assert.Equal(ProbeErrorKind.TargetNotFound, error.Kind);
        Assert.Contains("process 4711", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cgroup_that_does_not_exist_is_named()
    {
        using var proc = new FakeProc();
        foreach (var mount in (string?[])[null, "/nowhere"])
        {
            var error = Assert.Throws<ProbeException>(() => ProbeOptionsCheck.ResolveTargets(
                new ProbeScope { CgroupPaths = ["/shop"] }, proc.Proc, mount));
            Assert.Equal((ProbeErrorKind.TargetNotFound, "L7T-TGT-02"), (error.Kind, error.Id));
        }
    }

    [Fact]
    public void Every_reason_of_loss_has_a_name_of_its_own()
    {
        var names = Enum.GetValues<LossReason>().Select(LossReport.NameOf).ToList();
        Assert.Equal(LossReport.ReasonCount, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z_]+$", name));
        Assert.Equal("data_ring_full", LossReport.NameOf(LossReason.DataRingFull));
        Assert.Equal("undecodable", LossReport.NameOf(LossReason.Undecodable));
    }

    [Fact]
    public void Losses_are_given_in_all_and_since_an_earlier_report()
    {
        var first = Report(5);
        var second = Report(7);
        Assert.False(Report(0).HasLosses);
        Assert.True(second.HasLosses);
        Assert.Equal(2UL, second.Since(first)[LossReason.CallsFull]);
        Assert.Equal([(LossReason.CallsFull, "calls_full", 7UL)], second.NonZero());
    }

    private static LossReport Report(ulong callsFull)
    {
        var counts = new ulong[LossReport.ReasonCount];
        counts[(int)LossReason.CallsFull] = callsFull;
        return new LossReport(counts, 0, 0);
    }

    private static void Refuse(ProbeOptions options, string text)
    {
        var error = Assert.Throws<ProbeException>(() => ProbeOptionsCheck.Validate(options));
        Assert.Equal(ProbeErrorKind.InvalidOption, error.Kind);
        Assert.Contains(text, error.Message, StringComparison.Ordinal);
    }
}
