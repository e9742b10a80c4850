// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Scope;

/// <summary>Finds the processes that hold a TCP socket with one of the ports of a scope, now (proc_pid_net(5)).</summary>
internal static class SocketOwners
{
    private const int MaxDescriptors = 65_536; // of one process

    /// <summary>Those of the processes that do.</summary>
    internal static HashSet<uint> Of(ProbeScope scope, IEnumerable<uint> processes, ProcFs proc)
    {
        var byNamespace = new Dictionary<uint, HashSet<ulong>>();
        var result = new HashSet<uint>();
        foreach (var process in processes)
        {
            var network = proc.Namespace(process, "net");
            if (!byNamespace.TryGetValue(network, out var inodes))
            {
                inodes = [.. Inodes(proc.ReadText(process, "net/tcp") ?? "", scope), .. Inodes(proc.ReadText(process, "net/tcp6") ?? "", scope)];
                byNamespace.Add(network, inodes);
            }

            if (inodes.Count > 0 && Sockets(proc.PathOf(process, "fd")).Any(inodes.Contains))
            {
                result.Add(process);
            }
        }

        return result;
    }

    /// <summary>Inode numbers of the sockets in a table of /proc/net/tcp that have a port of the scope.</summary>
    internal static IEnumerable<ulong> Inodes(string table, ProbeScope scope)
    {
        foreach (var line in table.Split('\n'))
        {
            // "  0: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   104   0 23456 ..."
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && Port(fields[1]) is { } local && Port(fields[2]) is { } remote
                && ulong.TryParse(fields[9], CultureInfo.InvariantCulture, out var inode) && inode != 0
                && (scope.AnyPorts.Contains(local) || scope.AnyPorts.Contains(remote)
                    || scope.LocalPorts.Contains(local) || scope.RemotePorts.Contains(remote)))
            {
                yield return inode;
            }
        }
    }

    private static ushort? Port(string address)
    {
        var colon = address.LastIndexOf(':');
        return colon >= 0 && ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var port)
            ? port : null;
    }

    private static IEnumerable<ulong> Sockets(string folder)
    {
        string[] descriptors;
        try
        {
            descriptors = [.. Directory.EnumerateFileSystemEntries(folder).Take(MaxDescriptors)];
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            yield break;
        }

        foreach (var descriptor in descriptors)
        {
            // "socket:[23456]"
            if (SafeFile.LinkTarget(descriptor) is { } target && target.StartsWith("socket:[", StringComparison.Ordinal)
                && ulong.TryParse(target.AsSpan(8).TrimEnd(']'), CultureInfo.InvariantCulture, out var inode))
            {
                yield return inode;
            }
        }
    }
}
