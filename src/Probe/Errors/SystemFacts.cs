// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Errors;

/// <summary>What a failure is explained by, and what the doctor shows. Read once; null where it can't be read.</summary>
internal sealed record SystemFacts
{
    /// <summary>Inode number of the first pid namespace (PROC_PID_INIT_INO, fixed in the kernel).</summary>
    private const string HostPidNamespace = "pid:[4026531836]";

    /// <summary>Effective user id 0.</summary>
    internal bool IsRoot { get; init; }

    /// <summary>Effective capabilities.</summary>
    internal Capabilities Capabilities { get; init; }

    /// <summary>The kernel gives its type information.</summary>
    internal bool HasBtf { get; init; }

    /// <summary>Where tracefs is, null if it is nowhere that libbpf looks.</summary>
    internal string? Tracefs { get; init; }

    /// <summary>none, integrity or confidentiality; null when unknown.</summary>
    internal string? Lockdown { get; init; }

    /// <summary>True unless this process is known to be in a pid namespace of its own.</summary>
    internal bool HasHostPids { get; init; } = true;

    /// <summary>Kernel release.</summary>
    internal string Release { get; init; } = "";

    /// <summary>kernel.perf_event_paranoid.</summary>
    internal string? PerfEventParanoid { get; init; }

    /// <summary>kernel.unprivileged_bpf_disabled.</summary>
    internal string? UnprivilegedBpfDisabled { get; init; }

    /// <summary>Where cgroup v2 is mounted.</summary>
    internal string? CgroupMount { get; init; }

    /// <summary>RLIMIT_MEMLOCK of this process, as /proc/self/limits shows it.</summary>
    internal string? LockedMemoryLimit { get; init; }

    /// <summary>True where a patched kernel (Debian, Ubuntu) gives perf events to CAP_SYS_ADMIN only.</summary>
    internal bool NeedsSysAdminForPerf =>
        int.TryParse(PerfEventParanoid, out var level) && level > 2 && !Capabilities.HasSysAdmin;

    /// <summary>Reads them from this system.</summary>
    internal static SystemFacts Read()
    {
        var status = SafeFile.ReadText("/proc/self/status") ?? "";
        return new SystemFacts
        {
            IsRoot = LibC.EffectiveUserId() == 0,
            Capabilities = Capabilities.Parse(status),
            HasBtf = File.Exists("/sys/kernel/btf/vmlinux"),
            Tracefs = FindTracefs(),
            Lockdown = ParseLockdown(SafeFile.ReadText("/sys/kernel/security/lockdown")),
            HasHostPids = SafeFile.LinkTarget("/proc/self/ns/pid") is null or HostPidNamespace,
            Release = SafeFile.ReadText("/proc/sys/kernel/osrelease")?.Trim() ?? "",
            PerfEventParanoid = SafeFile.ReadText("/proc/sys/kernel/perf_event_paranoid")?.Trim(),
            UnprivilegedBpfDisabled = SafeFile.ReadText("/proc/sys/kernel/unprivileged_bpf_disabled")?.Trim(),
            LockedMemoryLimit = ParseLockedMemory(SafeFile.ReadText("/proc/self/limits") ?? ""),
            CgroupMount = ParseCgroupMount(SafeFile.ReadText("/proc/self/mounts") ?? ""),
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
    internal static string? ParseCgroupMount(string mounts)
    {
        foreach (var line in mounts.Split('\n'))
        {
            var fields = line.Split(' ');
            if (fields.Length > 2 && fields[2] == "cgroup2")
            {
                // Blanks in a mount point stand as octal escapes.
                return fields[1].Replace("\\040", " ", StringComparison.Ordinal);
            }
        }

        return null;
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

    private static string? FindTracefs()
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
