// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Export.Otlp;

namespace L7Trace.Export.Text;

/// <summary>What became of the spans of a trace, in plain words.</summary>
internal static class SpanText
{
    /// <summary>A line of what was sent and what was not to be; nothing when none were asked for.</summary>
    public static void Append(StringBuilder text, SpanCounts? spans)
    {
        if (spans is null)
        {
            return;
        }

        text.Append(Count(spans.Sent)).Append(" sent");
        AppendIf(text, spans.NotSampled, "left out by the sampler");
        if (spans.LeftOut > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", none for {spans.LeftOut:#,0} {(spans.LeftOut == 1 ? "call" : "calls")} of which too little is known");
        }

        text.Append('\n');
    }

    /// <summary>A line for each way in which spans were lost.</summary>
    public static void AppendLosses(StringBuilder text, SpanCounts? spans)
    {
        if (spans is null)
        {
            return;
        }

        Lose(text, spans.QueueFull, "dropped because the collector could not keep up (OTEL_BSP_MAX_QUEUE_SIZE)", problem: null);
        Lose(text, spans.Failed, "not taken by the collector", spans.Problem);
        Lose(text, spans.Unsent, "not sent before the end", spans.Problem);
        Lose(text, spans.Rejected, "rejected by the collector", spans.Problem);
    }

    private static void Lose(StringBuilder text, long count, string why, string? problem)
    {
        if (count > 0)
        {
            text.Append("lost: ").Append(Count(count)).Append(' ').Append(why).Append(problem is null ? "" : ": " + OneLine(problem)).Append('\n');
        }
    }

    // A collector's words go to a terminal.
    private static string OneLine(string text) => TerminalText.Sanitize(text);

    private static void AppendIf(StringBuilder text, long count, string what)
    {
        if (count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", {count:#,0} {what}");
        }
    }

    private static string Count(long count) => string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {(count == 1 ? "span" : "spans")}");
}
