// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Doctor;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;
using Xunit;

namespace L7Trace.UnitTests.Doctor;

public sealed class TrialChecksTests
{
    private const int EINVAL = 22, EACCES = 13;

    private static readonly SystemFacts Able = new()
    {
        Capabilities = new Capabilities((1UL << 41) - 1 & ~(1UL << 21)),
        PerfEventParanoid = "3",
    };

    private static readonly BackendCheck Good = new("good", "a good one", static () => new BackendTrial("3 programs", new UprobeTrial.Outcome(0, true), true));

    private static readonly BackendCheck Bad = new("bad", "a bad one", static () => throw new LibBpfException("load it", EINVAL, "libbpf: prog 'x': no\n"));

    [Fact]
    public void The_first_backend_that_loads_is_named_and_the_others_are_only_warned_of()
    {
        var checks = TrialChecks.Capture(Able, [Bad, Good], KernelTrials.None);
        Assert.Equal(["capture", "backend-bad", "backend-good", "sock-tracepoints", "uprobes"], checks.Select(check => check.Id));
        Assert.Equal([DoctorResult.Pass, DoctorResult.Warn, DoctorResult.Pass, DoctorResult.Pass, DoctorResult.Pass], checks.Select(check => check.Result));
        Assert.Equal("by good: the first of bad, good that loads", checks[0].Evidence);
        Assert.Contains("prog 'x': no", checks[1].Evidence, StringComparison.Ordinal);
        Assert.Contains("prog 'x': no", checks[1].Log, StringComparison.Ordinal);
        Assert.Equal("3 programs", checks[2].Evidence);
        Assert.True(DoctorChecks.CanRun(checks));
    }

    [Fact]
    public void Without_a_backend_it_can_not_run_and_the_last_ones_reason_is_the_reason()
    {
        var trials = new KernelTrials { MissingFeatures = static () => [new("ring-buffer", "BPF ring buffer", "another kernel")] };
        var checks = TrialChecks.Capture(Able, [Bad, Bad with { Name = "worse" }], trials);
        Assert.Equal((DoctorSeverity.Required, DoctorResult.Fail), (checks[0].Severity, checks[0].Result));
        Assert.Contains("the kernel has no BPF ring buffer", checks[0].Evidence, StringComparison.Ordinal);
        Assert.Equal("another kernel", checks[0].Fix);
        Assert.Equal([DoctorResult.Skip, DoctorResult.Skip], checks.TakeLast(2).Select(check => check.Result));
        Assert.False(DoctorChecks.CanRun(checks));
    }

    [Fact]
    public void A_probe_that_the_kernel_refuses_costs_tls_and_the_reason_is_said()
    {
        var refused = TrialChecks.OfUprobes(new UprobeTrial.Outcome(EACCES, false), Able);
        Assert.Equal(DoctorResult.Warn, refused.Result);
        Assert.Contains("TLS is not read", refused.Evidence, StringComparison.Ordinal);
        Assert.Contains("perf_event_paranoid=3 asks for CAP_SYS_ADMIN", refused.Evidence, StringComparison.Ordinal);
        Assert.Equal(DoctorResult.Pass, TrialChecks.OfUprobes(new UprobeTrial.Outcome(0, true), Able).Result);
    }
}
