// SPDX-License-Identifier: Apache-2.0
using System.Text.RegularExpressions;
using L7Trace.Analysis.Checks;

namespace L7Trace.Cli.Options;

/// <summary>What <c>check</c> was asked for.</summary>
/// <param name="Rules">What must hold.</param>
/// <param name="Ignored">Digests and routes that don't count.</param>
/// <param name="JUnitFile">Where the results go as JUnit XML; null for nowhere.</param>
internal sealed record CheckSettings(CheckRules Rules, IReadOnlyList<Regex> Ignored, string? JUnitFile);
