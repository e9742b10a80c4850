// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;

namespace L7Trace.Probe.Doctor;

/// <summary>
/// Tells whether this machine can run l7trace, check by check. What matters is tried and not concluded from a version:
/// distributions port features back, and containers take them away.
/// </summary>
public static class DoctorChecks
{
    /// <summary>Runs every check; takes some seconds, because the kernel verifies the real programs.</summary>
    public static IReadOnlyList<DoctorCheck> Run()
    {
        var facts = SystemFacts.Read();
        return [.. FactChecks.All(facts), .. TrialChecks.All(facts), TlsCheck.Installed(), EngineCheck.Run()];
    }

    /// <summary>True when nothing that is required failed.</summary>
    /// <param name="checks">The findings.</param>
    /// <param name="isStrict">And nothing is warned of.</param>
    public static bool CanRun(IEnumerable<DoctorCheck> checks, bool isStrict = false) => checks.All(check =>
        (check.Severity != DoctorSeverity.Required || check.Result is not DoctorResult.Fail)
        && (!isStrict || check.Result is not DoctorResult.Warn));
}
