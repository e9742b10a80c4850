// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Tls;

namespace L7Trace.Probe.Doctor;

/// <summary>Names the TLS libraries of this machine, installed and in running programs.</summary>
internal static class TlsCheck
{
    internal static DoctorCheck Installed() => Of([.. TlsProcesses.Installed(), .. TlsProcesses.Find(null).SelectMany(static process => process.Stacks)]);

    /// <summary>The check for what was found.</summary>
    internal static DoctorCheck Of(IReadOnlyList<TlsStack> stacks)
    {
        var read = Names(stacks.Where(static stack => stack.IsRead));
        var other = Names(stacks.Where(static stack => !stack.IsRead));
        var evidence = read.Length == 0 ? "none that is read" : "read: " + read;
        return new DoctorCheck(
            "tls", "TLS libraries", DoctorSeverity.Information, DoctorResult.Pass,
            evidence + (other.Length == 0 ? "" : "; not read: " + other) + " (l7trace ps: who uses which)");
    }

    private static string Names(IEnumerable<TlsStack> stacks) => string.Join(", ", stacks
        .Select(static stack => stack.Version is { } version ? $"{stack.Name} {version}" : stack.Name)
        .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
