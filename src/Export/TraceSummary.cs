// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export.Otlp;
using L7Trace.Parsers.Model;

namespace L7Trace.Export;

/// <summary>What a whole trace came to. Not thread-safe.</summary>
public sealed class TraceSummary
{
    private readonly long[] _byCompleteness = new long[4];

    /// <summary>When tracing began, nanoseconds since the Unix epoch.</summary>
    public long Start { get; set; }

    /// <summary>When it ended.</summary>
    public long End { get; set; }

    /// <summary>Finished exchanges.</summary>
    public long Exchanges { get; private set; }

    /// <summary>Those that failed.</summary>
    public long Errors { get; private set; }

    /// <summary>Exchanges that still ran at the end.</summary>
    public long Running { get; set; }

    /// <summary>Connections that were seen.</summary>
    public long Connections { get; set; }

    /// <summary>Connections still in the table at the end.</summary>
    public long OpenConnections { get; set; }

    /// <summary>What is missing.</summary>
    public LossCounts Losses { get; set; } = new();

    /// <summary>What became of the spans; null when none were to be sent.</summary>
    public SpanCounts? Spans { get; set; }

    /// <summary>Counts a finished exchange.</summary>
    public void Count(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        Exchanges++;
        Errors += exchange.IsError ? 1 : 0;
        _byCompleteness[(int)exchange.Completeness.Kind]++;
    }

    /// <summary>Finished exchanges of one kind of completeness.</summary>
    public long CountOf(CompletenessKind kind) => _byCompleteness[(int)kind];
}
