// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Doctor;
using L7Trace.Probe.Errors;
using Xunit;

namespace L7Trace.UnitTests.Doctor;

public sealed class FactChecksTests
{
    private const ulong Bpf = 1UL << 39, Perfmon = 1UL << 38, Ptrace = 1UL << 19, ReadSearch = 1UL << 2;

    private static readonly SystemFacts Able = new()
    {
        Release = "6.1.0-37-amd64",
        Capabilities = new Capabilities(Bpf | Perfmon | Ptrace | ReadSearch),
        CgroupMount = "/sys/fs/cgroup",
    };

    [Fact]
    public void A_machine_with_four_capabilities_and_btf_can_run_it_without_root()
    {
        var checks = FactChecks.All(Able).ToList();
        Assert.All(checks, check => Assert.Equal(DoctorResult.Pass, check.Result));
        Assert.True(DoctorChecks.CanRun(checks));
    }

    [Theory]
    [InlineData("btf")]
    [InlineData("capabilities")]
    [InlineData("pid-namespace")]
    [InlineData("user-namespace")]
    [InlineData("lockdown")]
    public void What_is_required_and_missing_fails_with_a_fix(string id)
    {
        var facts = id switch
        {
            "btf" => Able with { BtfProblem = "is missing" },
            "capabilities" => Able with { Capabilities = new Capabilities(Bpf | Ptrace | ReadSearch) },
            "user-namespace" => Able with { HasHostUsers = false },
            "pid-namespace" => Able with { HasHostPids = false },
            _ => Able with { Lockdown = "confidentiality" },
        };
        var checks = FactChecks.All(facts).ToList();
        var failed = Assert.Single(checks, check => check.Result == DoctorResult.Fail);
        Assert.Equal((id, DoctorSeverity.Required), (failed.Id, failed.Severity));
        Assert.NotEmpty(failed.Fix);
        Assert.False(DoctorChecks.CanRun(checks));
    }

    [Fact]
    public void What_is_optional_and_missing_warns_and_does_not_stop_it()
    {
        var checks = FactChecks.All(
            Able with { CgroupMount = null, HidesProcesses = true, Capabilities = new Capabilities(Bpf | Perfmon) }).ToList();
        Assert.Equal(
            ["cgroup-v2", "dac-read-search", "hidepid", "ptrace"],
            checks.Where(check => check.Result == DoctorResult.Warn).Select(check => check.Id).Order());
        Assert.True(DoctorChecks.CanRun(checks));
    }

    [Fact]
    public void The_missing_capability_is_named() => Assert.Contains(
        FactChecks.All(Able with { Capabilities = new Capabilities(Perfmon) }),
        check => check.Evidence.EndsWith("missing: CAP_BPF", StringComparison.Ordinal));

    [Theory]
    [InlineData(Ptrace, "ptrace", "CAP_SYS_PTRACE is missing: in other users' processes")]
    [InlineData(ReadSearch, "dac-read-search", "CAP_DAC_READ_SEARCH is missing: TLS libraries and programs that this user may not read")]
    public void What_a_missing_capability_costs_is_said(ulong missing, string id, string begin)
    {
        var facts = Able with { Capabilities = new Capabilities((Bpf | Perfmon | Ptrace | ReadSearch) & ~missing) };
        var warned = Assert.Single(FactChecks.All(facts), check => check.Result != DoctorResult.Pass);
        Assert.Equal((id, DoctorResult.Warn), (warned.Id, warned.Result));
        Assert.StartsWith(begin, warned.Evidence, StringComparison.Ordinal);
        Assert.Contains("setcap", warned.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("is missing")]
    [InlineData("can't be read")]
    [InlineData("is not type information")]
    public void What_is_wrong_with_type_information_is_said(string problem) => Assert.Contains(
        FactChecks.All(Able with { BtfProblem = problem }), check => check is { Id: "btf", Result: DoctorResult.Fail }
            && check.Evidence == "/sys/kernel/btf/vmlinux " + problem);

    [Fact]
    public void Where_it_runs_and_what_confines_it_is_told()
    {
        var checks = FactChecks.All(Able with
        {
            Container = "docker",
            HasSeccompFilter = true,
            SecurityProfile = "docker-default (enforce)",
            HasHostCgroups = false,
            HasCgroupV1 = true,
            Release = "5.15.90.1-microsoft-standard-WSL2",
        }).ToDictionary(check => check.Id, check => check.Evidence);
        Assert.Equal("this process runs in docker", checks["container"]);
        Assert.Equal("a filter of system calls is on this process; confined by docker-default (enforce)", checks["confinement"]);
        Assert.Contains("version 1 is mounted too", checks["cgroup-v2"], StringComparison.Ordinal);
        Assert.Contains("cgroup namespace of its own", checks["cgroup-v2"], StringComparison.Ordinal);
        Assert.EndsWith("(WSL)", checks["kernel"], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_check_has_an_id_of_its_own_and_evidence()
    {
        var checks = FactChecks.All(new SystemFacts()).ToList();
        Assert.Equal(checks.Count, checks.Select(check => check.Id).Distinct().Count());
        Assert.All(checks, check => Assert.Matches("^[a-z0-9-]+$", check.Id));
        Assert.All(checks, check => Assert.NotEmpty(check.Evidence));
    }

    [Theory]
    [InlineData("Limit Soft Hard Units\nMax locked memory         8388608              8388608              bytes\n", "8388608")]
    [InlineData("Max locked memory         65536                unlimited            bytes", "65536 of unlimited")]
    [InlineData("", null)]
    public void The_limit_of_locked_memory_is_read(string text, string? expected) =>
        Assert.Equal(expected, SystemFacts.ParseLockedMemory(text));
}
