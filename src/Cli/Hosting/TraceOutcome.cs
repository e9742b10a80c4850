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

    /// <summary>Those of them that <c>--where</c> left out.</summary>
    public long LeftOutByWhere { get; init; }

    /// <summary>Those of them that it could not judge, because a field that it needs is not known.</summary>
    public long Undecided { get; init; }

    /// <summary>Why the trace could not go on, null when it just ended.</summary>
    public Exception? Failure { get; init; }
}
