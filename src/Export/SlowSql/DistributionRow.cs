// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Reports;

namespace L7Trace.Export.SlowSql;

/// <summary>One row of a group's figures.</summary>
/// <param name="Name">What is measured; in small letters where it is a part of the row above.</param>
/// <param name="Share">Of the same figure of all groups.</param>
/// <param name="Total">The sum.</param>
/// <param name="Values">The distribution.</param>
/// <param name="Show">Writes one value.</param>
internal sealed record DistributionRow(
    string Name, string Share, string Total, ExponentialHistogram Values, Func<double, string> Show)
{
    /// <summary>Smallest, average, percentiles 50, 95 and 99, largest, standard deviation.</summary>
    public string[] Cells =>
    [
        Show(Values.Min), Show(Values.Average), Show(Values.Percentile(0.5)), Show(Values.Percentile(0.95)),
        Show(Values.Percentile(0.99)), Show(Values.Max), Show(Values.StandardDeviation),
    ];
}
