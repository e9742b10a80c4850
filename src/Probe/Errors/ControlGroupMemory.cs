// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Probe.Errors;

/// <summary>The memory that this process's control group may use, of which the rings are a part (Documentation/admin-guide/cgroup-v2.rst).</summary>
internal static class ControlGroupMemory
{
    // Version 1 says "no limit" by the largest number of pages.
    private const ulong NoLimit = 1UL << 60;

    /// <summary>The lowest limit of the group and those above it, "512 MiB"; null for none, or where it can't be read.</summary>
    /// <param name="groups">The text of /proc/self/cgroup.</param>
    /// <param name="mounts">The text of /proc/self/mounts.</param>
    internal static string? Limit(string groups, string mounts)
    {
        ulong? lowest = null;
        foreach (var (folder, mount, file) in Folders(groups, [.. SystemFacts.Mounts(mounts)]))
        {
            // A group is bound by those above it too; in a namespace of its own, those can't be seen.
            for (var at = folder; at is not null && at.StartsWith(mount, StringComparison.Ordinal); at = Path.GetDirectoryName(at))
            {
                if (ulong.TryParse(SafeFile.ReadText(Path.Combine(at, file))?.Trim(), CultureInfo.InvariantCulture, out var limit)
                    && limit < NoLimit && !(lowest <= limit))
                {
                    lowest = limit;
                }
            }
        }

        return lowest is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB") : null;
    }

    private static IEnumerable<(string Folder, string Mount, string File)> Folders(
        string groups, IReadOnlyList<(string Point, string Type, string Options)> mounts)
    {
        foreach (var line in groups.Split('\n'))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path])
            {
                continue;
            }

            var isNew = controllers.Length == 0;
            var mount = mounts.FirstOrDefault(mount => isNew
                ? mount.Type == "cgroup2"
                : mount.Type == "cgroup" && controllers.Split(',').Contains("memory") && mount.Options.Split(',').Contains("memory"));
            if (mount.Point is { } point)
            {
                yield return (Path.Join(point, path).TrimEnd('/'), point, isNew ? "memory.max" : "memory.limit_in_bytes");
            }
        }
    }
}
