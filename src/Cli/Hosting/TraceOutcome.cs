// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers.Model;

namespace L7Trace.Cli.Hosting;

/// <summary>What a trace came to.</summary>
/// <param name="Summary">The figures of what was shown.</param>
/// <param name="InFlight">What was still running at the end, oldest first, after the filters.</param>
internal sealed record TraceOutcome(TraceSummary Summary, IReadOnlyList<Exchange> InFlight)
{
    /// <summary>Finished exchanges that the filters left out.</summary>
    public long FilteredOut { get; init; }

    /// <summary>Why the trace could not go on, null when it just ended.</summary>
    public Exception? Failure { get; init; }
}
