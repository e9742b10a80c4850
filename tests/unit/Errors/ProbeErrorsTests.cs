// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;
using Xunit;

namespace L7Trace.UnitTests.Errors;

public sealed class ProbeErrorsTests
{
    private const int EPERM = 1, ENOENT = 2, E2BIG = 7, ENOMEM = 12, EACCES = 13, EINVAL = 22;
    private const ulong Bpf = 1UL << 39, Perfmon = 1UL << 38, SysAdmin = 1UL << 21, All = (1UL << 41) - 1;

    private const string Classic = "attach tp/syscalls/sys_enter_read";

    private static readonly SystemFacts Able = new()
    {
        IsRoot = true,
        Capabilities = new Capabilities(All),
        Tracefs = "/sys/kernel/tracing",
        Lockdown = "none",
        PerfEventParanoid = "2",
    };

    [Fact]
    public void Without_root_and_capabilities_it_says_sudo()
    {
        var error = Explain(EPERM, Able with { IsRoot = false, Capabilities = default });
        Assert.Equal((ProbeErrorKind.NotRoot, "L7T-CAP-01"), (error.Kind, error.Id));
        Assert.StartsWith(
            "cannot load BPF programs: this needs root or capabilities [L7T-CAP-01]\n  try:  sudo l7trace",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_capability_is_named_with_those_that_are_there()
    {
        var error = Explain(EPERM, Able with { Capabilities = new Capabilities(Bpf) });
        Assert.Equal(ProbeErrorKind.MissingCapability, error.Kind);
        Assert.Contains("missing CAP_PERFMON (have: CAP_BPF) [L7T-CAP-02]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_old_capability_stands_for_the_new_ones() =>
        Assert.Empty(new Capabilities(SysAdmin).Missing());

    [Theory]
    [InlineData(EPERM, ProbeErrorKind.Forbidden)]
    [InlineData(ENOMEM, ProbeErrorKind.MemoryLimit)]
    [InlineData(E2BIG, ProbeErrorKind.KernelRefused)]
    [InlineData(EACCES, ProbeErrorKind.KernelRefused)]
    public void With_every_privilege_the_error_number_decides(int errno, ProbeErrorKind expected) =>
        Assert.Equal(expected, Explain(errno, Able).Kind);

    [Fact]
    public void What_the_kernel_lacks_is_named()
    {
        Assert.Equal(ProbeErrorKind.NoBtf, Explain(ENOENT, Able with { BtfProblem = "is missing" }).Kind);
        Assert.Equal(ProbeErrorKind.NoTracefs, Explain(ENOENT, Able with { Tracefs = null }, Classic).Kind);
        Assert.Equal(ProbeErrorKind.KernelRefused, Explain(ENOENT, Able with { Tracefs = null }).Kind);
        Assert.Equal(ProbeErrorKind.UserNamespace, Explain(EPERM, Able with { HasHostUsers = false }).Kind);
        Assert.Equal(ProbeErrorKind.Lockdown, Explain(EPERM, Able with { Lockdown = "confidentiality" }).Kind);
        Assert.Equal(ProbeErrorKind.Forbidden, Explain(EPERM, Able with { Lockdown = "integrity" }).Kind);
    }

    [Fact]
    public void A_feature_that_the_kernel_lacks_is_named_by_trying_and_not_by_version()
    {
        var trials = new KernelTrials { MissingFeatures = static () => [new("ring-buffer", "BPF ring buffer", "another kernel"), new("b", "c", "d")] };
        var error = ProbeErrors.Explain(new LibBpfException("load the BPF programs", -EINVAL), Able, trials);
        Assert.Equal((ProbeErrorKind.MissingFeature, "L7T-KRN-01"), (error.Kind, error.Id));
        Assert.Contains("the kernel has no BPF ring buffer [", error.Message, StringComparison.Ordinal);
        Assert.Contains("try:  another kernel", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trials_give_what_is_missing_in_their_order()
    {
        KernelFeature a = new("a", "A", ""), b = new("b", "B", ""), c = new("c", "C", "");
        Assert.Equal([a, c], KernelFeatures.Missing([(a, static () => false), (b, static () => true), (c, static () => false)]));
    }

    [Fact]
    public void A_low_limit_of_locked_memory_is_told_from_what_forbids()
    {
        var trials = new KernelTrials { IsLockedMemoryShort = static () => true };
        var error = ProbeErrors.Explain(
            new LibBpfException("load the BPF programs", -EPERM), Able with { LockedMemoryLimit = "65536" }, trials);
        Assert.Equal((ProbeErrorKind.MemoryLimit, "L7T-MEM-02"), (error.Kind, error.Id));
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
        Assert.Contains("CAP_SYS_RESOURCE", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_confines_this_process_is_named()
    {
        Assert.Contains("seccomp filter (this process has one) forbids", Explain(EPERM, Able with { HasSeccompFilter = true }).Message, StringComparison.Ordinal);
        Assert.Contains("confined by docker-default", Explain(EPERM, Able with { SecurityProfile = "docker-default" }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EACCES, Bpf, "2", "missing CAP_PERFMON")]
    [InlineData(EACCES, Bpf | Perfmon, "3", "kernel.perf_event_paranoid=3 asks for CAP_SYS_ADMIN")]
    [InlineData(EPERM, Bpf | Perfmon, "2", "forbids it")]
    [InlineData(ENOENT, Bpf | Perfmon, "3", "No such file or directory (errno 2)")]
    public void Why_a_function_can_not_be_probed_is_said(int errno, ulong capabilities, string paranoid, string expected) => Assert.Contains(
        expected,
        ProbeErrors.WhyNoProbe(errno, Able with { Capabilities = new Capabilities(capabilities), PerfEventParanoid = paranoid }).Reason,
        StringComparison.Ordinal);

    [Fact]
    public void A_paranoid_kernel_is_named_where_the_one_capability_is_missing()
    {
        var facts = Able with { Capabilities = new Capabilities(Bpf | Perfmon), PerfEventParanoid = "3" };
        Assert.Equal("L7T-CAP-04", Explain(EACCES, facts, Classic).Id);
        Assert.NotEqual("L7T-CAP-04", Explain(EACCES, facts with { PerfEventParanoid = "2" }, Classic).Id);
        Assert.NotEqual("L7T-CAP-04", Explain(EACCES, facts).Id);
    }

    [Fact]
    public void The_verifiers_reason_stands_in_the_message_and_the_whole_log_beside_it()
    {
        const string Log = "libbpf: prog 'exit_read': -- BEGIN PROG LOAD LOG --\n0: (b7) r1 = 0\n"
            + "R1 invalid mem access 'scalar'\nprocessed 90 insns (limit 1000000)\n-- END PROG LOAD LOG --\n"
            + "libbpf: prog 'exit_read': failed to load: -13\nlibbpf: failed to load object 'l7trace'\n";
        var error = ProbeErrors.Explain(new LibBpfException("load the BPF programs", -EACCES, Log), Able, KernelTrials.None);
        Assert.Equal(
            "cannot load the BPF programs: Permission denied (errno 13): R1 invalid mem access 'scalar' [L7T-BPF-01]",
            error.Message.Split('\n')[0]);
        Assert.Equal(Log, error.Log);
    }

    [Fact]
    public void Without_a_verifiers_log_libbpfs_last_word_is_taken() => Assert.Equal(
        "libbpf: prog 'x': failed to find kernel BTF type ID",
        ProbeErrors.ReasonIn("libbpf: prog 'x': failed to find kernel BTF type ID\nlibbpf: failed to load object 'l7trace'\n"));

    [Fact]
    public void Every_message_ends_its_first_line_with_its_id_and_says_what_to_do()
    {
        ProbeException[] errors =
        [
            Explain(EPERM, Able with { IsRoot = false, Capabilities = default }),
            Explain(EPERM, Able with { Capabilities = default }),
            Explain(EPERM, Able with { HasHostUsers = false }),
            ProbeErrors.Explain(new LibBpfException("load", -EPERM), Able, new KernelTrials { IsLockedMemoryShort = static () => true }),
            ProbeErrors.Explain(new LibBpfException("load", -EINVAL), Able, new KernelTrials { MissingFeatures = static () => [new("a", "b", "c")] }),
            Explain(EPERM, Able), Explain(ENOMEM, Able), Explain(E2BIG, Able),
            Explain(EPERM, Able with { BtfProblem = "is missing" }),
            Explain(EPERM, Able with { Tracefs = null }, Classic),
            Explain(EPERM, Able with { Lockdown = "confidentiality" }),
            ProbeErrors.ProcessNotFound(5), ProbeErrors.CgroupNotFound("/x", null),
            ProbeErrors.CgroupNotFound("/x", "/sys/fs/cgroup"), ProbeErrors.ProcessNamespace(),
            ProbeErrors.InvalidOption("x"), ProbeErrors.TooManyTargets("ports", 5), ProbeErrors.WrongObject("x"),
            ProbeErrors.NoLibrary(new DllNotFoundException()),
        ];
        foreach (var error in errors)
        {
            var lines = error.Message.Split('\n');
            Assert.EndsWith($" [{error.Id}]", lines[0], StringComparison.Ordinal);
            Assert.InRange(lines.Length, 2, 4);
            Assert.All(lines[1..], line => Assert.Matches("^  (try:|or :|more:) ", line));
        }
    }

    [Theory]
    [InlineData("Name:\tx\nCapEff:\t000001fffeffffff\nCapBnd:\t0\n", 0x1fffeffffffUL)]
    [InlineData("CapEff:\tzz\n", 0UL)]
    [InlineData("", 0UL)]
    public void Capabilities_are_read_from_the_status(string status, ulong expected) =>
        Assert.Equal(expected, Capabilities.Parse(status).Bits);

    [Theory]
    [InlineData("none [integrity] confidentiality", "integrity")]
    [InlineData("[none] integrity confidentiality\n", "none")]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_lockdown_mode_is_the_one_in_brackets(string? text, string? expected) =>
        Assert.Equal(expected, SystemFacts.ParseLockdown(text));

    [Theory]
    [InlineData("proc /proc proc rw,relatime 0 0", false)]
    [InlineData("proc /proc proc rw,relatime,hidepid=invisible 0 0", true)]
    [InlineData("proc /proc proc rw,gid=5,hidepid=2 0 0", true)]
    [InlineData("proc /proc proc rw,hidepid=0 0 0", false)]
    [InlineData("proc /jail/proc proc rw,hidepid=2 0 0", false)]
    [InlineData("proc /proc proc rw 0 0\nproc /proc proc rw,hidepid=2 0 0", true)]
    [InlineData("proc /proc proc rw,hidepid=2 0 0\nproc /proc proc rw 0 0", false)]
    public void A_proc_that_hides_processes_is_noticed(string mounts, bool expected) =>
        Assert.Equal(expected, SystemFacts.ParseHidesProcesses(mounts));

    [Theory]
    [InlineData("docker-default (enforce)\n", "docker-default (enforce)")]
    [InlineData("unconfined\n", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void The_profile_of_a_security_module_is_read(string? text, string? expected) =>
        Assert.Equal(expected, SystemFacts.ParseProfile(text));

    [Fact]
    public void The_lowest_memory_limit_of_a_group_and_those_above_it_counts()
    {
        var mount = Directory.CreateTempSubdirectory("l7trace-cgroup-").FullName;
        try
        {
            var group = Directory.CreateDirectory(Path.Combine(mount, "a", "b")).FullName;
            File.WriteAllText(Path.Combine(group, "memory.max"), "max\n");
            File.WriteAllText(Path.Combine(mount, "a", "memory.max"), "67108864\n");
            Assert.Equal("64 MiB", ControlGroupMemory.Limit("0::/a/b\n", $"cgroup2 {mount} cgroup2 rw 0 0\n"));
            Assert.Null(ControlGroupMemory.Limit("0::/other\n", $"cgroup2 {mount} cgroup2 rw 0 0\n"));
        }
        finally
        {
            Directory.Delete(mount, recursive: true);
        }
    }

    [Fact]
    public void What_is_no_type_information_is_told_apart()
    {
        var file = Path.GetTempFileName();
        try
        {
            Assert.Equal("is missing", KernelBtf.Problem(file + ".none"));
            Assert.Equal("is not type information", KernelBtf.Problem(file));
            File.WriteAllBytes(file, [0x9f, 0xeb, 1, 0, .. new byte[20]]);
            Assert.Null(KernelBtf.Problem(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_cgroup_mount_is_found_among_others() => Assert.Equal(
        "/sys/fs/cgroup/my dir",
        SystemFacts.ParseCgroupMount(
            "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup/my\\040dir cgroup2 rw 0 0\n"));

    private static ProbeException Explain(int errno, SystemFacts facts, string operation = "load the BPF programs") =>
        ProbeErrors.Explain(new LibBpfException(operation, -errno), facts, KernelTrials.None);
}
