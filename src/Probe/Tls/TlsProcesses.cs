// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Errors;
using L7Trace.Probe.Processes;
using L7Trace.Probe.Scope;

namespace L7Trace.Probe.Tls;

/// <summary>Lists processes with what of TLS is in them, from /proc alone: nothing is attached. Needs root for other users' processes.</summary>
public static class TlsProcesses
{
    /// <summary>The processes that run in a scope, in the order of their ids; those with a TLS stack where it is null.</summary>
    /// <exception cref="ProbeException">A process or cgroup that was named does not exist.</exception>
    public static IReadOnlyList<TlsProcess> Find(ProbeScope? scope) => Find(scope, ProcFs.System, SystemFacts.Read().CgroupMount);

    /// <summary>What is installed where programs look for it, running or not.</summary>
    public static IReadOnlyList<TlsStack> Installed()
    {
        var finder = new TlsStackFinder(ProcFs.System);
        var crypto = LoaderCache.Find(["libcrypto.so"]).Select(static path => (path, TlsFileFacts.Read(path)?.Texts.OpenSsl)).ToList();
        return [.. LoaderCache.Find([.. TlsLibrary.All.SelectMany(static library => library.FilePrefixes)])
            .Concat(KnownPrograms.Find())
            .DistinctBy(FileIdentity.Of)
            .SelectMany(finder.OfFile)
            .Select(stack => Path.GetFileName(stack.Path).StartsWith("libssl.so", StringComparison.Ordinal)
                // libssl itself does not say its release; the libcrypto of the same name does.
                ? stack with { Version = crypto.FirstOrDefault(entry => entry.path == stack.Path.Replace("libssl.so", "libcrypto.so", StringComparison.Ordinal)).OpenSsl ?? stack.Version }
                : stack)];
    }

    internal static IReadOnlyList<TlsProcess> Find(ProbeScope? scope, ProcFs proc, string? cgroupMount)
    {
        var finder = new TlsStackFinder(proc);
        var found = new List<TlsProcess>();
        foreach (var id in InScope(scope, proc, cgroupMount).Order())
        {
            if (ProcessFacts.Read(id, proc) is not { } facts || IsKernelThread(facts, proc))
            {
                continue;
            }

            var (stacks, obstacle) = finder.Find(id);
            if (scope is not null || stacks.Count > 0 || obstacle is not null)
            {
                found.Add(new TlsProcess(facts, stacks, obstacle));
            }
        }

        return found;
    }

    private static HashSet<uint> InScope(ProbeScope? scope, ProcFs proc, string? cgroupMount)
    {
        if (scope is null || scope.All)
        {
            return [.. proc.ReadAll().Select(static process => process.ProcessId)];
        }

        scope = ProbeOptionsCheck.WithContainers(scope, proc, cgroupMount);
        var cgroups = ProbeOptionsCheck.ResolveTargets(scope, proc, cgroupMount);
        var result = ScopeProcesses.Running(scope, cgroups, cgroupMount, proc).ToHashSet();
        if (scope.HasProcesses)
        {
            var all = proc.ReadAll();
            result.IntersectWith(ProcessTree.WithDescendants(
                scope.ProcessIds.Select(proc.ThreadGroup).OfType<uint>().Concat(ProcessTree.ByCommand(scope.Commands, all)), all));
        }

        if (scope.HasPorts)
        {
            result.IntersectWith(SocketOwners.Of(scope, result, proc));
        }

        return result;
    }

    // Those have no program: nothing is mapped, and no command line either.
    private static bool IsKernelThread(ProcessFacts facts, ProcFs proc) =>
        facts.ProcessId == 2 || facts.ParentId == 2 || (facts.CommandLine.Count == 0 && proc.ReadText(facts.ProcessId, "maps") is "");
}
