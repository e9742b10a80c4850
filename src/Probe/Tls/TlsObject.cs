// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;

namespace L7Trace.Probe.Tls;

/// <summary>
/// One object of a TLS library (OpenSSL's SSL, GnuTLS's session) in a traced process, from when it is first seen to its end.
/// </summary>
internal sealed class TlsObject
{
    /// <summary>The kernel side's id of it; its plaintext comes under it.</summary>
    internal required ConnectionId Id { get; init; }

    /// <summary>Its address in the process.</summary>
    internal ulong Address { get; init; }

    /// <summary>The process.</summary>
    internal required uint ProcessId { get; init; }

    /// <summary>Its command name.</summary>
    internal string ProcessCommand { get; init; } = "";

    /// <summary>cgroup v2 id of the process, 0 if unknown.</summary>
    internal ulong CgroupId { get; init; }

    /// <summary>Which library.</summary>
    internal SegmentSource Source { get; init; }

    /// <summary>True when its making was seen, or in Go its handshake.</summary>
    internal bool FromStart { get; set; }

    /// <summary>When it was first seen, nanoseconds since the Unix epoch.</summary>
    internal long FirstSeen { get; init; }

    /// <summary>The connection that carries its ciphertext; none while that is not proven.</summary>
    internal ConnectionId? Connection { get; set; }

    /// <summary>True once its plaintext is shown as a connection of its own, because no proof came in time.</summary>
    internal bool IsOnItsOwn { get; set; }

    /// <summary>True when its connection is gone, or carries another object's ciphertext: what comes yet belongs to nobody.</summary>
    internal bool IsOver { get; set; }

    /// <summary>Plaintext that waits for the proof.</summary>
    internal List<HeldCall> Held { get; } = [];

    /// <summary>Bytes of it.</summary>
    internal long HeldBytes { get; set; }

    /// <summary>Event time of the oldest of it.</summary>
    internal long HeldSince { get; set; }
}
