// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;

namespace L7Trace.Export.Json;

/// <summary>The fields that only the records of <c>report mysql</c> have, encoded once.</summary>
internal static class StatementReportNames
{
    public static readonly JsonEncodedText GroupBy = Encode("group_by");
    public static readonly JsonEncodedText OrderBy = Encode("order_by");
    public static readonly JsonEncodedText Statements = Encode("statements");
    public static readonly JsonEncodedText StatementsPerSecond = Encode("statements_per_second");
    public static readonly JsonEncodedText Concurrency = Encode("concurrency");
    public static readonly JsonEncodedText Logins = Encode("logins");
    public static readonly JsonEncodedText FailedLogins = Encode("logins.failed");
    public static readonly JsonEncodedText AbortedLogins = Encode("logins.aborted");
    public static readonly JsonEncodedText Prepares = Encode("prepares");
    public static readonly JsonEncodedText Executes = Encode("executes");
    public static readonly JsonEncodedText Closes = Encode("closes");
    public static readonly JsonEncodedText NeverClosed = Encode("never_closed");
    public static readonly JsonEncodedText OpenStatements = Encode("open_statements");
    public static readonly JsonEncodedText Rank = Encode("rank");
    public static readonly JsonEncodedText Groups = Encode("groups");
    public static readonly JsonEncodedText Share = Encode("share");
    public static readonly JsonEncodedText Aborted = Encode("aborted");
    public static readonly JsonEncodedText Time = Encode("time_ns");
    public static readonly JsonEncodedText FirstByte = Encode("first_byte_ns");
    public static readonly JsonEncodedText Transfer = Encode("transfer_ns");
    public static readonly JsonEncodedText ServerTime = Encode("server_ns");
    public static readonly JsonEncodedText NetworkTime = Encode("network_ns");
    public static readonly JsonEncodedText VarianceToMean = Encode("variance_to_mean_s");
    public static readonly JsonEncodedText Decades = Encode("decades");
    public static readonly JsonEncodedText RowsSent = Encode("rows_sent");
    public static readonly JsonEncodedText RowsChanged = Encode("rows_changed");
    public static readonly JsonEncodedText BytesSent = Encode("bytes_sent");
    public static readonly JsonEncodedText WithStatus = Encode("with_status");
    public static readonly JsonEncodedText NoIndexUsed = Encode("no_index_used");
    public static readonly JsonEncodedText NoGoodIndexUsed = Encode("no_good_index_used");
    public static readonly JsonEncodedText WasSlow = Encode("was_slow");
    public static readonly JsonEncodedText Warnings = Encode("warnings");
    public static readonly JsonEncodedText InTransactions = Encode("in_transactions");
    public static readonly JsonEncodedText ErrorCodes = Encode("error_codes");
    public static readonly JsonEncodedText Users = Encode("users");
    public static readonly JsonEncodedText Databases = Encode("databases");
    public static readonly JsonEncodedText Clients = Encode("clients");
    public static readonly JsonEncodedText Digests = Encode("digests");
    public static readonly JsonEncodedText FirstSeen = Encode("first_seen");
    public static readonly JsonEncodedText LastSeen = Encode("last_seen");
    public static readonly JsonEncodedText Slowest = Encode("slowest");
    public static readonly JsonEncodedText Explain = Encode("explain");
    public static readonly JsonEncodedText Transactions = Encode("transactions");
    public static readonly JsonEncodedText Traffic = Encode("traffic");
    public static readonly JsonEncodedText Load = Encode("load");
    public static readonly JsonEncodedText Count = Encode("count");
    public static readonly JsonEncodedText Sum = Encode("sum");
    public static readonly JsonEncodedText Min = Encode("min");
    public static readonly JsonEncodedText Average = Encode("avg");
    public static readonly JsonEncodedText P50 = Encode("p50");
    public static readonly JsonEncodedText P95 = Encode("p95");
    public static readonly JsonEncodedText P99 = Encode("p99");
    public static readonly JsonEncodedText Max = Encode("max");
    public static readonly JsonEncodedText StandardDeviation = Encode("stddev");
    public static readonly JsonEncodedText Scale = Encode("scale");
    public static readonly JsonEncodedText ZeroCount = Encode("zero_count");
    public static readonly JsonEncodedText Offset = Encode("offset");
    public static readonly JsonEncodedText BucketCounts = Encode("bucket_counts");
    public static readonly JsonEncodedText Name = Encode("name");
    public static readonly JsonEncodedText Duration = Encode("duration_ns");
    public static readonly JsonEncodedText Idle = Encode("idle_ns");
    public static readonly JsonEncodedText Committed = Encode("committed");
    public static readonly JsonEncodedText RolledBack = Encode("rolled_back");
    public static readonly JsonEncodedText Implicit = Encode("implicit");
    public static readonly JsonEncodedText WithConnection = Encode("with_connection");
    public static readonly JsonEncodedText Open = Encode("open");
    public static readonly JsonEncodedText NotFollowed = Encode("not_followed");
    public static readonly JsonEncodedText IntervalNs = Encode("interval_ns");
    public static readonly JsonEncodedText TimeSum = Encode("time_sum_ns");

    private static JsonEncodedText Encode(string name) => JsonEncodedText.Encode(name);
}
