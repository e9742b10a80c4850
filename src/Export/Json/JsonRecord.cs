// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Json;

/// <summary>One line of a JSON lines file, as far as it concerns a report.</summary>
/// <param name="Exchange">The exchange; null when the record is of another type.</param>
/// <param name="Losses">What was lost, of loss and summary records; null for others.</param>
/// <param name="IsSummary">The losses are those of the whole trace, not only what was lost since the record before.</param>
public readonly record struct JsonRecord(Exchange? Exchange, LossCounts? Losses = null, bool IsSummary = false);
