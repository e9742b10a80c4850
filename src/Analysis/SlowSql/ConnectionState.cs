// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>Whether a connection is in a transaction.</summary>
internal enum TransactionState : byte
{
    /// <summary>Not known: no answer has said so since tracing began or since something was missed.</summary>
    Unknown,

    /// <summary>It is in none.</summary>
    None,

    /// <summary>It is in one whose begin was seen.</summary>
    Open,

    /// <summary>It is in one whose begin was not seen.</summary>
    OpenBefore,
}

/// <summary>What a report remembers of one connection from statement to statement.</summary>
internal sealed class ConnectionState
{
    /// <summary>Names of the user, schema and client as they were last, and the objects that stand for them.</summary>
    public (string? Seen, string Name) User { get; set; } = (null, "");

    public (string? Seen, string Name) Schema { get; set; } = (null, "");

    public (string? Program, string Name) Client { get; set; } = (null, "");

    public TransactionState Transaction { get; set; }

    /// <summary>Begin of the open transaction, nanoseconds since the Unix epoch.</summary>
    public long TransactionStart { get; set; }

    /// <summary>Statements in it so far.</summary>
    public long TransactionStatements { get; set; }

    /// <summary>Nanoseconds in it without a statement, so far.</summary>
    public long TransactionIdle { get; set; }

    /// <summary>End of the last answer.</summary>
    public long LastEnd { get; set; }

    /// <summary>
    /// End, and idle time and statements until then, of the first statement in the transaction that failed after the last
    /// answer that had flags: the server may have rolled back there.
    /// </summary>
    public (long End, long Idle, long Statements)? Failure { get; set; }

    /// <summary>Groups whose statements ran in the transaction, each once.</summary>
    public List<StatementGroup> TransactionGroups { get; } = [];

    /// <summary>Stream offset behind the last command, 0 when it is not known.</summary>
    public ulong LastOffset { get; set; }

    /// <summary>Begin of the last command.</summary>
    public long LastStart { get; set; }

    /// <summary>Statements that are prepared and not closed; null before the first.</summary>
    public HashSet<uint>? Prepared { get; set; }
}
