// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;

namespace L7Trace.IntegrationTests.Support;

/// <summary>One record of type "exchange" of `-o jsonl`, by the names that docs/json.md publishes.</summary>
internal sealed class TraceRecord
{
    private readonly JsonElement _json;

    public TraceRecord(JsonElement json)
    {
        _json = json;
        Statement = Text("db.query.text");
        if (json.TryGetProperty("start", out JsonElement start))
        {
            Start = ParseTime(start.GetString()!);
        }
    }

    /// <summary>The record of a line.</summary>
    public static TraceRecord Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return new TraceRecord(document.RootElement.Clone());
    }

    public string Protocol => Text("protocol") ?? "";

    public string Role => Text("role") ?? "";

    public string State => Text("state") ?? "";

    public string Completeness => Text("completeness") ?? "";

    /// <summary>Request and answer are there, every byte of them, and the whole text of the statement.</summary>
    public bool IsComplete => Completeness == "complete" && State == "done" && Number("db.query.missing_bytes") is null;

    /// <summary>A command to which the protocol has no answer (COM_QUIT, COM_STMT_CLOSE).</summary>
    public bool IsOneWay => Completeness == "complete" && State == "one_way";

    public string Connection => Text("connection.id") ?? "";

    public int? ProcessId => (int?)Number("process.pid");

    public string? ProcessCommand => Text("process.command");

    public int? ClientPort => (int?)Number("client.port");

    public int? ServerPort => (int?)Number("server.port");

    /// <summary>How the peer's address is known.</summary>
    public string PeerProof => Text("peer.proof") ?? "";

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public long Start { get; }

    public long? Duration => Number("duration_ns");

    public long? ServerDuration => Number("server.duration_ns");

    /// <summary>In the words of MariaDB's general log, in lower case: query, prepare, execute, ...</summary>
    public string? Command => Text("mysql.command") switch
    {
        "COM_QUERY" => "query",
        "COM_STMT_PREPARE" => "prepare",
        "COM_STMT_EXECUTE" => "execute",
        var other => other,
    };

    /// <summary>The statement's digest.</summary>
    public string? Digest => Text("db.query.digest");

    public uint? ServerConnectionId => (uint?)Number("mysql.connection_id");

    public string? Statement { get; }

    /// <summary>The test's own question to the server (see <see cref="MariaDbServer.QuietQuery"/>).</summary>
    public bool IsAdministrative => Statement == MariaDbServer.QuietQuery;

    public long? Rows => Number("db.response.returned_rows");

    /// <summary>Rows that there were at least, when their number is not known.</summary>
    public long? RowsAtLeast => Number("mysql.returned_rows.lower_bound");

    public long? ResponseBytes => Number("mysql.response.bytes");

    public long? Affected => Number("mysql.affected_rows");

    public string? DatabaseError => Text("db.response.status_code");

    public string? SqlState => Text("mysql.sqlstate");

    /// <summary>A transaction is open behind the statement; null when the answer does not say.</summary>
    public bool? InTransaction => Flag("mysql.in_transaction");

    public bool? Autocommit => Flag("mysql.autocommit");

    /// <summary>Bytes of the statement's text that are not shown; null when it is whole.</summary>
    public long? MissingText => Number("db.query.missing_bytes");

    /// <summary>Values of which only the beginning, or nothing, is shown; null for none.</summary>
    public long? CutParameters => Number("mysql.parameters.cut");

    /// <summary>Bytes of values that are not shown; null when none, or not known.</summary>
    public long? MissingOfParameters => Number("mysql.parameters.missing_bytes");

    /// <summary>Bytes of the file that the client sent for LOAD DATA LOCAL INFILE.</summary>
    public long? LocalFileBytes => Number("mysql.local_file.bytes");

    public long? IdleTime => Number("idle_ns");

    public long? Fetches => Number("mysql.fetches");

    public long? BatchSize => Number("db.operation.batch.size");

    /// <summary>Bound values by their place; null for SQL's NULL.</summary>
    public string?[] Parameters()
    {
        var values = new List<string?>();
        while (_json.TryGetProperty($"db.query.parameter.{values.Count}", out JsonElement value))
        {
            values.Add(value.GetString());
        }

        return [.. values];
    }

    public string? Method => Text("http.request.method");

    public string? Path => Text("url.path");

    /// <summary>Path and query as they stand in the request line.</summary>
    public string? Uri => Text("url.query") is { } query ? $"{Path}?{query}" : Path;

    public int? Status => (int?)Number("http.response.status_code");

    public long? RequestBody => Number("http.request.body.size");

    /// <summary>"1.1", "2".</summary>
    public string? Version => Text("network.protocol.version");

    public long? StreamId => Number("http.stream_id");

    public string? ResetBy => Text("http.reset_by");

    public string? ResetError => Text("http.reset_error");

    public string? ErrorType => Text("error.type");

    public string? RpcMethod => Text("rpc.method");

    public string? RpcStatus => Text("rpc.response.status_code");

    /// <summary>Nanoseconds.</summary>
    public long? RpcTimeout => Number("grpc.timeout_ns");

    public long? RequestMessages => Number("grpc.request.messages");

    public long? RequestMessageBytes => Number("grpc.request.message_bytes");

    public long? ResponseMessages => Number("grpc.response.messages");

    public long? ResponseMessageBytes => Number("grpc.response.message_bytes");

    /// <summary>A field of WebSocket, "websocket." left out; numbers as they stand.</summary>
    public string? Socket(string name) => Text("websocket." + name);

    public long? ResponseBody => Number("http.response.body.size");

    /// <inheritdoc/>
    public override string ToString() => _json.GetRawText();

    private static long ParseTime(string text)
    {
        // RFC 3339 with nine digits of a second; DateTime keeps seven, so the fraction is read by itself.
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        int zone = text.IndexOfAny(['Z', '+'], dot);
        var seconds = DateTimeOffset.Parse(text[..dot] + text[zone..], CultureInfo.InvariantCulture);
        return (seconds.ToUnixTimeSeconds() * 1_000_000_000)
            + long.Parse(text[(dot + 1)..zone].PadRight(9, '0'), CultureInfo.InvariantCulture);
    }

    private string? Text(string name) =>
        !_json.TryGetProperty(name, out JsonElement value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Null ? null
        : value.GetRawText();

    private bool? Flag(string name) =>
        _json.TryGetProperty(name, out JsonElement value) ? value.GetBoolean() : null;

    private long? Number(string name) =>
        _json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
