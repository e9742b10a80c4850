// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Plaintext;

/// <summary>One direction of a connection's plaintext, and what is remembered of it from call to call. Belongs to who shows it.</summary>
/// <param name="connection">The connection; its peer may be learnt later.</param>
/// <param name="direction">Which direction.</param>
public sealed class PlaintextStream(ConnectionInfo connection, Direction direction)
{
    /// <summary>The connection.</summary>
    public ConnectionInfo Connection { get; } = connection;

    /// <summary>Which direction.</summary>
    public Direction Direction { get; } = direction;

    /// <summary>True when these are the bytes of who connected; where the role is not known, of both.</summary>
    internal bool IsFromClient => Connection.Role switch
    {
        EndpointRole.Client => Direction == Direction.Egress,
        EndpointRole.Server => Direction == Direction.Ingress,
        _ => true,
    };

    /// <summary>Where the next call should begin; null before the first.</summary>
    internal ulong? Next { get; set; }

    internal Http1Withholding Http1 { get; } = new();

    internal Http2Withholding Http2 { get; } = new();

    internal MySqlWithholding MySql { get; } = new();
}
