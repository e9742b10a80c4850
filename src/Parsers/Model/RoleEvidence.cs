// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>How an <see cref="EndpointRole"/> is known, weakest first among the values that name a reason.</summary>
public enum RoleEvidence : byte
{
    /// <summary>Not known.</summary>
    None = 0,

    /// <summary>connect(2) was seen on this socket.</summary>
    Connect = 1,

    /// <summary>accept(2) returned this socket.</summary>
    Accept = 2,

    /// <summary>Unix socket: this end inherited the listener's path (server), or the other one did (client).</summary>
    UnixPath = 3,

    /// <summary>A listener exists (server) or none exists (client) on the local port in that network namespace.</summary>
    Listener = 4,

    /// <summary>The protocol's own first message.</summary>
    FirstMessage = 5,

    /// <summary>The capture's three-way handshake.</summary>
    Handshake = 6,
}
