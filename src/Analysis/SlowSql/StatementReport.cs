// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Analysis.SlowSql;

/// <summary>The slow-SQL report: what a MySQL server was asked, grouped and ranked.</summary>
/// <param name="Start">Begin of the time that is reported on, nanoseconds since the Unix epoch.</param>
/// <param name="End">Its end.</param>
/// <param name="Grouping">What a group has in common.</param>
/// <param name="Order">By what the groups are ranked.</param>
/// <param name="All">The figures of all groups together.</param>
/// <param name="Totals">Counts that belong to no group.</param>
/// <param name="Groups">The groups that are shown, the first rank first.</param>
/// <param name="Misc">The groups that are not shown, together; null when all are.</param>
/// <param name="Traffic">Everything over time.</param>
/// <param name="InFlight">Commands that still ran at the end, the oldest first.</param>
public sealed record StatementReport(
    long Start,
    long End,
    StatementGrouping Grouping,
    StatementOrder Order,
    StatementGroup All,
    StatementTotals Totals,
    IReadOnlyList<StatementGroup> Groups,
    StatementGroup? Misc,
    TimeSeries<TrafficInterval> Traffic,
    IReadOnlyList<Exchange> InFlight)
{
    /// <summary>Seconds of the report; 0 when it has no length.</summary>
    public double Seconds => Math.Max(0, End - Start) / 1e9;

    /// <summary>Statements a second; null when the report has no length.</summary>
    public double? StatementsPerSecond => Seconds > 0 ? Totals.Statements / Seconds : null;

    /// <summary>Commands that ran at the same time, on average; null when the report has no length.</summary>
    public double? Concurrency => ConcurrencyOf(All);

    /// <summary>The same for one group.</summary>
    public double? ConcurrencyOf(StatementGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return Seconds > 0 ? group.Time.Sum / 1e9 / Seconds : null;
    }

    /// <summary>A group's share of the time of all, 0 to 1.</summary>
    public double ShareOf(StatementGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return All.Time.Sum > 0 ? group.Time.Sum / All.Time.Sum : 0;
    }
}
