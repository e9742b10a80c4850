// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;

namespace L7Trace.Export;

/// <summary>What was traced and what is missing, in plain words, for the end of a trace (standard error).</summary>
public static class LossText
{
    /// <summary>A few lines, each ended by a newline: one of counts, then one per kind of loss.</summary>
    public static string Of(TraceSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        var text = new StringBuilder();
        text.Append(Count(summary.Exchanges, "exchange")).Append(" on ").Append(Count(summary.Connections, "connection"));
        if (summary.End > summary.Start)
        {
            text.Append(" in ").Append(Units.Duration(summary.End - summary.Start));
        }

        AppendIf(text, summary.Errors, "failed");
        AppendIf(text, summary.Running, "still running");
        AppendIf(text, summary.CountOf(CompletenessKind.Truncated), "truncated");
        AppendIf(text, summary.CountOf(CompletenessKind.Resynced), "found again after a gap");
        AppendIf(text, summary.CountOf(CompletenessKind.Unmatched), "without a safe match of request and answer");
        text.Append('\n');
        SpanText.Append(text, summary.Spans);
        if (summary.Losses.IsEmpty && summary.Spans is not { Lost: > 0 })
        {
            return text.Append("nothing was lost\n").ToString();
        }

        foreach (var (reason, count) in summary.Losses.NonZero)
        {
            text.Append("lost: ").Append(Describe(reason, count)).Append('\n');
        }

        SpanText.AppendLosses(text, summary.Spans);

        return text.ToString();
    }

    /// <summary>One loss in plain words, with what helps against it where something does.</summary>
    public static string Describe(LossCause reason, ulong count) => reason switch
    {
        LossCause.DataRingFull => Say(count, "call", "did not fit into the data ring (a larger ring or a narrower scope helps)"),
        LossCause.DataRingBytes => Say(count, "byte", "moved by calls that did not fit into the data ring"),
        LossCause.RingTruncated => Say(count, "call", "recorded with fewer bytes than asked for, for want of room in the data ring"),
        LossCause.ControlRingFull => Say(count, "connection or process event", "did not fit into the control ring"),
        LossCause.CallsFull => Say(count, "call", "could not be remembered between entry and exit: too many at once"),
        LossCause.ConnectionsFull => Say(count, "connection", "found no room in the kernel's table"),
        LossCause.Unattributed => Say(count, "call", "whose descriptor was closed or replaced while it ran: which socket it used is not known"),
        LossCause.UserFault => Say(count, "call", "whose memory could not be read"),
        LossCause.OffsetUnproven => Say(count, "call", "whose place in the stream could not be proven (several threads on one socket)"),
        LossCause.ProcessesFull => Say(count, "child process", "could not be followed"),
        LossCause.Undecodable => Say(count, "record", "that could not be decoded (a bug in l7trace: please report it)"),
        LossCause.TlsFull => Say(count, "TLS object", "found no room in the kernel's tables"),
        LossCause.TlsUnfinished => Say(count, "TLS call", "whose return was not seen"),
        LossCause.UnseenBytes => Say(count, "byte", "moved past the calls that are traced, by io_uring or by the kernel itself (--backend fentry or kprobe reads them)"),
        LossCause.MissedReturns => Say(count, "call", "whose return was not seen"),
        LossCause.TlsUnproven => Say(count, "TLS call", "not read, on connections that were open before: that their port is one of the scope was proven later"),
        LossCause.SkippedRuns => Say(count, "call", "perhaps missed, of any process: the kernel skipped the program while another task was in it"),
        LossCause.TlsLate => Say(count, "TLS library", "that a process used before it could be probed: its first calls may be missing"),
        LossCause.TlsUnread => Say(count, "connection", "with TLS that can't be read: no library of its process is one that is probed ('l7trace ps' says why)"),
        LossCause.Gaps => Say(count, "hole", "in the streams, of any cause: calls of which nothing came"),
        LossCause.GapBytes => Say(count, "byte", "in the holes of the streams"),
        LossCause.Late => Say(count, "call", "that came to light after its connection was closed"),
        LossCause.Evicted => Say(count, "connection", "given up because there were too many, or too much in them for --max-memory"),
        LossCause.Malformed => Say(count, "call", "whose record contradicts itself"),
        LossCause.ParserFaults => Say(count, "connection", "given up because a parser failed (a bug in l7trace: please report it)"),
        LossCause.XProtocol => Say(count, "connection", "of MySQL's X Protocol, which l7trace recognises and does not parse yet"),
        LossCause.QueueFull => Say(count, "finished exchange", "dropped because the output could not keep up, or for want of memory (--max-memory)"),
        LossCause.SinkFailed => Say(count, "exchange", "that an output failed to take"),
        LossCause.RecorderConnections => Say(count, "connection", "found no room in the recorder"),
        LossCause.RecorderCalls => Say(count, "call", "recorded without the bytes, which found no room in the recorder"),
        LossCause.CaptureDropped => Say(count, "packet", "dropped by the program that took the capture, as it says itself"),
        _ => Say(count, "event", "for a reason that this version of l7trace does not know"),
    };

    private static string Say(ulong count, string what, string why) => $"{Count((long)Math.Min(count, long.MaxValue), what)} {why}";

    private static string Count(long count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {(count == 1 ? what : Plural(what))}");

    private static string Plural(string what) => what.EndsWith("process", StringComparison.Ordinal) ? what + "es"
        : what.EndsWith("ry", StringComparison.Ordinal) ? what[..^1] + "ies"
        : what + "s";

    private static void AppendIf(StringBuilder text, long count, string what)
    {
        if (count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", {count:#,0} {what}");
        }
    }
}
