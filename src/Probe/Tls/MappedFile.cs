// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Probe.Tls;

/// <summary>A file that a process has mapped to execute it, as a line of /proc/PID/maps tells (proc_pid_maps(5)).</summary>
/// <param name="Range">The addresses, as the line says them: the name of its link in map_files.</param>
/// <param name="Device">Device number, as the line says it.</param>
/// <param name="Inode">Inode number there.</param>
/// <param name="Path">Path in the process's own view; that of a deleted file ends in " (deleted)".</param>
internal readonly record struct MappedFile(string Range, string Device, ulong Inode, string Path)
{
    private const string Deleted = " (deleted)";

    /// <summary>True when no path leads to it any more: a package was upgraded.</summary>
    internal bool IsDeleted => Path.EndsWith(Deleted, StringComparison.Ordinal);

    /// <summary>True when it lies outside of the process's root folder (chroot(2)): the path is the mount namespace's then.</summary>
    internal bool IsOutside { get; init; }

    /// <summary>Where it is opened, below /proc/PID: another container's paths lead somewhere else here.</summary>
    internal string BelowProc => IsDeleted || IsOutside ? "map_files/" + Range : "root" + Path;

    /// <summary>The executable mappings of files in the text of /proc/PID/maps.</summary>
    /// <param name="maps">The text.</param>
    /// <param name="root">
    /// Where /proc/PID/root leads: paths of the text begin at the root of the process's mount namespace, and its own may be below that
    /// (chroot(2)). Null when it can't be read.
    /// </param>
    internal static List<MappedFile> Parse(string maps, string? root = null)
    {
        var folder = root is null or "/" ? "" : root + "/";
        var result = new List<MappedFile>();
        foreach (var line in maps.AsSpan().EnumerateLines())
        {
            if (TryParse(line, out var file))
            {
                result.Add(folder.Length == 0 ? file
                    : file.Path.StartsWith(folder, StringComparison.Ordinal) ? file with { Path = file.Path[(folder.Length - 1)..] }
                    : file with { IsOutside = true });
            }
        }

        return result;
    }

    // 7f1c0a000000-7f1c0a012000 r-xp 00002000 fe:00 12345      /usr/lib/libssl.so.3
    private static bool TryParse(ReadOnlySpan<char> line, out MappedFile file)
    {
        file = default;
        Span<int> starts = stackalloc int[5];
        Span<int> ends = stackalloc int[5];
        var at = 0;
        for (var i = 0; i < starts.Length; i++)
        {
            while (at < line.Length && line[at] == ' ')
            {
                at++;
            }

            starts[i] = at;
            while (at < line.Length && line[at] != ' ')
            {
                at++;
            }

            ends[i] = at;
        }

        var path = line[Math.Min(at, line.Length)..].TrimStart(' ');
        var permissions = line[starts[1]..ends[1]];
        if (path.IsEmpty || path[0] != '/' || permissions.Length < 3 || permissions[2] != 'x'
            || !ulong.TryParse(line[starts[4]..ends[4]], CultureInfo.InvariantCulture, out var inode) || inode == 0)
        {
            return false;
        }

        file = new MappedFile(line[starts[0]..ends[0]].ToString(), line[starts[3]..ends[3]].ToString(), inode, path.ToString());
        return true;
    }
}
