// SPDX-License-Identifier: Apache-2.0
using System.Net;

namespace L7Trace.Parsers.Model;

/// <summary>What is known about one connection. Made when it is first seen; a few facts are learnt later.</summary>
public sealed class ConnectionInfo
{
    /// <summary>Identity of the socket.</summary>
    public required ConnectionId Id { get; init; }

    /// <summary>Side of the traced process; may be learnt later.</summary>
    public EndpointRole Role { get; set; }

    /// <summary>How the role is known.</summary>
    public RoleEvidence RoleEvidence { get; set; }

    /// <summary>Traced process that was first seen using it, 0 for packets.</summary>
    public uint ProcessId { get; init; }

    /// <summary>Its command name (comm), at most 15 bytes; empty for packets.</summary>
    public string ProcessCommand { get; init; } = "";

    /// <summary>cgroup v2 id of that process, 0 if unknown.</summary>
    public ulong CgroupId { get; init; }

    /// <summary>Inode number of its network namespace, 0 if unknown.</summary>
    public uint NetworkNamespace { get; init; }

    /// <summary>Local IP address and port; null for a Unix socket.</summary>
    public IPEndPoint? Local { get; set; }

    /// <summary>Remote IP address and port; null for a Unix socket.</summary>
    public IPEndPoint? Remote { get; set; }

    /// <summary>Unix socket: the listener's path ("@name" for the abstract kind); null for IP.</summary>
    public string? UnixPath { get; set; }

    /// <summary>Unix socket: process at the other end by its credentials, 0 if unknown.</summary>
    public uint PeerProcessId { get; init; }

    /// <summary>Inode number of the socket, 0 if unknown.</summary>
    public ulong Inode { get; init; }

    /// <summary>Unix socket: inode number of the other end, 0 if unknown.</summary>
    public ulong PeerInode { get; init; }

    /// <summary>True when both streams were seen from their first byte.</summary>
    public bool FromStart { get; init; }

    /// <summary>True when the two offsets below are known; else each stream begins at its first segment.</summary>
    public bool OffsetsKnown { get; init; }

    /// <summary>Stream offset at which capture began, sent bytes.</summary>
    public ulong EgressOffset { get; init; }

    /// <summary>Stream offset at which capture began, received bytes.</summary>
    public ulong IngressOffset { get; init; }

    /// <summary>One end broke it off (RST); set when it is over, and only where the source shows it.</summary>
    public bool IsReset { get; set; }

    /// <summary>When it was first seen, nanoseconds since the Unix epoch.</summary>
    public long FirstSeen { get; init; }

    /// <summary>
    /// How the peer is known; IP and Unix sockets read from the kernel are <see cref="PeerProof.Socket"/>. That of plaintext
    /// may be learnt later, with the addresses.
    /// </summary>
    public PeerProof PeerProof { get; set; } = PeerProof.Socket;

    /// <summary>The end that accepted: local for a server, remote for a client or an unknown role.</summary>
    public IPEndPoint? ServerEndPoint => Role == EndpointRole.Server ? Local : Remote;

    /// <summary>The end that connected.</summary>
    public IPEndPoint? ClientEndPoint => Role == EndpointRole.Server ? Remote : Local;
}
