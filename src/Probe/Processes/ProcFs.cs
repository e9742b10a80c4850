// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Processes;

/// <summary>Reads /proc. Everything that is gone or forbidden reads as nothing.</summary>
/// <param name="root">"/proc", or a folder that looks like it, for tests.</param>
internal sealed class ProcFs(string root)
{
    /// <summary>The system's own.</summary>
    internal static ProcFs System { get; } = new("/proc");

    /// <summary>Told which process could not be looked into; for any thread. Null for nobody.</summary>
    internal Action<uint>? Denied { get; init; }

    /// <summary>The same, that tells nobody: to look at processes that nobody asked for.</summary>
    internal ProcFs Quiet => Denied is null ? this : new ProcFs(root);

    /// <summary>Path of a process's file.</summary>
    internal string PathOf(uint processId, string file) =>
        string.Create(CultureInfo.InvariantCulture, $"{root}/{processId}/{file}");

    internal string? ReadText(uint processId, string file)
    {
        var text = SafeFile.ReadText(PathOf(processId, file), out var isDenied);
        Tell(processId, isDenied);
        return text;
    }

    /// <summary>
    /// True when it runs no program, and so uses no library: a kernel thread, or a process that ends or has ended.
    /// False too where that may not be looked at.
    /// </summary>
    internal bool HasNoProgram(uint processId) => FileKinds.LinkIsAbsent(PathOf(processId, "exe"));

    internal byte[]? ReadBytes(uint processId, string file) => SafeFile.ReadBytes(PathOf(processId, file));

    /// <summary>Its stat line; null when there is no such process.</summary>
    internal ProcessStat? ReadStat(uint processId) =>
        ReadText(processId, "stat") is { } line ? ProcessStat.Parse(line) : null;

    /// <summary>Its root folder as a path from the root of its mount namespace: "/" as a rule; null when it can't be read.</summary>
    internal string? RootOf(uint processId) => LinkTarget(processId, "root");

    /// <summary>Inode number of one of its namespaces, 0 if unknown.</summary>
    internal uint Namespace(uint processId, string kind) =>
        ParseNamespace(LinkTarget(processId, "ns/" + kind));

    /// <summary>The process that a process or thread id belongs to; null when there is none.</summary>
    internal uint? ThreadGroup(uint id)
    {
        foreach (var line in (ReadText(id, "status") ?? "").AsSpan().EnumerateLines())
        {
            if (line.StartsWith("Tgid:", StringComparison.Ordinal)
                && uint.TryParse(line[5..].Trim(), CultureInfo.InvariantCulture, out var group))
            {
                return group;
            }
        }

        return null;
    }

    /// <summary>Every process there is.</summary>
    internal IReadOnlyList<ProcessStat> ReadAll()
    {
        var result = new List<ProcessStat>();
        foreach (var folder in Folders())
        {
            if (uint.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out var id)
                && ReadStat(id) is { } stat)
            {
                result.Add(stat);
            }
        }

        return result;
    }

    /// <summary>Picks the number out of "net:[4026531833]", 0 if there is none.</summary>
    internal static uint ParseNamespace(string? link)
    {
        var open = link?.IndexOf('[', StringComparison.Ordinal) ?? -1;
        return open >= 0 && uint.TryParse(
            link.AsSpan(open + 1).TrimEnd(']'), CultureInfo.InvariantCulture, out var inode) ? inode : 0;
    }

    private string? LinkTarget(uint processId, string file)
    {
        var target = FileKinds.LinkTarget(PathOf(processId, file), out var isDenied);
        Tell(processId, isDenied);
        return target;
    }

    private void Tell(uint processId, bool isDenied)
    {
        if (isDenied)
        {
            Denied?.Invoke(processId);
        }
    }

    private string[] Folders()
    {
        try
        {
            return Directory.GetDirectories(root);
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            return [];
        }
    }
}
