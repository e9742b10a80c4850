// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Privileges;

/// <summary>What came of giving up privileges.</summary>
/// <param name="Kept">The capabilities that are left, "CAP_PERFMON, CAP_SYS_PTRACE"; "none".</param>
/// <param name="Threads">Threads in which nothing else is left, as /proc says.</param>
/// <param name="Problem">Why it does not hold in all threads of this process; null when it does.</param>
public sealed record PrivilegeReport(string Kept, int Threads, string? Problem);
