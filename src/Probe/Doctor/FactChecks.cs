// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;

namespace L7Trace.Probe.Doctor;

/// <summary>Checks that read what the system says about itself. Pure: the facts come from outside.</summary>
internal static class FactChecks
{
    internal static IEnumerable<DoctorCheck> All(SystemFacts facts) =>
    [
        Information("kernel", "kernel release", facts.Release.Length != 0 ? facts.Release : "unknown"),
        Btf(facts),
        Privileges(facts),
        ProcessAccess(facts),
        PidNamespace(facts),
        Tracefs(facts),
        Lockdown(facts),
        PerfEventParanoid(facts),
        Information("unprivileged-bpf", "kernel.unprivileged_bpf_disabled",
            $"{facts.UnprivilegedBpfDisabled ?? "not there"} (l7trace does not use unprivileged BPF)"),
        CgroupV2(facts),
        Information("memlock", "limit of locked memory",
            $"{facts.LockedMemoryLimit ?? "unknown"} (matters before kernel 5.11 only)"),
    ];

    private static DoctorCheck Btf(SystemFacts facts) => facts.HasBtf
        ? Required("btf", "kernel type information (BTF)", DoctorResult.Pass, "/sys/kernel/btf/vmlinux is there")
        : Required("btf", "kernel type information (BTF)", DoctorResult.Fail, "/sys/kernel/btf/vmlinux is missing",
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
                $"{evidence}, missing: {string.Join(", ", missing)}",
                $"sudo l7trace ..., or: sudo setcap {Capabilities.SetcapText} l7trace");
    }

    private static DoctorCheck ProcessAccess(SystemFacts facts) => facts.Capabilities.CanReadProcesses
        ? Optional("ptrace", "facts of other users' processes", DoctorResult.Pass, "CAP_SYS_PTRACE is there")
        : Optional("ptrace", "facts of other users' processes", DoctorResult.Warn,
            "CAP_SYS_PTRACE is missing: roles of older connections may stay unknown",
            $"sudo setcap {Capabilities.SetcapText} l7trace");

    private static DoctorCheck PidNamespace(SystemFacts facts) => facts.HasHostPids
        ? Required("pid-namespace", "process ids", DoctorResult.Pass, "the machine's own are visible")
        : Required("pid-namespace", "process ids", DoctorResult.Fail, "this process is in a pid namespace of its own",
            "docker run --pid host ...; kubernetes: hostPID: true");

    private static DoctorCheck Tracefs(SystemFacts facts) => facts.Tracefs is { } folder
        ? Information("tracefs", "tracefs", $"mounted at {folder}")
        : Information("tracefs", "tracefs", "not mounted (not needed: programs attach by BTF)");

    private static DoctorCheck Lockdown(SystemFacts facts) => facts.Lockdown switch
    {
        "confidentiality" => Required("lockdown", "kernel lockdown", DoctorResult.Fail,
            "confidentiality: programs may not read memory", "boot with lockdown=integrity or less"),
        null => Required("lockdown", "kernel lockdown", DoctorResult.Pass, "no lockdown to be seen"),
        var mode => Required("lockdown", "kernel lockdown", DoctorResult.Pass, $"{mode}: does not hinder"),
    };

    private static DoctorCheck PerfEventParanoid(SystemFacts facts) => Information(
        "perf-event-paranoid", "kernel.perf_event_paranoid",
        $"{facts.PerfEventParanoid ?? "not there"} (not asked: programs attach by BTF)");

    private static DoctorCheck CgroupV2(SystemFacts facts) => facts.CgroupMount is { } mount
        ? Optional("cgroup-v2", "cgroup v2", DoctorResult.Pass, $"mounted at {mount}")
        : Optional("cgroup-v2", "cgroup v2", DoctorResult.Warn, "not mounted: no scope by cgroup",
            "sudo mount -t cgroup2 none /sys/fs/cgroup");

    private static DoctorCheck Information(string id, string title, string evidence) =>
        new(id, title, DoctorSeverity.Information, DoctorResult.Pass, evidence);

    private static DoctorCheck Required(
        string id, string title, DoctorResult result, string evidence, string fix = "") =>
        new(id, title, DoctorSeverity.Required, result, evidence, fix);

    private static DoctorCheck Optional(
        string id, string title, DoctorResult result, string evidence, string fix = "") =>
        new(id, title, DoctorSeverity.Optional, result, evidence, fix);
}
