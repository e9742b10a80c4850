// SPDX-License-Identifier: Apache-2.0

namespace L7Trace.Probe.Errors;

/// <summary>
/// Does the kernel take the processor from a task inside of itself (preempt=full, preempt=lazy)? Then it skips fentry's and
/// tracepoints' programs while another task of the processor is in the same one, and their calls are lost.
/// </summary>
internal static class KernelPreemption
{
    private const string ModeFile = "/sys/kernel/debug/sched/preempt";

    /// <summary>As this kernel says; false where it can't be told.</summary>
    internal static bool Read() => IsPreempted(SafeFile.ReadText(ModeFile), SafeFile.ReadText("/proc/version"));

    /// <summary>The same from what was read.</summary>
    /// <param name="mode">The kernel's modes, with the one in force in parentheses: "none voluntary (full)"; null where debugfs is not mounted.</param>
    /// <param name="version">/proc/version, which names the mode of a kernel that has but one.</param>
    internal static bool IsPreempted(string? mode, string? version) =>
        mode is not null
            ? mode.Contains("(full)", StringComparison.Ordinal) || mode.Contains("(lazy)", StringComparison.Ordinal)
            : version?.Split(' ').Any(static word => word is "PREEMPT" or "PREEMPT_RT" or "PREEMPT_LAZY") == true;
}
