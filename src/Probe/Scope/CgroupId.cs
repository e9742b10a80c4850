// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Scope;

/// <summary>Finds the id of a cgroup v2 folder.</summary>
internal static class CgroupId
{
    /// <summary>The id, null when there is no such folder or it is not cgroup v2.</summary>
    /// <param name="path">Absolute, or relative to the mount ("/system.slice/x" as /proc/PID/cgroup has it).</param>
    /// <param name="mount">Where cgroup v2 is mounted; null if nowhere.</param>
    internal static ulong? Find(string path, string? mount)
    {
        if (mount is null)
        {
            return null;
        }

        var inside = path == mount || path.StartsWith(mount + "/", StringComparison.Ordinal);
        var folder = inside ? path : $"{mount}/{path.TrimStart('/')}";
        return Directory.Exists(folder) ? FileHandle.CgroupId(folder) : null;
    }
}
