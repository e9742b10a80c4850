// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Streams;

namespace L7Trace.Parsers.Protocols;

/// <summary>What the connections of one engine, which runs on one thread, use in turn: an idle one holds nothing of it.</summary>
internal sealed class SharedPools
{
    public SharedPools() => Http1Messages = new Http1MessagePool(Bytes);

    /// <summary>Arrays for bytes that wait.</summary>
    public BytePool Bytes { get; } = new();

    /// <summary>Messages of HTTP/1 that are read, or wait for their counterpart.</summary>
    public Http1MessagePool Http1Messages { get; }

    /// <summary>Commands of MySQL that wait for their answer.</summary>
    public PendingCommandPool MySqlCommands { get; } = new();
}
