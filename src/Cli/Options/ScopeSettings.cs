// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Cli.Options;

/// <summary>What is traced. Entries of one kind are alternatives; different kinds must all hold.</summary>
internal sealed record ScopeSettings
{
    /// <summary>Processes by id.</summary>
    public IReadOnlyList<uint> ProcessIds { get; init; } = [];

    /// <summary>Processes by command name.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Control groups by path or id.</summary>
    public IReadOnlyList<string> Cgroups { get; init; } = [];

    /// <summary>Containers by name, id or the beginning of it.</summary>
    public IReadOnlyList<string> Containers { get; init; } = [];

    /// <summary>Ports at either end.</summary>
    public IReadOnlyList<ushort> Ports { get; init; } = [];

    /// <summary>Ports at the traced end.</summary>
    public IReadOnlyList<ushort> LocalPorts { get; init; } = [];

    /// <summary>Ports at the other end.</summary>
    public IReadOnlyList<ushort> RemotePorts { get; init; } = [];

    /// <summary>The whole machine.</summary>
    public bool All { get; init; }

    /// <summary>The command that l7trace starts, and its children.</summary>
    public bool Children { get; init; }

    /// <summary>True when nothing says what to trace.</summary>
    public bool IsEmpty =>
        !All && !Children && ProcessIds.Count == 0 && Names.Count == 0 && Cgroups.Count == 0 && Containers.Count == 0 && !HasPorts;

    /// <summary>True when a port narrows it.</summary>
    public bool HasPorts => Ports.Count + LocalPorts.Count + RemotePorts.Count > 0;

    /// <summary>True when processes named by id are all there is: the trace may end with them.</summary>
    public bool EndsWithProcesses => ProcessIds.Count > 0 && Names.Count == 0 && Cgroups.Count == 0 && Containers.Count == 0;
}
