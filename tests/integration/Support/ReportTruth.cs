// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// The figures of `report mysql`, computed in the plainest way from the exchange records that `watch -o jsonl` writes: lists are
/// kept, sorted and counted. Nothing of the program's own code is used.
/// </summary>
internal sealed class ReportTruth
{
    private const double PercentileError = 0.02;
    private const double RateError = 0.02;
    private const string Deadlock = "1213"; // rolls the transaction back; sysbench then begins another

    private readonly List<JsonElement> _exchanges = [];
    private readonly JsonElement _summary;

    private ReportTruth(IReadOnlyList<JsonElement> records)
    {
        _exchanges.AddRange(records.Where(x => Text(x, "type") == "exchange" && Text(x, "protocol") == "mysql" && Text(x, "state") != "running"));
        _summary = records.Single(x => Text(x, "type") == "summary");
    }

    public long AdministrativeStatements => _exchanges.Count(x => Text(x, "mysql.command") == "COM_QUERY"
        && (Text(x, "db.query.text") == MariaDbServer.QuietQuery || Text(x, "db.query.text")!.StartsWith("SET GLOBAL general_log", StringComparison.Ordinal)));

    public static ReportTruth Of(IReadOnlyList<JsonElement> records) => new(records);

    /// <param name="report">The record on the whole.</param>
    /// <param name="groups">The records of the groups.</param>
    /// <param name="isOfLines">It was made of JSON lines: its time is that of their exchanges.</param>
    public void AssertEqual(JsonElement report, JsonElement[] groups, bool isOfLines = false)
    {
        Assert.True(_exchanges.Count > 500, $"only {_exchanges.Count} exchanges");
        JsonElement[][] expected = [.. _exchanges.GroupBy(x => (Text(x, "db.namespace") ?? "", LabelOf(x))).Select(x => x.ToArray())];
        Assert.Equal(expected.Length, groups.Length);
        double all = _exchanges.Sum(x => (double)(Duration(x) ?? 0));
        foreach (JsonElement[] calls in expected)
        {
            JsonElement group = groups.Single(x => Text(x, "text") == LabelOf(calls[0]) && Text(x, "db.namespace") == Text(calls[0], "db.namespace"));
            Compare(group, calls);
            Assert.Equal(calls.Sum(x => (double)(Duration(x) ?? 0)) / all, group.GetProperty("share").GetDouble(), 1e-8);
        }

        Assert.Equal(
            groups.Select(x => x.TryGetProperty("time_ns", out JsonElement t) ? t.GetProperty("sum").GetInt64() : 0).OrderDescending(),
            groups.Select(x => x.TryGetProperty("time_ns", out JsonElement t) ? t.GetProperty("sum").GetInt64() : 0));
        Assert.Equal(Enumerable.Range(1, groups.Length), groups.Select(x => x.GetProperty("rank").GetInt32()));
        Compare(report, [.. _exchanges]);
        CompareTotals(report, isOfLines);
        CompareTransactions(report.GetProperty("transactions"));
    }

    private static string LabelOf(JsonElement exchange)
    {
        string command = Text(exchange, "mysql.command")!;
        string? digest = Text(exchange, "db.query.digest");
        return digest is null ? command : command is "COM_QUERY" or "COM_STMT_EXECUTE" ? digest : $"{command}: {digest}";
    }

    private void CompareTotals(JsonElement report, bool isOfLines)
    {
        long Count(string command, Func<JsonElement, bool>? and = null) =>
            _exchanges.Count(x => Text(x, "mysql.command") == command && (and is null || and(x)));

        double seconds = isOfLines
            ? (_exchanges.Max(x => Time(x, "start") + (Duration(x) ?? 0)) - _exchanges.Min(x => Time(x, "start"))) / 1e9
            : (Time(_summary, "end") - Time(_summary, "start")) / 1e9;
        long statements = Count("COM_QUERY") + Count("COM_STMT_EXECUTE");
        Assert.Equal(statements, report.GetProperty("statements").GetInt64());
        Assert.Equal(statements / seconds, report.GetProperty("statements_per_second").GetDouble(), statements / seconds * RateError);
        Assert.Equal(Count("Connect", x => !Has(x, "db.response.status_code")), report.GetProperty("logins").GetInt64());
        Assert.Equal(Count("Connect", x => Has(x, "db.response.status_code")), report.GetProperty("logins.failed").GetInt64());
        Assert.Equal(Count("COM_STMT_PREPARE", x => !Has(x, "db.response.status_code")), report.GetProperty("prepares").GetInt64());
        Assert.Equal(Count("COM_STMT_EXECUTE"), report.GetProperty("executes").GetInt64());
        Assert.Equal(Count("COM_STMT_CLOSE"), report.GetProperty("closes").GetInt64());
        int neverClosed = 0;
        int open = 0;
        foreach (IGrouping<string?, JsonElement> connection in _exchanges.GroupBy(x => Text(x, "connection.id")))
        {
            var prepared = new HashSet<long>();
            foreach (JsonElement exchange in connection.OrderBy(x => Time(x, "start")))
            {
                switch (Text(exchange, "mysql.command"))
                {
                    case "COM_STMT_PREPARE" when Number(exchange, "mysql.statement_id") is { } id:
                        prepared.Add(id);
                        break;
                    case "COM_STMT_CLOSE":
                        prepared.Remove(Number(exchange, "mysql.statement_id") ?? -1);
                        break;
                    case "COM_QUIT":
                        neverClosed += prepared.Count;
                        prepared.Clear();
                        break;
                }
            }

            open += prepared.Count;
        }

        Assert.Equal((neverClosed, open), (report.GetProperty("never_closed").GetInt32(), report.GetProperty("open_statements").GetInt32()));
    }

    // By the flags, and the one error that ends a transaction: none of the workload ends and begins in one statement.
    private void CompareTransactions(JsonElement figures)
    {
        var durations = new List<long>();
        var counts = new List<long>();
        var idles = new List<long>();
        foreach (IGrouping<string?, JsonElement> connection in _exchanges.GroupBy(x => Text(x, "connection.id")))
        {
            bool? inside = null;
            long begin = 0;
            long statements = 0;
            long idle = 0;
            long last = 0;
            foreach (JsonElement exchange in connection.Where(x => Text(x, "state") == "done" && Duration(x) is not null).OrderBy(x => Time(x, "start")))
            {
                bool isStatement = Text(exchange, "mysql.command") is "COM_QUERY" or "COM_STMT_EXECUTE";
                long start = Time(exchange, "start");
                long end = start + Duration(exchange)!.Value + (Number(exchange, "idle_ns") ?? 0);
                bool? now = exchange.TryGetProperty("mysql.in_transaction", out JsonElement flag) ? flag.GetBoolean() : inside;
                now = Text(exchange, "mysql.command") == "Connect" || Text(exchange, "db.response.status_code") == Deadlock ? false : now;
                if (inside == true)
                {
                    idle += Math.Max(0, start - last);
                    statements += isStatement ? 1 : 0;
                    if (now == false)
                    {
                        durations.Add(end - begin);
                        counts.Add(statements);
                        idles.Add(idle);
                    }
                }
                else if (inside == false && now == true)
                {
                    (begin, statements, idle) = (start, isStatement ? 1 : 0, 0);
                }

                (inside, last) = (now, end);
            }
        }

        Assert.True(durations.Count >= 60, $"only {durations.Count} transactions");
        Assert.Equal(durations.Count, figures.GetProperty("count").GetInt64());
        CompareDistribution(figures, "duration_ns", durations);
        CompareDistribution(figures, "statements", counts);
        CompareDistribution(figures, "idle_ns", idles);
    }

    private static void Compare(JsonElement group, JsonElement[] calls)
    {
        Assert.Equal(calls.Length, group.GetProperty("calls").GetInt64());
        Assert.Equal(calls.Count(x => Has(x, "db.response.status_code")), group.GetProperty("errors").GetInt64());
        Assert.Equal(calls.Count(x => Text(x, "state") == "aborted"), group.GetProperty("aborted").GetInt64());
        Assert.Equal(calls.Count(x => Text(x, "completeness") != "complete"), group.GetProperty("incomplete").GetInt64());
        Assert.Equal(calls.Count(x => Duration(x) is null), group.GetProperty("without_latency").GetInt64());
        CompareDistribution(group, "time_ns", calls.Select(Duration));
        CompareDistribution(group, "first_byte_ns", calls.Where(x => Duration(x) is not null).Select(x => Math.Min(Number(x, "time_to_first_byte_ns")!.Value, Duration(x)!.Value) as long?));
        CompareDistribution(group, "transfer_ns", calls.Where(x => Duration(x) is not null).Select(x => Math.Max(0, Duration(x)!.Value - Number(x, "time_to_first_byte_ns")!.Value) as long?));
        CompareDistribution(group, "server_ns", calls.Select(x => Number(x, "server.duration_ns")));
        CompareDistribution(group, "network_ns", calls.Where(x => Has(x, "server.duration_ns")).Select(x => Math.Max(0, Duration(x)!.Value - Number(x, "server.duration_ns")!.Value) as long?));
        CompareDistribution(group, "bytes_sent", calls.Select(x => Number(x, "mysql.response.bytes")));
        CompareDistribution(group, "rows_changed", calls.Select(x => Number(x, "mysql.affected_rows")));
        Assert.Equal(calls.Sum(x => Number(x, "db.response.returned_rows") ?? 0), Sum(group, "rows_sent"));
        Assert.Equal(calls.Count(x => Flag(x, "mysql.no_index_used")), group.GetProperty("no_index_used").GetInt64());
        Assert.Equal(calls.Count(x => Flag(x, "mysql.no_good_index_used")), group.GetProperty("no_good_index_used").GetInt64());
        Assert.Equal(calls.Count(x => Flag(x, "mysql.slow")), group.GetProperty("was_slow").GetInt64());
        Assert.Equal(calls.Sum(x => Number(x, "mysql.warnings") ?? 0), group.GetProperty("warnings").GetInt64());
        CompareNames(group, "users", calls.Select(x => Text(x, "db.user") ?? "(unknown)"));
        CompareNames(group, "databases", calls.Select(x => Text(x, "db.namespace") ?? "(unknown)"));
        Assert.Equal(calls.Length, group.GetProperty("clients").EnumerateArray().Sum(x => x.GetProperty("calls").GetInt64()));
        Assert.Equal(calls.Min(x => Time(x, "start")), Time(group, "first_seen"));
        Assert.Equal(calls.Max(x => Time(x, "start")), Time(group, "last_seen"));
        var codes = calls.Where(x => Has(x, "db.response.status_code")).GroupBy(x => Text(x, "db.response.status_code")!)
            .ToDictionary(x => x.Key, x => (long)x.Count());
        Assert.Equal(codes.OrderBy(x => x.Key), (group.TryGetProperty("error_codes", out JsonElement list) ? list.EnumerateArray() : [])
            .Select(x => KeyValuePair.Create(Text(x, "db.response.status_code")!, x.GetProperty("calls").GetInt64())).OrderBy(x => x.Key));
        if (group.TryGetProperty("slowest", out JsonElement slowest))
        {
            Assert.Equal(calls.Max(Duration), Duration(slowest));
        }

        if (group.TryGetProperty("decades", out JsonElement decades))
        {
            Assert.Equal(
                Enumerable.Range(0, 8).Select(row => (long)calls.Count(x => Duration(x) is { } time && DecadeOf(time) == row)),
                decades.EnumerateArray().Select(x => x.GetInt64()));
        }
    }

    private static int DecadeOf(long nanoseconds) =>
        nanoseconds < 10_000 ? 0 : Math.Min(7, nanoseconds.ToString(CultureInfo.InvariantCulture).Length - 4);

    private static void CompareNames(JsonElement group, string field, IEnumerable<string> names) => Assert.Equal(
        names.GroupBy(x => x).Select(x => (x.Key, (long)x.Count())).Order(),
        group.GetProperty(field).EnumerateArray().Select(x => (Text(x, "name")!, x.GetProperty("calls").GetInt64())).Order());

    private static void CompareDistribution(JsonElement owner, string field, IEnumerable<long?> numbers) =>
        CompareDistribution(owner, field, [.. numbers.Where(x => x is not null).Select(x => x!.Value)]);

    private static void CompareDistribution(JsonElement owner, string field, List<long> values)
    {
        if (values.Count == 0)
        {
            Assert.False(owner.TryGetProperty(field, out _), field);
            return;
        }

        values.Sort();
        JsonElement own = owner.GetProperty(field);
        Assert.Equal(values.Count, own.GetProperty("count").GetInt64());
        Assert.Equal(values.Sum(), own.GetProperty("sum").GetInt64());
        Assert.Equal((values[0], values[^1]), (own.GetProperty("min").GetInt64(), own.GetProperty("max").GetInt64()));
        double average = values.Average();
        Assert.Equal(average, own.GetProperty("avg").GetDouble(), (average * 1e-9) + 0.001);
        double deviation = Math.Sqrt(values.Average(x => (x - average) * (x - average)));
        Assert.Equal(deviation, own.GetProperty("stddev").GetDouble(), (deviation * 1e-6) + 0.01);
        foreach ((string name, double quantile) in new[] { ("p50", 0.50), ("p95", 0.95), ("p99", 0.99) })
        {
            long truth = values[Math.Clamp((int)Math.Ceiling(quantile * values.Count), 1, values.Count) - 1];
            Assert.Equal(truth, own.GetProperty(name).GetInt64(), truth * PercentileError);
        }

        if (own.TryGetProperty("bucket_counts", out JsonElement buckets))
        {
            Assert.Equal(values.Count, buckets.EnumerateArray().Sum(x => x.GetInt64()) + own.GetProperty("zero_count").GetInt64());
        }
    }

    private static long Sum(JsonElement owner, string field) =>
        owner.TryGetProperty(field, out JsonElement own) ? own.GetProperty("sum").GetInt64() : 0;

    private static long? Duration(JsonElement exchange) => Number(exchange, "duration_ns");

    private static bool Flag(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) && value.GetBoolean();

    private static bool Has(JsonElement record, string name) => record.TryGetProperty(name, out _);

    private static string? Text(JsonElement record, string name) =>
        record.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonElement record, string name) =>
        record.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;

    // RFC 3339 with nine digits: the last two are lost to DateTime, so the fraction is read by itself.
    private static long Time(JsonElement record, string name)
    {
        string text = record.GetProperty(name).GetString()!;
        var whole = DateTimeOffset.Parse(text[..19] + "Z", CultureInfo.InvariantCulture);
        return (whole.ToUnixTimeSeconds() * 1_000_000_000) + long.Parse(text[20..29], CultureInfo.InvariantCulture);
    }
}
