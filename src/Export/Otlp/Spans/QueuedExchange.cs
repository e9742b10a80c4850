// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Otlp.Spans;

/// <summary>An exchange that waits to be sent, with what was known of its processes while they ran.</summary>
/// <param name="Exchange">The view that is shown.</param>
/// <param name="Process">Whose it is.</param>
/// <param name="Other">The view of the other end, when it becomes a span too.</param>
/// <param name="OtherProcess">Whose that is; null without <paramref name="Other"/>.</param>
internal readonly record struct QueuedExchange(Exchange Exchange, TracedProcess Process, Exchange? Other, TracedProcess? OtherProcess)
{
    /// <summary>Spans that it becomes.</summary>
    public int SpanCount => Other is null ? 1 : 2;
}
