// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>A kernel without what is needed: a refusal that names it, by every verb that captures.</summary>
public sealed class MinimumTests
{
    [Theory]
    [InlineData("watch --pid 1", 3)]
    [InlineData("report --pid 1", 3)]
    [InlineData("slow --pid 1", 3)]
    [InlineData("follow --pid 1", 3)]
    [InlineData("tls --pid 1", 3)]
    [InlineData("record --pid 1 -w -", 3)]
    [InlineData("keylog --pid 1 -w -", 3)]
    [InlineData("run -- true", 125)] // of its codes, all but its own three are the command's
    [InlineData("check --no-errors -- true", 125)]
    [InlineData("tls -- true", 125)]
    public async Task Without_type_information_each_verb_refuses_and_names_it(string arguments, int code)
    {
        Requirement.Need("bpf");
        await using ChildProcess tracer = StartWithoutBtf(arguments);
        await tracer.WaitAsync();
        Assert.Equal(code, tracer.ExitCode);
        Assert.Contains("the kernel has no type information (/sys/kernel/btf/vmlinux is missing) [L7T-BTF-01]", tracer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_says_so_too()
    {
        Requirement.Need("bpf");
        await using ChildProcess doctor = StartWithoutBtf("doctor --color never");
        await doctor.WaitAsync();
        Assert.Equal(3, doctor.ExitCode);
        Assert.Matches("(?m)^FAIL  kernel type information \\(BTF\\) +/sys/kernel/btf/vmlinux is missing$", doctor.Output);
        Assert.Matches("(?m)^FAIL  capture +cannot load BPF programs: the kernel has no type information", doctor.Output);
        Assert.Contains("fix: use a kernel built with CONFIG_DEBUG_INFO_BTF=y", doctor.Output, StringComparison.Ordinal);
    }

    // An empty folder in its place, in a mount namespace of the program's own.
    private static ChildProcess StartWithoutBtf(string arguments) => ChildProcess.Start(
        "unshare", "--mount", "sh", "-c", $"mount -t tmpfs none /sys/kernel/btf && exec \"$0\" {arguments}", Repository.Binary);
}
