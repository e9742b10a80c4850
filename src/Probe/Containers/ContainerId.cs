// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Containers;

/// <summary>
/// The id of a process's container as its control groups name it: Docker, Podman, containerd, CRI-O and Kubernetes all have the
/// 64 digits in the path, in one form or another, with cgroup v1 and v2.
/// </summary>
public static class ContainerId
{
    /// <summary>Digits of an id.</summary>
    public const int Length = 64;

    /// <summary>The last run of exactly 64 hexadecimal digits in a path; null when there is none.</summary>
    public static string? In(ReadOnlySpan<char> path)
    {
        var run = 0;
        for (var i = path.Length - 1; i >= 0; i--)
        {
            run = char.IsAsciiHexDigitLower(path[i]) ? run + 1 : 0;
            if (run == Length && (i == 0 || !char.IsAsciiHexDigitLower(path[i - 1])))
            {
                return path.Slice(i, Length).ToString();
            }
        }

        return null;
    }

    /// <summary>The one of a process, from the text of /proc/PID/cgroup; the innermost where containers are nested.</summary>
    internal static string? Of(string cgroups)
    {
        foreach (var line in cgroups.AsSpan().EnumerateLines())
        {
            if (In(line) is { } id)
            {
                return id;
            }
        }

        return null;
    }
}
