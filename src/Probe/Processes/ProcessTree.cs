// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Processes;

/// <summary>Picks processes out of a list by command and by descent.</summary>
internal static class ProcessTree
{
    /// <summary>Bytes of a command name that the kernel keeps.</summary>
    internal const int CommandBytes = 15;

    /// <summary>The wanted ones and all their descendants in the list.</summary>
    internal static HashSet<uint> WithDescendants(IEnumerable<uint> wanted, IReadOnlyList<ProcessStat> all)
    {
        var children = all.ToLookup(process => process.ParentId, process => process.ProcessId);
        var result = new HashSet<uint>();
        var queue = new Queue<uint>(wanted);
        while (queue.TryDequeue(out var id))
        {
            if (result.Add(id))
            {
                foreach (var child in children[id])
                {
                    queue.Enqueue(child);
                }
            }
        }

        return result;
    }

    /// <summary>Those whose command is one of the names.</summary>
    internal static IEnumerable<uint> ByCommand(IReadOnlyList<string> names, IReadOnlyList<ProcessStat> all)
    {
        var cut = names.Select(CutCommand).ToHashSet(StringComparer.Ordinal);
        return all.Where(process => cut.Contains(process.Command)).Select(process => process.ProcessId);
    }

    /// <summary>Cuts a name as the kernel does: at 15 bytes of UTF-8.</summary>
    internal static string CutCommand(string name)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(name);
        return bytes.Length <= CommandBytes ? name : System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, CommandBytes));
    }
}
