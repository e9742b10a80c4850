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
    public static readonly JsonEncodedText MonotonicNs = Name("monotonic_ns");
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
    public static readonly JsonEncodedText SpansSent = Name("spans.sent");
    public static readonly JsonEncodedText SpansRejected = Name("spans.rejected");
    public static readonly JsonEncodedText SpansQueueFull = Name("spans.queue_full");
    public static readonly JsonEncodedText SpansFailed = Name("spans.failed");
    public static readonly JsonEncodedText SpansUnsent = Name("spans.unsent");
    public static readonly JsonEncodedText SpansNotSampled = Name("spans.not_sampled");
    public static readonly JsonEncodedText SpansLeftOut = Name("spans.left_out");
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
    public static readonly JsonEncodedText ClientErrors = Name("http.errors.4xx");
    public static readonly JsonEncodedText ServerErrors = Name("http.errors.5xx");
    public static readonly JsonEncodedText GrpcErrors = Name("http.errors.grpc");
    public static readonly JsonEncodedText Resets = Name("http.errors.reset");
    public static readonly JsonEncodedText ClosedFirst = Name("http.errors.closed");
    public static readonly JsonEncodedText Failures = Name("http.failures");
    public static readonly JsonEncodedText RequestBytes = Name("request.bytes");
    public static readonly JsonEncodedText Messages = Name("messages");
    public static readonly JsonEncodedText MessagesUnknown = Name("messages_unknown");
    public static readonly JsonEncodedText ResponseBytes = Name("response.bytes");

    private static readonly Dictionary<LossCause, JsonEncodedText> s_losses =
        Enum.GetValues<LossCause>().ToDictionary(static cause => cause, static cause => Name("loss." + LossNames.Of(cause)));

    /// <summary>The field of a loss, in loss and summary records.</summary>
    public static JsonEncodedText Of(LossCause reason) => s_losses.GetValueOrDefault(reason, s_losses[LossCause.Other]);

    private static JsonEncodedText Name(string name) => JsonEncodedText.Encode(name);
}
