// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using L7Trace.Probe.Containers;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Processes;
using static L7Trace.Probe.Events.EventLayout;

namespace L7Trace.Probe.Scope;

/// <summary>Checks options before anything is loaded, and turns them into the kernel side's knobs.</summary>
internal static class ProbeOptionsCheck
{
    /// <summary>The reader is woken when this part of the data ring is full; below it, time wakes it.</summary>
    private const uint WakeupDivisor = 8;

    /// <summary>Never wake for less: one wake-up per record halves what the traced program gets done.</summary>
    private const uint MinWakeupBytes = 16 * 1024;

    /// <summary>Throws for a value out of range or a scope that says nothing or contradicts itself.</summary>
    internal static void Validate(ProbeOptions options)
    {
        var scope = options.Scope;
        var chosen = scope.HasProcesses || scope.HasCgroups || scope.HasPorts || scope.Containers.Count != 0;
        Require(scope.All || chosen, "cannot trace: nothing was chosen (a process, a name, a cgroup, a container, a port, or all)");
        Require(!scope.All || !chosen, "cannot trace everything and a choice at the same time");
        Require(
            options.CaptureLimit is >= ProbeOptions.MinCaptureLimit and <= ProbeOptions.MaxCaptureLimit,
            $"the capture limit must be {ProbeOptions.MinCaptureLimit} to {ProbeOptions.MaxCaptureLimit} bytes, "
                + $"not {options.CaptureLimit}");
        Require(
            options.FramedCaptureLimit is >= ProbeOptions.MinCaptureLimit and <= ProbeOptions.MaxCaptureLimit,
            $"the capture limit for HTTP/2 must be {ProbeOptions.MinCaptureLimit} to {ProbeOptions.MaxCaptureLimit} bytes, "
                + $"not {options.FramedCaptureLimit}");
        Require(
            options.TailLimit <= ProbeOptions.MaxTailLimit,
            $"the tail limit must be 0 to {ProbeOptions.MaxTailLimit} bytes, not {options.TailLimit}");
        RequireRing("data", options.DataRingBytes);
        RequireRing("control", options.ControlRingBytes);
        Require(scope.Commands.All(name => name.Length != 0), "a process name must not be empty");
        Require(scope.LocalPorts.Concat(scope.RemotePorts).Concat(scope.AnyPorts).All(port => port != 0),
            "a port must be 1 to 65535");
    }

    /// <summary>Throws when a process or cgroup that was named does not exist; gives the ids of all cgroups.</summary>
    internal static IReadOnlyList<ulong> ResolveTargets(ProbeScope scope, ProcFs proc, string? cgroupMount)
    {
        foreach (var id in scope.ProcessIds)
        {
            if (proc.ThreadGroup(id) is null)
            {
                throw ProbeErrors.ProcessNotFound(id);
            }
        }

        return
        [
            .. scope.CgroupIds,
            .. scope.CgroupPaths.Select(path =>
                CgroupId.Find(path, cgroupMount) ?? throw ProbeErrors.CgroupNotFound(path, cgroupMount)),
        ];
    }

    /// <summary>The same scope with its containers as the processes and control groups that they come to.</summary>
    internal static ProbeScope WithContainers(ProbeScope scope, ProcFs proc, string? cgroupMount)
    {
        var (processes, cgroups) = ContainerTargets.Resolve(
            scope.Containers, proc, path => CgroupId.Find(path, cgroupMount), ContainerEngine.List);
        Require(
            cgroups.Count == 0 || (processes.Count == 0 && !scope.HasProcesses),
            "cannot trace a container by its control group and processes besides: both would have to hold; name one kind");
        return scope with
        {
            Containers = [],
            ProcessIds = [.. scope.ProcessIds, .. processes],
            CgroupIds = [.. scope.CgroupIds, .. cgroups],
        };
    }

    /// <summary>The knobs; the ABI version and the use of socket tracepoints are set where the object is loaded.</summary>
    internal static L7Config ToConfig(ProbeOptions options) => new()
    {
        SelfTgid = (uint)Environment.ProcessId,
        CaptureLimit = options.CaptureLimit,
        TailLimit = options.TailLimit,
        FramedLimit = options.FramedCaptureLimit,
        ScopeFlags = ScopeWriter.Flags(options.Scope) | (options.CountsHits ? L7ScopeFlags.Hits | L7ScopeFlags.Secrets
            : options.Ciphertext ? L7ScopeFlags.Ciphertext
            : options.KeyLog is not null ? L7ScopeFlags.Secrets
            : 0),
        WakeupBytes = Math.Max(MinWakeupBytes, options.DataRingBytes / WakeupDivisor),
    };

    private static void RequireRing(string name, uint bytes) => Require(
        bytes is >= ProbeOptions.MinRingBytes and <= ProbeOptions.MaxRingBytes && BitOperations.IsPow2(bytes),
        $"the {name} ring must be a power of two from 64 KiB to 1 GiB, not {bytes} bytes");

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw ProbeErrors.InvalidOption(otherwise);
        }
    }
}
