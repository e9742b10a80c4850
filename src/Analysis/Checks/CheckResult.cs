// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Analysis.Checks;

/// <summary>What became of one rule.</summary>
/// <param name="Rule">The rule, as the command line names it.</param>
/// <param name="Outcome">Whether it holds.</param>
/// <param name="Found">What was found against it, or why it can't be said: one line each. Captured text is in it: not safe for a terminal.</param>
public sealed record CheckResult(string Rule, CheckOutcome Outcome, IReadOnlyList<string> Found);
