// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Otlp.Sending;

/// <summary>What came of one try.</summary>
internal enum SendResult : byte
{
    /// <summary>The collector took it, or part of it.</summary>
    Taken = 0,

    /// <summary>It did not, and says that it may another time; or it was not reached.</summary>
    Retry = 1,

    /// <summary>It did not and never will.</summary>
    Refused = 2,
}

/// <summary>What came of one try, and what the collector said to it.</summary>
/// <param name="Result">The result.</param>
/// <param name="Message">In words, for the user; null when all is well.</param>
/// <param name="Rejected">Spans that were not taken (partial success).</param>
/// <param name="After">How long to wait at least before the next try, as the collector wants it; null when it did not say.</param>
internal readonly record struct SendAnswer(SendResult Result, string? Message = null, long Rejected = 0, TimeSpan? After = null)
{
    /// <summary>Not now.</summary>
    public static SendAnswer Retry(string message, TimeSpan? after = null) => new(SendResult.Retry, message, After: after);

    /// <summary>Not at all.</summary>
    public static SendAnswer Refused(string message) => new(SendResult.Refused, message);

    /// <summary>Taken, but for what the collector rejected.</summary>
    public static SendAnswer Taken(Messages.ExportTracePartialSuccess? partial) =>
        partial is null ? default
        : new(SendResult.Taken, partial.ErrorMessage is { Length: > 0 } message ? message : null, Math.Max(0, partial.RejectedSpans));
}
