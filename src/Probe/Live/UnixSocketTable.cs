// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Live;

/// <summary>Which Unix sockets exist: the inode column of /proc/PID/net/unix.</summary>
internal static class UnixSocketTable
{
    private const int InodeField = 6;

    /// <summary>The inode numbers of a network namespace's Unix sockets; null when they can't be read.</summary>
    /// <param name="proc">Where to read.</param>
    /// <param name="processId">A process in that namespace.</param>
    internal static HashSet<ulong>? Read(ProcFs proc, uint processId)
    {
        try
        {
            using var reader = new StreamReader(proc.PathOf(processId, "net/unix"));
            return Parse(reader);
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            return null;
        }
    }

    /// <summary>Reads "Num RefCount Protocol Flags Type St Inode Path" lines.</summary>
    internal static HashSet<ulong> Parse(TextReader reader)
    {
        var inodes = new HashSet<ulong>();
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ', InodeField + 2, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > InodeField
                && ulong.TryParse(fields[InodeField], CultureInfo.InvariantCulture, out var inode))
            {
                inodes.Add(inode);
            }
        }

        return inodes;
    }
}
