// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.SlowSql;

namespace L7Trace.Cli.Options;

/// <summary>What <c>report mysql</c> was asked for.</summary>
/// <param name="Grouping">What a group has in common.</param>
/// <param name="Order">By what groups are ranked.</param>
/// <param name="Limit">Groups that are shown; null for what suits the output.</param>
internal sealed record StatementReportSettings(StatementGrouping Grouping, StatementOrder Order, StatementLimit? Limit);
