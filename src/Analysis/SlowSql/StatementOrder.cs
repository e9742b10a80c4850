// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.SlowSql;

/// <summary>What makes a group come first: the largest value.</summary>
public enum StatementOrder : byte
{
    /// <summary>Time in all.</summary>
    Total = 0,

    /// <summary>Calls.</summary>
    Calls = 1,

    /// <summary>Average time of a call.</summary>
    Average = 2,

    /// <summary>95th percentile of the time.</summary>
    P95 = 3,

    /// <summary>99th percentile of the time.</summary>
    P99 = 4,

    /// <summary>The longest time.</summary>
    Max = 5,

    /// <summary>Variance of the time by its average.</summary>
    VarianceToMean = 6,

    /// <summary>Rows sent.</summary>
    Rows = 7,

    /// <summary>Rows changed.</summary>
    Affected = 8,

    /// <summary>Bytes of the answers.</summary>
    Bytes = 9,

    /// <summary>Calls that failed.</summary>
    Errors = 10,
}

/// <summary>The figure behind an order.</summary>
public static class StatementOrders
{
    /// <summary>By what groups are compared.</summary>
    public static double KeyOf(this StatementOrder order, StatementGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return order switch
        {
            StatementOrder.Average => group.Time.Average,
            StatementOrder.P95 => group.Time.Percentile(0.95),
            StatementOrder.P99 => group.Time.Percentile(0.99),
            StatementOrder.Max => group.Time.Max,
            StatementOrder.VarianceToMean => group.VarianceToMean,
            _ => order.WeightOf(group),
        };
    }

    /// <summary>What the percentage of a limit is taken of: the figure itself where it adds up, else the time.</summary>
    public static double WeightOf(this StatementOrder order, StatementGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        return order switch
        {
            StatementOrder.Calls => group.Calls,
            StatementOrder.Rows => group.RowsSent.Sum,
            StatementOrder.Affected => group.RowsAffected.Sum,
            StatementOrder.Bytes => group.BytesSent.Sum,
            StatementOrder.Errors => group.Errors,
            _ => group.Time.Sum,
        };
    }
}
