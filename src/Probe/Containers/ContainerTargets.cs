// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;
using L7Trace.Probe.Processes;

namespace L7Trace.Probe.Containers;

/// <summary>
/// Finds the containers that a scope names. Where they have control groups of version 2 of their own, those are the scope: it has
/// what enters them later too. Elsewhere (version 1) it is their processes of now, with the children that those will have.
/// </summary>
internal static class ContainerTargets
{
    private const int ShortestId = 4; // digits: less would often be a name, or ambiguous
    private const int ShortestUnnamed = 12; // as engines show ids: where none tells names, "cafe" may be one

    /// <summary>What they come to.</summary>
    /// <exception cref="ProbeException">There is none of the name, or more than one.</exception>
    internal static (IReadOnlyList<uint> Processes, IReadOnlyList<ulong> Cgroups) Resolve(
        IReadOnlyList<string> wanted, ProcFs proc, Func<string, ulong?> cgroupId, Func<IReadOnlyList<Container>> engine)
    {
        if (wanted.Count == 0)
        {
            return ([], []);
        }

        var running = Running(proc);
        var named = engine();
        var processes = new List<uint>();
        var cgroups = new List<ulong>();
        foreach (var text in wanted)
        {
            var id = Find(text, running.Keys, named);
            // An engine gives a container one group. Whoever may make groups of his own can give one the same digits.
            string[] paths = [.. running[id].Select(static x => x.Path).OfType<string>().Where(static x => !x.Contains("conmon", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];
            if (paths.Length > 1)
            {
                throw ProbeErrors.ContainerAmbiguous(text, paths);
            }

            if (paths is [var only] && cgroupId(only) is { } cgroup)
            {
                cgroups.Add(cgroup);
            }
            else
            {
                // One that ended meanwhile (a health check) is none to wait for. When all have, there is nothing to trace: a scope
                // without a process would be the whole machine.
                uint[] alive = [.. running[id].Select(static x => x.Process).Where(x => proc.ThreadGroup(x) is not null)];
                processes.AddRange(alive.Length > 0 ? alive : throw NotFound(text, named, running.Count));
            }
        }

        return (processes, cgroups);
    }

    /// <summary>The id that a name, an id or the beginning of one means.</summary>
    internal static string Find(string text, IReadOnlyCollection<string> running, IReadOnlyList<Container> named)
    {
        var name = text.TrimStart('/');
        if (name.Length == ContainerId.Length && running.Contains(name))
        {
            return name; // nobody's name comes before another's id
        }

        string[] ids = [.. named.Where(x => x.Name == name).Select(static x => x.Id).Distinct(StringComparer.Ordinal)];
        if (ids.Length == 0 && name.Length >= (named.Count > 0 ? ShortestId : ShortestUnnamed) && name.All(char.IsAsciiHexDigit))
        {
            ids = [.. running.Where(x => x.StartsWith(name, StringComparison.OrdinalIgnoreCase))];
        }

        return ids switch
        {
            [var one] when running.Contains(one) => one,
            [] or [_] => throw NotFound(text, named, running.Count),
            _ => throw ProbeErrors.ContainerAmbiguous(text, [.. ids.Select(id => named.FirstOrDefault(x => x.Id == id).Name is { } known ? $"{id[..16]}  {known}" : id[..16])]),
        };
    }

    private static ProbeException NotFound(string text, IReadOnlyList<Container> named, int running) =>
        ProbeErrors.ContainerNotFound(text, [.. named.Select(static x => $"{x.Id[..12]}  {x.Name}")], running);

    // By id: the processes, each with its cgroup v2 path where that is the container's.
    private static Dictionary<string, List<(uint Process, string? Path)>> Running(ProcFs proc)
    {
        var found = new Dictionary<string, List<(uint, string?)>>(StringComparer.Ordinal);
        foreach (var process in proc.ReadAll())
        {
            var text = proc.ReadText(process.ProcessId, "cgroup") ?? "";
            if (ContainerId.Of(text) is { } id)
            {
                var path = ProcessFacts.ParseCgroup(text);
                if (!found.TryGetValue(id, out var list))
                {
                    found[id] = list = [];
                }

                list.Add((process.ProcessId, path is not null && path.Contains(id, StringComparison.Ordinal) ? UpTo(path, id) : null));
            }
        }

        return found;
    }

    // The folder that has the id in its name: the container's own, whatever it makes inside.
    private static string UpTo(string path, string id)
    {
        var at = path.IndexOf(id, StringComparison.Ordinal) + id.Length;
        var end = path.IndexOf('/', at);
        return end < 0 ? path : path[..end];
    }
}
