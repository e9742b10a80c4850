// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>Counts over a whole trace that belong to no group.</summary>
public sealed record StatementTotals
{
    /// <summary>COM_QUERY, COM_STMT_EXECUTE and COM_STMT_BULK_EXECUTE.</summary>
    public long Statements { get; internal set; }

    /// <summary>Logins that succeeded.</summary>
    public long Logins { get; internal set; }

    /// <summary>Logins that the server refused.</summary>
    public long FailedLogins { get; internal set; }

    /// <summary>Logins whose connection ended before the server's word.</summary>
    public long AbortedLogins { get; internal set; }

    /// <summary>COM_STMT_PREPARE that succeeded.</summary>
    public long Prepares { get; internal set; }

    /// <summary>COM_STMT_EXECUTE and COM_STMT_BULK_EXECUTE.</summary>
    public long Executes { get; internal set; }

    /// <summary>COM_STMT_CLOSE.</summary>
    public long Closes { get; internal set; }

    /// <summary>Statements prepared on connections that have ended since, or were reset, without closing them.</summary>
    public long NeverClosed { get; internal set; }

    /// <summary>Statements that were prepared in the trace and are open at its end.</summary>
    public long OpenStatements { get; internal set; }

    /// <summary>Version of the server that was seen last; null when no login was.</summary>
    public string? ServerVersion { get; internal set; }

    /// <summary>Servers of different versions were seen.</summary>
    public bool SeveralVersions { get; internal set; }

    /// <summary>Transactions that were followed.</summary>
    public TransactionFigures Transactions { get; internal set; } = new();

    /// <summary>How transactions ended.</summary>
    public TransactionEnds TransactionEnds { get; internal set; } = new();

    /// <summary>Connections that were not followed from statement to statement because there were too many.</summary>
    public long ConnectionsNotFollowed { get; internal set; }
}
