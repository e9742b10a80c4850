// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Events;

namespace L7Trace.Probe.Processes;

/// <summary>What /proc says about one process. Facts that can't be read are null, 0 or empty.</summary>
public sealed record ProcessFacts
{
    private const int MaxCommandLine = 4096;

    /// <summary>Process id (thread group id).</summary>
    public required uint ProcessId { get; init; }

    /// <summary>Process id of the parent, 0 if there is none.</summary>
    public uint ParentId { get; init; }

    /// <summary>Command name (comm), at most 15 bytes.</summary>
    public string Command { get; init; } = "";

    /// <summary>Its arguments; at most 4 KiB of them. What a program wrote there: not safe for a terminal.</summary>
    public IReadOnlyList<string> CommandLine { get; init; } = [];

    /// <summary>Clock ticks since boot at which it began; with the id it names one process for good.</summary>
    public ulong StartTicks { get; init; }

    /// <summary>Inode number of its network namespace.</summary>
    public uint NetworkNamespace { get; init; }

    /// <summary>Inode number of its pid namespace.</summary>
    public uint PidNamespace { get; init; }

    /// <summary>Inode number of its mount namespace.</summary>
    public uint MountNamespace { get; init; }

    /// <summary>Its cgroup v2 path as the process's own cgroup namespace shows it; null without cgroup v2.</summary>
    public string? CgroupPath { get; init; }

    /// <summary>The id of the container that it runs in, 64 hexadecimal digits; null for none.</summary>
    public string? ContainerId { get; init; }

    /// <summary>Reads them; null when there is no such process.</summary>
    public static ProcessFacts? Read(uint processId) => Read(processId, ProcFs.System);

    internal static ProcessFacts? Read(uint processId, ProcFs proc)
    {
        if (proc.ReadStat(processId) is not { } stat)
        {
            return null;
        }

        var cgroups = proc.ReadText(processId, "cgroup") ?? "";
        return new ProcessFacts
        {
            ProcessId = processId,
            ParentId = stat.ParentId,
            Command = stat.Command,
            StartTicks = stat.StartTicks,
            CommandLine = ParseCommandLine(proc.ReadBytes(processId, "cmdline") ?? []),
            NetworkNamespace = proc.Namespace(processId, "net"),
            PidNamespace = proc.Namespace(processId, "pid"),
            MountNamespace = proc.Namespace(processId, "mnt"),
            CgroupPath = ParseCgroup(cgroups),
            ContainerId = Containers.ContainerId.Of(cgroups),
        };
    }

    /// <summary>Splits /proc/PID/cmdline at its NULs.</summary>
    internal static IReadOnlyList<string> ParseCommandLine(ReadOnlySpan<byte> bytes)
    {
        var arguments = new List<string>();
        bytes = bytes[..Math.Min(bytes.Length, MaxCommandLine)];
        while (!bytes.IsEmpty)
        {
            arguments.Add(EventConversion.Text(bytes));
            var end = bytes.IndexOf((byte)0);
            bytes = end < 0 ? default : bytes[(end + 1)..];
        }

        return arguments;
    }

    /// <summary>Picks the cgroup v2 line ("0::/path") out of /proc/PID/cgroup.</summary>
    internal static string? ParseCgroup(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (line.StartsWith("0::", StringComparison.Ordinal))
            {
                return line[3..].ToString();
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Command}[{ProcessId}]");
}
