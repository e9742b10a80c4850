// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Sql;

/// <summary>What a statement does, by its first keyword.</summary>
public enum StatementKind : byte
{
    /// <summary>Its text is not known.</summary>
    Unknown = 0,

    /// <summary>SELECT, TABLE or VALUES, a WITH in front of it too.</summary>
    Select,

    /// <summary>INSERT or REPLACE.</summary>
    Insert,

    /// <summary>UPDATE.</summary>
    Update,

    /// <summary>DELETE.</summary>
    Delete,

    /// <summary>CALL.</summary>
    Call,

    /// <summary>BEGIN, START TRANSACTION, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, XA.</summary>
    Transaction,

    /// <summary>SET, USE, SHOW, and the like: about the session, not about data.</summary>
    Session,

    /// <summary>CREATE, ALTER, DROP, RENAME, TRUNCATE and the like.</summary>
    Definition,

    /// <summary>Anything else.</summary>
    Other,
}
