// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>What the statements of a group have in common.</summary>
public enum StatementGrouping : byte
{
    /// <summary>Schema and digest (or the command, where there is no statement).</summary>
    Digest = 0,

    /// <summary>The user who logged in.</summary>
    User = 1,

    /// <summary>Program and host of the client.</summary>
    Client = 2,

    /// <summary>Default schema.</summary>
    Schema = 3,
}
