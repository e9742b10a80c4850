// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>
/// What is traced; applied in the kernel before a byte of payload is read. Entries of one kind are alternatives, and
/// a connection must match every kind that is given: processes (ids, commands, children), cgroups, ports.
/// </summary>
public sealed record ProbeScope
{
    /// <summary>Processes by id, with the children that they have and will have.</summary>
    public IReadOnlyList<uint> ProcessIds { get; init; } = [];

    /// <summary>
    /// Command names (comm: at most 15 bytes count), of running processes and of ones that are executed later.
    /// </summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>cgroup v2 ids; descendants are in scope too.</summary>
    public IReadOnlyList<ulong> CgroupIds { get; init; } = [];

    /// <summary>cgroup v2 folders, as absolute paths or relative to where cgroup v2 is mounted.</summary>
    public IReadOnlyList<string> CgroupPaths { get; init; } = [];

    /// <summary>Containers by name, id or the beginning of it, running now.</summary>
    public IReadOnlyList<string> Containers { get; init; } = [];

    /// <summary>Ports of the traced process's own end.</summary>
    public IReadOnlyList<ushort> LocalPorts { get; init; } = [];

    /// <summary>Ports of the other end.</summary>
    public IReadOnlyList<ushort> RemotePorts { get; init; } = [];

    /// <summary>Ports of either end.</summary>
    public IReadOnlyList<ushort> AnyPorts { get; init; } = [];

    /// <summary>Everything on the machine but the tracer; excludes every other setting.</summary>
    public bool All { get; init; }

    /// <summary>Processes that this process starts after <see cref="LiveProbe.Start"/>.</summary>
    public bool Children { get; init; }

    /// <summary>True when processes are chosen by id, name or parentage.</summary>
    internal bool HasProcesses => ProcessIds.Count != 0 || Commands.Count != 0 || Children;

    internal bool HasCgroups => CgroupIds.Count != 0 || CgroupPaths.Count != 0;

    internal bool HasPorts => LocalPorts.Count != 0 || RemotePorts.Count != 0 || AnyPorts.Count != 0;
}
