// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Scope;

/// <summary>The processes that run now in a scope that does not name any: of cgroups, of ports alone, or of everything.</summary>
internal static class ScopeProcesses
{
    /// <summary>Their ids; the tracer is not among them.</summary>
    /// <param name="scope">The scope.</param>
    /// <param name="cgroups">The ids that its cgroups came to.</param>
    /// <param name="mount">Where cgroup v2 is mounted; null if nowhere.</param>
    /// <param name="proc">Where processes are listed.</param>
    internal static IEnumerable<uint> Running(ProbeScope scope, IReadOnlyList<ulong> cgroups, string? mount, ProcFs proc)
    {
        var wanted = cgroups.ToHashSet();
        var known = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var process in proc.ReadAll())
        {
            if (process.ProcessId != (uint)Environment.ProcessId
                && (!scope.HasCgroups || IsIn(PathOf(proc.ReadText(process.ProcessId, "cgroup")), wanted, mount, known)))
            {
                yield return process.ProcessId;
            }
        }
    }

    /// <summary>The path in the line of cgroup v2, "0::/a/b"; null without (cgroups(7)).</summary>
    internal static string? PathOf(string? text)
    {
        foreach (var line in (text ?? "").AsSpan().EnumerateLines())
        {
            if (line.StartsWith("0::", StringComparison.Ordinal))
            {
                return line[3..].ToString();
            }
        }

        return null;
    }

    private static bool IsIn(string? path, HashSet<ulong> wanted, string? mount, Dictionary<string, bool> known)
    {
        if (string.IsNullOrEmpty(path))
        {
            return false;
        }

        if (!known.TryGetValue(path, out var result))
        {
            result = (CgroupId.Find(path, mount) is { } id && wanted.Contains(id))
                || (path != "/" && IsIn(Path.GetDirectoryName(path), wanted, mount, known));
            known[path] = result;
        }

        return result;
    }
}
