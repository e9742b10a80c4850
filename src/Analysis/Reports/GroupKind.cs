// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Reports;

/// <summary>What the exchanges of a group have in common.</summary>
public enum GroupKind : byte
{
    /// <summary>Schema and digest of a MySQL statement (or the command, where it has no statement).</summary>
    Statement = 0,

    /// <summary>Host, method and route of an HTTP request.</summary>
    Route = 1,

    /// <summary>Host and route of WebSocket connections.</summary>
    WebSocket = 2,
}
