// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Tls;

namespace L7Trace.Probe.Doctor;

/// <summary>Names the TLS libraries of this machine, installed and in running programs.</summary>
internal static class TlsCheck
{
    internal static DoctorCheck Installed()
    {
        var processes = TlsProcesses.Find(null);
        return Of([.. TlsProcesses.Installed(), .. processes.SelectMany(static process => process.Stacks)], processes.Count(static process => process.Obstacle is not null));
    }

    /// <summary>The check for what was found.</summary>
    internal static DoctorCheck Of(IReadOnlyList<TlsStack> stacks, int unknown = 0)
    {
        var read = Names(stacks.Where(static stack => stack.IsRead));
        var other = Names(stacks.Where(static stack => !stack.IsRead));
        var evidence = read.Length == 0 ? "none that is read" : "read: " + read;
        return new DoctorCheck(
            "tls", "TLS libraries", DoctorSeverity.Information, DoctorResult.Pass,
            evidence + (other.Length == 0 ? "" : "; not read: " + other) + " (l7trace ps: who uses which)"
                + (unknown == 0 ? "" : string.Create(System.Globalization.CultureInfo.InvariantCulture,
                    $"; {unknown:#,0} running {(unknown == 1 ? "process" : "processes")} could not be looked at")));
    }

    private static string Names(IEnumerable<TlsStack> stacks) => string.Join(", ", stacks
        .Select(static stack => stack.Version is { } version ? $"{stack.Name} {version}" : stack.Name)
        .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
