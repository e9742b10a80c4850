// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Reports;

namespace L7Trace.Analysis.SlowSql;

/// <summary>Everything that began in one interval of time.</summary>
public sealed class TrafficInterval : IMergeable<TrafficInterval>
{
    /// <summary>Statements.</summary>
    public long Statements { get; private set; }

    /// <summary>Commands that failed.</summary>
    public long Errors { get; private set; }

    /// <summary>Time of all commands that have one, nanoseconds.</summary>
    public ExponentialHistogram Time { get; } = new();

    /// <inheritdoc/>
    public void Merge(TrafficInterval other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Statements += other.Statements;
        Errors += other.Errors;
        Time.Merge(other.Time);
    }

    internal void Add(bool isStatement, bool isError, long? duration)
    {
        Statements += isStatement ? 1 : 0;
        Errors += isError ? 1 : 0;
        if (duration is { } time)
        {
            Time.Record(time);
        }
    }
}
