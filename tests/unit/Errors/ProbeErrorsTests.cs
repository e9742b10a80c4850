// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;
using Xunit;

namespace L7Trace.UnitTests.Errors;

public sealed class ProbeErrorsTests
{
    private const int EPERM = 1, ENOENT = 2, E2BIG = 7, ENOMEM = 12, EACCES = 13;
    private const ulong Bpf = 1UL << 39, Perfmon = 1UL << 38, SysAdmin = 1UL << 21, All = (1UL << 41) - 1;

    private const string Classic = "attach tp/syscalls/sys_enter_read";

    private static readonly SystemFacts Able = new()
    {
        IsRoot = true,
        Capabilities = new Capabilities(All),
        HasBtf = true,
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
    [InlineData(E2BIG, ProbeErrorKind.Other)]
    [InlineData(EACCES, ProbeErrorKind.Other)]
    public void With_every_privilege_the_error_number_decides(int errno, ProbeErrorKind expected) =>
        Assert.Equal(expected, Explain(errno, Able).Kind);

    [Fact]
    public void What_the_kernel_lacks_is_named()
    {
        Assert.Equal(ProbeErrorKind.NoBtf, Explain(ENOENT, Able with { HasBtf = false }).Kind);
        Assert.Equal(ProbeErrorKind.NoTracefs, Explain(ENOENT, Able with { Tracefs = null }, Classic).Kind);
        Assert.Equal(ProbeErrorKind.Other, Explain(ENOENT, Able with { Tracefs = null }).Kind);
        Assert.Equal(ProbeErrorKind.Lockdown, Explain(EPERM, Able with { Lockdown = "confidentiality" }).Kind);
        Assert.Equal(ProbeErrorKind.Forbidden, Explain(EPERM, Able with { Lockdown = "integrity" }).Kind);
    }

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
        var error = ProbeErrors.Explain(new LibBpfException("load the BPF programs", -EACCES, Log), Able);
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
            Explain(EPERM, Able), Explain(ENOMEM, Able), Explain(E2BIG, Able),
            Explain(EPERM, Able with { HasBtf = false }),
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

    [Fact]
    public void The_cgroup_mount_is_found_among_others() => Assert.Equal(
        "/sys/fs/cgroup/my dir",
        SystemFacts.ParseCgroupMount(
            "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup/my\\040dir cgroup2 rw 0 0\n"));

    private static ProbeException Explain(int errno, SystemFacts facts, string operation = "load the BPF programs") =>
        ProbeErrors.Explain(new LibBpfException(operation, -errno), facts);
}
