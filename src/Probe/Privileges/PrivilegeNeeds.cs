// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Privileges;

/// <summary>What a trace goes on to need once it runs, besides what the probe itself does.</summary>
public sealed record PrivilegeNeeds
{
    /// <summary>It passes signals on to a command, which may run as another user.</summary>
    public bool SignalsCommand { get; init; }

    /// <summary>Files, folders and sockets that are written to later: new files of a recording, a container engine's socket.</summary>
    public IReadOnlyList<string> WritesLater { get; init; } = [];
}
