// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Doctor;

/// <summary>One finding about this machine.</summary>
/// <param name="Id">Stable id, kebab-case.</param>
/// <param name="Title">What was looked at, in a few words.</param>
/// <param name="Severity">What depends on it.</param>
/// <param name="Result">How it came out.</param>
/// <param name="Evidence">What was seen.</param>
/// <param name="Fix">What to do; empty when there is nothing to do.</param>
public sealed record DoctorCheck(
    string Id, string Title, DoctorSeverity Severity, DoctorResult Result, string Evidence, string Fix = "")
{
    /// <summary>What libbpf and the verifier said: many lines, for a bug report; empty if nothing.</summary>
    public string Log { get; init; } = "";
}
