// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Doctor;
using L7Trace.Probe.Errors;
using Xunit;

namespace L7Trace.UnitTests.Errors;

public sealed class KernelPreemptionTests
{
    [Theory]
    [InlineData("none voluntary (full) ", null, true)]
    [InlineData("full (lazy) \n", null, true)]
    [InlineData("none (voluntary) full lazy", "Linux version 6.12 #1 SMP PREEMPT_DYNAMIC", false)]
    [InlineData("(none) voluntary full", "Linux version 6.12 #1 SMP PREEMPT", false)]
    [InlineData(null, "Linux version 6.8.0 (gcc) #1 SMP PREEMPT Debian", true)]
    [InlineData(null, "Linux version 6.8.0 (gcc) #1 SMP PREEMPT_RT Debian", true)]
    [InlineData(null, "Linux version 6.8.0 (gcc) #1 SMP PREEMPT_DYNAMIC Debian", false)]
    [InlineData(null, null, false)]
    public void The_mode_in_force_decides_and_without_it_the_only_mode_that_there_is(string? mode, string? version, bool expected) =>
        Assert.Equal(expected, KernelPreemption.IsPreempted(mode, version));

    [Fact]
    public void Where_the_kernel_skips_fentry_now_and_then_kprobes_come_first()
    {
        Assert.Equal(CaptureBackend.Fentry, ObjectLoader.InOrder(isPreempted: false)[0]);
        Assert.Equal(CaptureBackend.Kprobe, ObjectLoader.InOrder(isPreempted: true)[0]);
        Assert.Equal(["kprobe", "fentry", "syscall"], CaptureBackends.InOrder(isPreempted: true).Select(static backend => backend.Name));
    }
}
