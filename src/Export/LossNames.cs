// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export;

/// <summary>
/// The stable names of <see cref="LossCause"/>: in JSON behind "loss.", in the comments of a recording as they are.
/// </summary>
public static class LossNames
{
    private static readonly Dictionary<LossCause, string> s_names = new()
    {
        [LossCause.DataRingFull] = "data_ring_full",
        [LossCause.DataRingBytes] = "data_ring_bytes",
        [LossCause.RingTruncated] = "ring_truncated",
        [LossCause.ControlRingFull] = "control_ring_full",
        [LossCause.CallsFull] = "calls_full",
        [LossCause.ConnectionsFull] = "connections_full",
        [LossCause.Unattributed] = "unattributed",
        [LossCause.UserFault] = "user_fault",
        [LossCause.OffsetUnproven] = "offset_unproven",
        [LossCause.ProcessesFull] = "processes_full",
        [LossCause.TlsFull] = "tls_full",
        [LossCause.TlsUnfinished] = "tls_unfinished",
        [LossCause.UnseenBytes] = "unseen_bytes",
        [LossCause.MissedReturns] = "missed_returns",
        [LossCause.TlsUnproven] = "tls_unproven",
        [LossCause.SkippedRuns] = "skipped_runs",
        [LossCause.Undecodable] = "undecodable",
        [LossCause.TlsLate] = "tls_late",
        [LossCause.TlsUnread] = "tls_unread",
        [LossCause.QueueFull] = "queue_full",
        [LossCause.SinkFailed] = "sink_failed",
        [LossCause.RecorderConnections] = "recorder_connections",
        [LossCause.RecorderCalls] = "recorder_calls",
        [LossCause.CaptureDropped] = "capture_dropped",
        [LossCause.Gaps] = "gaps",
        [LossCause.GapBytes] = "gap_bytes",
        [LossCause.Late] = "late",
        [LossCause.Evicted] = "evicted",
        [LossCause.Malformed] = "malformed",
        [LossCause.ParserFaults] = "parser_faults",
        [LossCause.XProtocol] = "mysqlx",
        [LossCause.Other] = "other",
    };

    private static readonly Dictionary<string, LossCause> s_causes =
        s_names.ToDictionary(static name => name.Value, static name => name.Key, StringComparer.Ordinal);

    /// <summary>The name of a cause, snake_case.</summary>
    public static string Of(LossCause cause) => s_names.GetValueOrDefault(cause, s_names[LossCause.Other]);

    /// <summary>The cause of a name; <see cref="LossCause.Other"/> for one that is not known.</summary>
    public static LossCause Find(string name) => s_causes.GetValueOrDefault(name, LossCause.Other);
}
