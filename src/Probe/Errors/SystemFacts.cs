// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Errors;

/// <summary>What a failure is explained by, and what the doctor shows. Read once; null where it can't be read.</summary>
internal sealed record SystemFacts
{
    /// <summary>Inode numbers of the first namespaces (PROC_PID_INIT_INO and its kin, fixed in the kernel).</summary>
    private const string HostCgroupNamespace = "cgroup:[4026531835]";

    private const string HostPidNamespace = "pid:[4026531836]";

    private const string HostUserNamespace = "user:[4026531837]";

    private const string ProcFolder = "/proc";

    /// <summary>Effective user id 0.</summary>
    internal bool IsRoot { get; init; }

    /// <summary>Effective capabilities.</summary>
    internal Capabilities Capabilities { get; init; }

    /// <summary>The kernel gives its type information.</summary>
    internal bool HasBtf => BtfProblem is null;

    /// <summary>Why the kernel's type information can't be had; null when it is there.</summary>
    internal string? BtfProblem { get; init; }

    /// <summary>Where tracefs is, null if it is nowhere that libbpf looks.</summary>
    internal string? Tracefs { get; init; }

    /// <summary>none, integrity or confidentiality; null when unknown.</summary>
    internal string? Lockdown { get; init; }

    /// <summary>True unless this process is known to be in a pid namespace of its own.</summary>
    internal bool HasHostPids { get; init; } = true;

    /// <summary>True unless this process is known to be in a user namespace of its own, where capabilities do not count.</summary>
    internal bool HasHostUsers { get; init; } = true;

    /// <summary>True unless this process is known to be in a cgroup namespace of its own.</summary>
    internal bool HasHostCgroups { get; init; } = true;

    /// <summary>"docker (by /.dockerenv)": what this process runs in; null for none that is known.</summary>
    internal string? Container { get; init; }

    /// <summary>A filter of system calls is on this process.</summary>
    internal bool HasSeccompFilter { get; init; }

    /// <summary>What a Linux security module confines this process by, "docker-default (enforce)"; null for nothing.</summary>
    internal string? SecurityProfile { get; init; }

    /// <summary>/proc hides other users' processes.</summary>
    internal bool HidesProcesses { get; init; }

    /// <summary>Kernel release.</summary>
    internal string Release { get; init; } = "";

    /// <summary>x64, arm64.</summary>
    internal string Architecture { get; init; } = "";

    /// <summary>kernel.perf_event_paranoid.</summary>
    internal string? PerfEventParanoid { get; init; }

    /// <summary>kernel.unprivileged_bpf_disabled.</summary>
    internal string? UnprivilegedBpfDisabled { get; init; }

    /// <summary>Where cgroup v2 is mounted.</summary>
    internal string? CgroupMount { get; init; }

    /// <summary>Controllers of cgroup v1 are mounted.</summary>
    internal bool HasCgroupV1 { get; init; }

    /// <summary>RLIMIT_MEMLOCK of this process, as /proc/self/limits shows it.</summary>
    internal string? LockedMemoryLimit { get; init; }

    /// <summary>Most memory that this process's control group may use, as the kernel says it; null for no limit or an unknown one.</summary>
    internal string? MemoryLimit { get; init; }

    /// <summary>The clock source of the kernel, "tsc".</summary>
    internal string? ClockSource { get; init; }

    /// <summary>True where a patched kernel (Debian, Ubuntu) gives perf events to CAP_SYS_ADMIN only.</summary>
    internal bool NeedsSysAdminForPerf =>
        int.TryParse(PerfEventParanoid, out var level) && level > 2 && !Capabilities.Has(Capability.SysAdmin);

    /// <summary>Reads them from this system.</summary>
    internal static SystemFacts Read()
    {
        var status = SafeFile.ReadText("/proc/self/status") ?? "";
        var mounts = SafeFile.ReadText("/proc/self/mounts") ?? "";
        return new SystemFacts
        {
            IsRoot = LibC.EffectiveUserId() == 0,
            Capabilities = Capabilities.Parse(status),
            BtfProblem = KernelBtf.Problem(KernelBtf.KernelFile),
            Tracefs = FindTracefs(),
            Lockdown = ParseLockdown(SafeFile.ReadText("/sys/kernel/security/lockdown")),
            HasHostPids = SafeFile.LinkTarget("/proc/self/ns/pid") is null or HostPidNamespace,
            HasHostUsers = SafeFile.LinkTarget("/proc/self/ns/user") is null or HostUserNamespace,
            HasHostCgroups = SafeFile.LinkTarget("/proc/self/ns/cgroup") is null or HostCgroupNamespace,
            Container = FindContainer(),
            HasSeccompFilter = Capabilities.FieldOf(status, "Seccomp:") == "2",
            SecurityProfile = ParseProfile(SafeFile.ReadText("/proc/self/attr/current")),
            HidesProcesses = ParseHidesProcesses(mounts),
            Release = SafeFile.ReadText("/proc/sys/kernel/osrelease")?.Trim() ?? "",
            Architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            PerfEventParanoid = SafeFile.ReadText("/proc/sys/kernel/perf_event_paranoid")?.Trim(),
            UnprivilegedBpfDisabled = SafeFile.ReadText("/proc/sys/kernel/unprivileged_bpf_disabled")?.Trim(),
            LockedMemoryLimit = ParseLockedMemory(SafeFile.ReadText("/proc/self/limits") ?? ""),
            CgroupMount = ParseCgroupMount(mounts),
            HasCgroupV1 = Mounts(mounts).Any(static mount => mount.Type == "cgroup"),
            MemoryLimit = ControlGroupMemory.Limit(SafeFile.ReadText("/proc/self/cgroup") ?? "", mounts),
            ClockSource = SafeFile.ReadText("/sys/devices/system/clocksource/clocksource0/current_clocksource")?.Trim(),
        };
    }

    /// <summary>Picks the mode in brackets out of "none [integrity] confidentiality".</summary>
    internal static string? ParseLockdown(string? text)
    {
        var open = text?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        var close = text?.IndexOf(']', StringComparison.Ordinal) ?? -1;
        return open >= 0 && close > open ? text![(open + 1)..close] : null;
    }

    /// <summary>Picks the first cgroup2 mount point out of /proc/self/mounts.</summary>
    internal static string? ParseCgroupMount(string mounts) =>
        Mounts(mounts).Where(static mount => mount.Type == "cgroup2").Select(static mount => mount.Point).FirstOrDefault();

    /// <summary>True when /proc is mounted so that other users' processes are hidden (proc(5), hidepid).</summary>
    internal static bool ParseHidesProcesses(string mounts) =>
        Mounts(mounts).LastOrDefault(static mount => mount is { Type: "proc", Point: ProcFolder }).Options is { } options // the last one is on top
            && options.Split(',').Any(static option =>
                option.StartsWith("hidepid=", StringComparison.Ordinal) && option is not ("hidepid=0" or "hidepid=off"));

    /// <summary>The profile in /proc/PID/attr/current; null when it means no confinement.</summary>
    internal static string? ParseProfile(string? text)
    {
        var profile = text?.Trim().TrimEnd('\0');
        return profile is null or "" or "unconfined" or "kernel" ? null : profile;
    }

    /// <summary>Picks "soft of hard bytes" out of /proc/PID/limits.</summary>
    internal static string? ParseLockedMemory(string limits)
    {
        const string Name = "Max locked memory";
        foreach (var line in limits.Split('\n'))
        {
            if (line.StartsWith(Name, StringComparison.Ordinal)
                && line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, var hard, ..])
            {
                return soft == hard ? soft : $"{soft} of {hard}";
            }
        }

        return null;
    }

    // Blanks in a mount point stand as octal escapes (proc_pid_mounts(5)).
    internal static IEnumerable<(string Point, string Type, string Options)> Mounts(string mounts) => mounts.Split('\n')
        .Select(static line => line.Split(' ')).Where(static fields => fields.Length > 3)
        .Select(static fields => (fields[1].Replace("\\040", " ", StringComparison.Ordinal), fields[2], fields[3]));

    private static string? FindContainer() =>
        Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 } ? "kubernetes (by KUBERNETES_SERVICE_HOST)"
            : File.Exists("/.dockerenv") ? "docker (by /.dockerenv)"
            : File.Exists("/run/.containerenv") ? "podman (by /run/.containerenv)"
            : Containers.ContainerId.Of(SafeFile.ReadText("/proc/self/cgroup") ?? "") is not null ? "a container (by its control group)"
            : null;

    /// <summary>Where tracefs is mounted, null if it is nowhere that libbpf looks.</summary>
    internal static string? FindTracefs()
    {
        foreach (var folder in (ReadOnlySpan<string>)["/sys/kernel/tracing", "/sys/kernel/debug/tracing"])
        {
            if (Directory.Exists(folder + "/events"))
            {
                return folder;
            }
        }

        return null;
    }
}
