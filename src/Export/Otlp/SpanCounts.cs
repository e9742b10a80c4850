// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp;

/// <summary>What became of the spans of a trace. Each is counted once.</summary>
public sealed record SpanCounts
{
    /// <summary>The collector took them.</summary>
    public long Sent { get; init; }

    /// <summary>The collector took the request, and said of so many that it did not (partial success).</summary>
    public long Rejected { get; init; }

    /// <summary>They came while the queue was full.</summary>
    public long QueueFull { get; init; }

    /// <summary>The collector refused them, or was not reached in all the time that a batch is tried.</summary>
    public long Failed { get; init; }

    /// <summary>They still waited when the time for the end was over.</summary>
    public long Unsent { get; init; }

    /// <summary>The sampler left them out.</summary>
    public long NotSampled { get; init; }

    /// <summary>Calls that made no span, because their side, beginning, end or answer is not known for sure.</summary>
    public long LeftOut { get; init; }

    /// <summary>Those that should have arrived and did not.</summary>
    public long Lost => Rejected + QueueFull + Failed + Unsent;

    /// <summary>What the collector said last when not all was well; null when it always was.</summary>
    public string? Problem { get; init; }
}
