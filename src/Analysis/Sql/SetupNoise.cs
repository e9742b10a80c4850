// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>Why a statement is none of what an application asks its data for.</summary>
public enum SetupNoise : byte
{
    /// <summary>It is one.</summary>
    None = 0,

    /// <summary>It sets up or asks for the session: SET, USE, SHOW, SELECT @@version, SELECT 1.</summary>
    Session,

    /// <summary>It begins or ends a transaction.</summary>
    Transaction,

    /// <summary>It changes or reads the schema: DDL, information_schema, a migration tool's own tables and locks.</summary>
    Schema,
}
