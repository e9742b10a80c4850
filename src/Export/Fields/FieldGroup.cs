// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Fields;

/// <summary>
/// Fields that are known together or not at all. Most exchanges have few of the many fields, and asking a group whether it
/// has any costs less than asking each of its fields.
/// </summary>
internal enum FieldGroup
{
    /// <summary>Each is asked.</summary>
    Any,

    /// <summary>They depend on the connection and its role alone.</summary>
    Connection,

    /// <summary>MySQL answered with an error.</summary>
    MySqlError,

    /// <summary>A login or change of user.</summary>
    MySqlLogin,

    /// <summary>Session tracking said something.</summary>
    MySqlSession,

    /// <summary>Status flags that are seldom set.</summary>
    MySqlStatus,

    /// <summary>What most statements don't have: values, batches, cursors, files, several results, missing bytes.</summary>
    MySqlSpecial,

    /// <summary>HTTP/2.</summary>
    Http2,

    /// <summary>gRPC.</summary>
    Grpc,

    /// <summary>A WebSocket connection.</summary>
    WebSocketConnection,

    /// <summary>A message on one.</summary>
    WebSocketMessage,
}
