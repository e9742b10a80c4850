// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Reports;

namespace L7Trace.Analysis.SlowSql;

/// <summary>Transactions that were followed from their first statement to their end. Not thread-safe.</summary>
public sealed class TransactionFigures
{
    /// <summary>From the first statement's start to the end of what ended it, nanoseconds.</summary>
    public ExponentialHistogram Duration { get; } = new();

    /// <summary>Statements in each, those that began and ended it too.</summary>
    public ExponentialHistogram Statements { get; } = new();

    /// <summary>Time in each during which no statement ran, nanoseconds.</summary>
    public ExponentialHistogram Idle { get; } = new();

    /// <summary>Transactions.</summary>
    public long Count => Duration.Count;

    internal void Add(long duration, long statements, long idle)
    {
        Duration.Record(duration);
        Statements.Record(statements);
        Idle.Record(idle);
    }

    internal void Merge(TransactionFigures other)
    {
        Duration.Merge(other.Duration);
        Statements.Merge(other.Statements);
        Idle.Merge(other.Idle);
    }
}
