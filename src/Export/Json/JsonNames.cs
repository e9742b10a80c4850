// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.Export.Json;

/// <summary>
/// Fields of the records that are no exchange, encoded once (those of an exchange: <see cref="Fields.ExchangeFields"/>).
/// docs/json.md explains them; a test keeps the two equal.
/// </summary>
internal static class JsonNames
{
    public static readonly JsonEncodedText Version = Name("v");
    public static readonly JsonEncodedText Type = Name("type");
    public static readonly JsonEncodedText Id = Name("id");
    public static readonly JsonEncodedText Start = Name("start");
    public static readonly JsonEncodedText DbNamespace = Name("db.namespace");
    public static readonly JsonEncodedText DbStatusCode = Name("db.response.status_code");
    public static readonly JsonEncodedText MySqlServerVersion = Name("mysql.server_version");
    public static readonly JsonEncodedText MySqlSqlState = Name("mysql.sqlstate");
    public static readonly JsonEncodedText HttpHost = Name("http.request.header.host");
    public static readonly JsonEncodedText Time = Name("time");
    public static readonly JsonEncodedText End = Name("end");
    public static readonly JsonEncodedText Exchanges = Name("exchanges");
    public static readonly JsonEncodedText Errors = Name("errors");
    public static readonly JsonEncodedText Running = Name("running");
    public static readonly JsonEncodedText Complete = Name("complete");
    public static readonly JsonEncodedText Truncated = Name("truncated");
    public static readonly JsonEncodedText Resynced = Name("resynced");
    public static readonly JsonEncodedText Unmatched = Name("unmatched");
    public static readonly JsonEncodedText Connections = Name("connections");
    public static readonly JsonEncodedText OpenConnections = Name("open_connections");
    public static readonly JsonEncodedText Kind = Name("kind");
    public static readonly JsonEncodedText GroupText = Name("text");
    public static readonly JsonEncodedText Calls = Name("calls");
    public static readonly JsonEncodedText Incomplete = Name("incomplete");
    public static readonly JsonEncodedText WithoutLatency = Name("without_latency");
    public static readonly JsonEncodedText TotalNs = Name("total_ns");
    public static readonly JsonEncodedText AverageNs = Name("avg_ns");
    public static readonly JsonEncodedText MinNs = Name("min_ns");
    public static readonly JsonEncodedText P50Ns = Name("p50_ns");
    public static readonly JsonEncodedText P95Ns = Name("p95_ns");
    public static readonly JsonEncodedText P99Ns = Name("p99_ns");
    public static readonly JsonEncodedText MaxNs = Name("max_ns");
    public static readonly JsonEncodedText Rows = Name("rows");
    public static readonly JsonEncodedText RowsUnknown = Name("rows_unknown");
    public static readonly JsonEncodedText AffectedRows = Name("affected_rows");
    public static readonly JsonEncodedText ResponseBytes = Name("response.bytes");

    /// <summary>The field of a loss, in loss and summary records.</summary>
    public static JsonEncodedText Of(LossCause reason) => reason switch
    {
        LossCause.DataRingFull => s_dataRingFull,
        LossCause.DataRingBytes => s_dataRingBytes,
        LossCause.RingTruncated => s_ringTruncated,
        LossCause.ControlRingFull => s_controlRingFull,
        LossCause.CallsFull => s_callsFull,
        LossCause.ConnectionsFull => s_connectionsFull,
        LossCause.Unattributed => s_unattributed,
        LossCause.UserFault => s_userFault,
        LossCause.OffsetUnproven => s_offsetUnproven,
        LossCause.ProcessesFull => s_processesFull,
        LossCause.Undecodable => s_undecodable,
        LossCause.Gaps => s_gaps,
        LossCause.GapBytes => s_gapBytes,
        LossCause.Late => s_late,
        LossCause.Evicted => s_evicted,
        LossCause.Malformed => s_malformed,
        LossCause.ParserFaults => s_parserFaults,
        LossCause.QueueFull => s_queueFull,
        LossCause.SinkFailed => s_sinkFailed,
        _ => s_otherLoss,
    };

    private static readonly JsonEncodedText s_dataRingFull = Name("loss.data_ring_full");
    private static readonly JsonEncodedText s_dataRingBytes = Name("loss.data_ring_bytes");
    private static readonly JsonEncodedText s_ringTruncated = Name("loss.ring_truncated");
    private static readonly JsonEncodedText s_controlRingFull = Name("loss.control_ring_full");
    private static readonly JsonEncodedText s_callsFull = Name("loss.calls_full");
    private static readonly JsonEncodedText s_connectionsFull = Name("loss.connections_full");
    private static readonly JsonEncodedText s_unattributed = Name("loss.unattributed");
    private static readonly JsonEncodedText s_userFault = Name("loss.user_fault");
    private static readonly JsonEncodedText s_offsetUnproven = Name("loss.offset_unproven");
    private static readonly JsonEncodedText s_processesFull = Name("loss.processes_full");
    private static readonly JsonEncodedText s_queueFull = Name("loss.queue_full");
    private static readonly JsonEncodedText s_sinkFailed = Name("loss.sink_failed");
    private static readonly JsonEncodedText s_undecodable = Name("loss.undecodable");
    private static readonly JsonEncodedText s_gaps = Name("loss.gaps");
    private static readonly JsonEncodedText s_gapBytes = Name("loss.gap_bytes");
    private static readonly JsonEncodedText s_late = Name("loss.late");
    private static readonly JsonEncodedText s_evicted = Name("loss.evicted");
    private static readonly JsonEncodedText s_malformed = Name("loss.malformed");
    private static readonly JsonEncodedText s_parserFaults = Name("loss.parser_faults");
    private static readonly JsonEncodedText s_otherLoss = Name("loss.other");

    private static JsonEncodedText Name(string name) => JsonEncodedText.Encode(name);
}
