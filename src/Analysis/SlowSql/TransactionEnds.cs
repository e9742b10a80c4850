// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>How transactions ended, and how many could not be followed.</summary>
public sealed record TransactionEnds
{
    /// <summary>By COMMIT.</summary>
    public long Committed { get; internal set; }

    /// <summary>By ROLLBACK, or by the server for a deadlock.</summary>
    public long RolledBack { get; internal set; }

    /// <summary>By a statement that commits by itself (DDL, another BEGIN, SET autocommit).</summary>
    public long Implicit { get; internal set; }

    /// <summary>By the end or reset of their connection, which rolls them back; not in the figures of durations.</summary>
    public long WithConnection { get; internal set; }

    /// <summary>Open when the trace ended; not in the figures.</summary>
    public long Open { get; internal set; }

    /// <summary>Begun before the trace, or with something missing in between; not in the figures.</summary>
    public long NotFollowed { get; internal set; }
}
