// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>Calls of one group that began in one interval of time, and how long they took together.</summary>
public sealed class LoadInterval : IMergeable<LoadInterval>
{
    /// <summary>Calls.</summary>
    public long Calls { get; private set; }

    /// <summary>Their time, nanoseconds.</summary>
    public double Time { get; private set; }

    /// <inheritdoc/>
    public void Merge(LoadInterval other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Calls += other.Calls;
        Time += other.Time;
    }

    internal void Add(long? duration)
    {
        Calls++;
        Time += duration ?? 0;
    }
}
