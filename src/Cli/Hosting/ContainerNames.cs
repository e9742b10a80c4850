// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Processes;

namespace L7Trace.Cli.Hosting;

/// <summary>
/// Names the container that a process of this host runs in, by the id in its control group's path (Docker, Podman, containerd,
/// CRI-O, Kubernetes): the first 12 digits, as their programs show it. Remembers what it found. Not thread-safe.
/// </summary>
internal sealed class ContainerNames
{
    private const int IdLength = 64;
    private const int ShownLength = 12;
    private const int MaxRemembered = 20_000;

    private readonly Dictionary<uint, string?> _names = [];

    /// <summary>The container's short id; null when the process runs in none or has ended.</summary>
    public string? Of(uint processId)
    {
        if (_names.TryGetValue(processId, out var name))
        {
            return name;
        }

        if (_names.Count >= MaxRemembered)
        {
            _names.Clear();
        }

        return _names[processId] = ProcessFacts.Read(processId)?.CgroupPath is { } path ? IdIn(path) : null;
    }

    /// <summary>The last run of 64 hexadecimal digits in a path, shortened; null when there is none.</summary>
    internal static string? IdIn(string path) => FullIdIn(path)?[..ShownLength];

    /// <summary>The same with all its digits.</summary>
    internal static string? FullIdIn(string path)
    {
        var run = 0;
        for (var i = path.Length - 1; i >= 0; i--)
        {
            run = char.IsAsciiHexDigitLower(path[i]) ? run + 1 : 0;
            if (run == IdLength && (i == 0 || !char.IsAsciiHexDigitLower(path[i - 1])))
            {
                return path.Substring(i, IdLength);
            }
        }

        return null;
    }
}
