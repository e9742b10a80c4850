// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;

namespace L7Trace.Probe.Doctor;

/// <summary>Checks that read what the system says about itself. Pure: the facts come from outside.</summary>
internal static class FactChecks
{
    private const string Setcap = $"sudo l7trace ..., or: sudo setcap {Capabilities.SetcapText} l7trace";

    internal static IEnumerable<DoctorCheck> All(SystemFacts facts) =>
    [
        Kernel(facts),
        Btf(facts),
        Privileges(facts),
        ProcessAccess(facts),
        FileAccess(facts),
        ReplacedFiles(facts),
        UserNamespace(facts),
        PidNamespace(facts),
        Container(facts),
        HiddenProcesses(facts),
        Confinement(facts),
        Lockdown(facts),
        PerfEventParanoid(facts),
        UnprivilegedBpf(facts),
        Tracefs(facts),
        CgroupV2(facts),
        Information("memlock", "limit of locked memory",
            $"{facts.LockedMemoryLimit ?? "unknown"} (matters before kernel 5.11 only)"),
        Information("clock", "clock source", facts.ClockSource switch
        {
            null => "unknown",
            "tsc" or "arch_sys_counter" or "kvm-clock" => facts.ClockSource,
            var slow => $"{slow} (reading it is slow, and every traced call reads it)",
        }),
    ];

    private static DoctorCheck Kernel(SystemFacts facts)
    {
        var release = facts.Release.Length != 0 ? facts.Release : "unknown";
        var kind = facts.Release.Contains("microsoft", StringComparison.OrdinalIgnoreCase) ? " (WSL)"
            : facts.Release.Contains("linuxkit", StringComparison.OrdinalIgnoreCase) ? " (Docker Desktop's machine)"
            : "";
        return Information("kernel", "kernel release", $"{release} {facts.Architecture}".TrimEnd() + kind);
    }

    private static DoctorCheck Btf(SystemFacts facts) => facts.BtfProblem is not { } problem
        ? Required("btf", "kernel type information (BTF)", DoctorResult.Pass, $"{KernelBtf.KernelFile} is there and can be read")
        : Required("btf", "kernel type information (BTF)", DoctorResult.Fail, $"{KernelBtf.KernelFile} {problem}",
            "use a kernel built with CONFIG_DEBUG_INFO_BTF=y");

    private static DoctorCheck Privileges(SystemFacts facts)
    {
        var missing = facts.Capabilities.Missing();
        var present = facts.Capabilities.Present();
        var evidence = $"{(facts.IsRoot ? "root" : "not root")}, have: "
            + (present.Count == 0 ? "none" : string.Join(", ", present));
        return missing.Count == 0
            ? Required("capabilities", "privileges", DoctorResult.Pass, evidence)
            : Required("capabilities", "privileges", DoctorResult.Fail,
                $"{evidence}, missing: {string.Join(", ", missing)}", Setcap);
    }

    private static DoctorCheck ProcessAccess(SystemFacts facts) => facts.Capabilities.Has(Capability.SysPtrace)
        ? Optional("ptrace", "other users' processes", DoctorResult.Pass, "CAP_SYS_PTRACE is there")
        : Optional("ptrace", "other users' processes", DoctorResult.Warn,
            "CAP_SYS_PTRACE is missing: in other users' processes, TLS libraries of their own are not read, roles of older "
                + "connections and the service names of --otlp may stay unknown", Setcap);

    private static DoctorCheck FileAccess(SystemFacts facts) => facts.Capabilities.Has(Capability.DacReadSearch)
        ? Optional("dac-read-search", "other users' files", DoctorResult.Pass, "CAP_DAC_READ_SEARCH is there")
        : Optional("dac-read-search", "other users' files", DoctorResult.Warn,
            "CAP_DAC_READ_SEARCH is missing: TLS libraries and programs that this user may not read are not read", Setcap);

    private static DoctorCheck ReplacedFiles(SystemFacts facts) => facts.Capabilities.CanFollowMapFiles
        ? Information("map-files", "replaced files", "libraries that were replaced while programs use them can be read")
        : Information("map-files", "replaced files",
            "a library that was replaced (by an upgrade) while a program uses it is not read: that takes CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN");

    private static DoctorCheck UserNamespace(SystemFacts facts) => facts.HasHostUsers
        ? Required("user-namespace", "user ids", DoctorResult.Pass, "the machine's own: capabilities count")
        : Required("user-namespace", "user ids", DoctorResult.Fail,
            "this process is in a user namespace of its own (a rootless container), where capabilities do not count",
            "run l7trace on the host, or in a container that root started");

    private static DoctorCheck PidNamespace(SystemFacts facts) => facts.HasHostPids
        ? Required("pid-namespace", "process ids", DoctorResult.Pass, "the machine's own are visible")
        : Required("pid-namespace", "process ids", DoctorResult.Fail, "this process is in a pid namespace of its own",
            "docker run --pid host ...; kubernetes: hostPID: true");

    private static DoctorCheck Container(SystemFacts facts) => Information("container", "container", facts.Container switch
    {
        null => "this process is in none that is known",
        var kind => $"this process runs in {kind}",
    });

    private static DoctorCheck HiddenProcesses(SystemFacts facts) =>
        facts.HidesProcesses && !facts.Capabilities.Has(Capability.SysPtrace)
            ? Optional("hidepid", "/proc", DoctorResult.Warn,
                "mounted with hidepid: other users' processes are not seen, --name and --pid do not find them", Setcap)
            : Optional("hidepid", "/proc", DoctorResult.Pass,
                facts.HidesProcesses ? "mounted with hidepid, which CAP_SYS_PTRACE passes" : "shows all processes");

    private static DoctorCheck Confinement(SystemFacts facts) => Information("confinement", "seccomp and security modules",
        (facts.HasSeccompFilter ? "a filter of system calls is on this process" : "no filter of system calls")
            + "; " + (facts.SecurityProfile is { } profile ? $"confined by {profile}" : "not confined by a security module that says so"));

    private static DoctorCheck Lockdown(SystemFacts facts) => facts.Lockdown switch
    {
        "confidentiality" => Required("lockdown", "kernel lockdown", DoctorResult.Fail,
            "confidentiality: programs may not read memory", "boot with lockdown=integrity or less"),
        null => Required("lockdown", "kernel lockdown", DoctorResult.Pass, "no lockdown to be seen"),
        var mode => Required("lockdown", "kernel lockdown", DoctorResult.Pass, $"{mode}: does not hinder"),
    };

    private static DoctorCheck PerfEventParanoid(SystemFacts facts) => Information(
        "perf-event-paranoid", "kernel.perf_event_paranoid",
        facts.PerfEventParanoid is not { } level ? "not there"
            : facts.NeedsSysAdminForPerf ? $"{level}: asks for CAP_SYS_ADMIN where the kernel has no multi-uprobe link (before 6.6; see probes of functions)"
            : $"{level}: does not hinder");

    private static DoctorCheck UnprivilegedBpf(SystemFacts facts) => Information(
        "unprivileged-bpf", "kernel.unprivileged_bpf_disabled",
        facts.UnprivilegedBpfDisabled is not { } level ? "not there"
            : level == "0" ? "0: l7trace does not use unprivileged BPF"
            : $"{level}: l7trace does not use unprivileged BPF; before kernel 5.19 this makes it keep CAP_BPF while it runs");

    private static DoctorCheck Tracefs(SystemFacts facts) => facts.Tracefs is { } folder
        ? Information("tracefs", "tracefs", $"mounted at {folder}")
        : Information("tracefs", "tracefs", "not mounted (not needed: programs attach by BTF)");

    private static DoctorCheck CgroupV2(SystemFacts facts)
    {
        const string Title = "control groups";
        var also = facts.HasCgroupV1 ? "; version 1 is mounted too, where containers may be" : "";
        var own = facts.HasHostCgroups ? ""
            : "; this process is in a cgroup namespace of its own: other containers' groups are not seen (docker run --cgroupns host)";
        return facts.CgroupMount is { } mount
            ? Optional("cgroup-v2", Title, DoctorResult.Pass, $"version 2 is mounted at {mount.Replace(" ", "\\040", StringComparison.Ordinal)}{also}{own}")
            : Optional("cgroup-v2", Title, DoctorResult.Warn,
                $"version 2 is not mounted: no scope by cgroup{(facts.HasCgroupV1 ? " (version 1 is; containers are found by it)" : "")}",
                "sudo mount -t cgroup2 none /sys/fs/cgroup");
    }

    private static DoctorCheck Information(string id, string title, string evidence) =>
        new(id, title, DoctorSeverity.Information, DoctorResult.Pass, evidence);

    private static DoctorCheck Required(
        string id, string title, DoctorResult result, string evidence, string fix = "") =>
        new(id, title, DoctorSeverity.Required, result, evidence, fix);

    private static DoctorCheck Optional(
        string id, string title, DoctorResult result, string evidence, string fix = "") =>
        new(id, title, DoctorSeverity.Optional, result, evidence, fix);
}
