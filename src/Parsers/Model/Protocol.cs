// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Model;

/// <summary>Protocol of a connection. The values up to <see cref="Other"/> equal <c>enum l7_protocol</c>.</summary>
public enum Protocol : byte
{
    /// <summary>Not known yet.</summary>
    Unknown = 0,

    /// <summary>MySQL and MariaDB client/server protocol.</summary>
    MySql = 1,

    /// <summary>HTTP/1.0 and HTTP/1.1.</summary>
    Http1 = 2,

    /// <summary>HTTP/2.</summary>
    Http2 = 3,

    /// <summary>TLS records: the plaintext, if any, comes from another source.</summary>
    Tls = 4,

    /// <summary>Clearly something that is not parsed.</summary>
    Other = 5,

    /// <summary>MySQL's X Protocol (port 33060): recognised, not parsed yet.</summary>
    MySqlX = 6,

    /// <summary>WebSocket.</summary>
    WebSocket = 7,
}
