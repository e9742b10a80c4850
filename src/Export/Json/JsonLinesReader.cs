// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Text.Json;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Sql;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.Export.Json;

/// <summary>
/// Reads what <see cref="JsonLinesWriter"/> wrote back into exchanges, as far as reports need it: identity, timing,
/// completeness and results. What was redacted stays so. The file may come from anywhere: nothing in it throws.
/// </summary>
public static class JsonLinesReader
{
    private static readonly LossCause[] s_causes = Enum.GetValues<LossCause>();

    /// <summary>Reads one line (UTF-8, without the line end); null when it is no record of this format and version.</summary>
    public static JsonRecord? Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var record = document.RootElement;
            if (record.ValueKind != JsonValueKind.Object || Number(record, "v") != 1)
            {
                return null;
            }

            return Text(record, "type") switch
            {
                null => null,
                "exchange" => ReadExchange(record) is { } exchange ? new JsonRecord(exchange) : null,
                "loss" => new JsonRecord(null, ReadLosses(record)),
                "summary" => new JsonRecord(null, ReadLosses(record), IsSummary: true),
                _ => default(JsonRecord),
            };
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second: text that is no valid UTF-16, which JSON's escapes can spell.
            return null;
        }
    }

    private static LossCounts ReadLosses(JsonElement record)
    {
        var losses = new LossCounts();
        foreach (var cause in s_causes)
        {
            losses[cause] = (ulong)(Number(record, JsonNames.Of(cause).Value) ?? 0);
        }

        return losses;
    }

    private static Exchange? ReadExchange(JsonElement record)
    {
        if (ReadConnection(record) is not { } connection || Time(record) is not { } start
            || State(Text(record, "state")) is not { } state)
        {
            return null;
        }

        Exchange? exchange = Text(record, "protocol") switch
        {
            "mysql" => ReadMySql(record, connection),
            "http" => ReadHttp(record, connection),
            "websocket" => WebSocketRecord.Read(record, connection),
            _ => null,
        };
        if (exchange is null)
        {
            return null;
        }

        exchange.State = state;
        exchange.Tls = record.TryGetProperty("tls", out var tls) && tls.ValueKind == JsonValueKind.True;
        exchange.Completeness = new Completeness(
            Completeness(Text(record, "completeness")), (ulong)(Number(record, "completeness.missing_bytes") ?? 0));
        SetTiming(exchange, record, start);
        ExchangeParts.SetOffset(exchange, Text(record, "id") ?? "");
        exchange.OtherEnd = ExchangeParts.OtherEnd(record, exchange);
        return exchange;
    }

    // Only the edges that durations are measured between are recorded; the others are put onto them.
    private static void SetTiming(Exchange exchange, JsonElement record, long start)
    {
        var process = (uint)(Number(record, "process.pid", uint.MaxValue) ?? 0);
        var first = new SegmentTime(start, start, process);
        var upload = Number(record, "http.upload_ns", long.MaxValue >> 1) ?? 0;
        exchange.Request = new MessageTiming { Seen = true, First = first, Last = At(start, upload, process) };
        var duration = Number(record, "duration_ns", long.MaxValue >> 1);
        exchange.IdleTime = Number(record, "idle_ns", long.MaxValue >> 2) ?? 0;
        var firstByte = Number(record, "time_to_first_byte_ns") ?? duration;
        if (firstByte is { } wait)
        {
            exchange.Response = new MessageTiming
            {
                Seen = true,
                First = At(start, wait, process),
                Last = At(start, (duration + exchange.IdleTime) ?? wait, process),
            };
        }
        else if (exchange.State == ExchangeState.Done && exchange.Protocol != Protocol.WebSocket)
        {
            // Done without a duration: its request was not seen.
            exchange.Request = default;
            exchange.Response = new MessageTiming { Seen = true, First = first, Last = first };
        }
    }

    internal static SegmentTime At(long start, long offset, uint process)
    {
        var time = start > long.MaxValue - offset ? long.MaxValue : start + offset;
        return new SegmentTime(time, time, process);
    }

    private static ConnectionInfo? ReadConnection(JsonElement record)
    {
        if (!ulong.TryParse(Text(record, "connection.id"), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id))
        {
            return null;
        }

        var role = Text(record, "role") switch
        {
            "client" => EndpointRole.Client,
            "server" => EndpointRole.Server,
            _ => EndpointRole.Unknown,
        };
        var client = EndPoint(record, "client.address", "client.port") ?? EndPoint(record, "network.local.address", "network.local.port");
        var server = EndPoint(record, "server.address", "server.port") ?? EndPoint(record, "network.peer.address", "network.peer.port");
        return new ConnectionInfo
        {
            Id = new ConnectionId(id),
            Role = role,
            ProcessId = (uint)(Number(record, "process.pid", uint.MaxValue) ?? 0),
            ProcessCommand = Text(record, "process.command") ?? "",
            Local = role == EndpointRole.Server ? server : client,
            Remote = role == EndpointRole.Server ? client : server,
            PeerProcessId = (uint)(Number(record, "peer.process.pid", uint.MaxValue) ?? 0),
            PeerProof = Text(record, "peer.proof") switch
            {
                "socket" => PeerProof.Socket,
                "nested_call" => PeerProof.NestedCall,
                "ciphertext_match" => PeerProof.CiphertextMatch,
                _ => PeerProof.Unknown,
            },
            UnixPath = Text(record, "network.transport") == "unix" ? Text(record, "server.address") : null,
            IsReset = Text(record, "error.type") == HttpFailures.Reset,
        };
    }

    private static MySqlExchange ReadMySql(JsonElement record, ConnectionInfo connection) => new()
    {
        Connection = connection,
        Command = CommandName.Parse(Text(record, "mysql.command")),
        StatementText = Text(record, "db.query.text"),
        StatementId = (uint?)Number(record, "mysql.statement_id", uint.MaxValue),
        ServerVersion = Text(record, "mysql.server_version"),
        StatementTextMissing = Number(record, "db.query.missing_bytes") ?? 0,
        Schema = Text(record, "db.namespace"),
        User = Text(record, "db.user"),
        IsMariaDb = Text(record, "db.system.name") == "mariadb" ? true : null,
        ServerConnectionId = (uint?)Number(record, "mysql.connection_id", uint.MaxValue),
        ReturnedRows = Number(record, "db.response.returned_rows"),
        ReturnedRowsAtLeast = Number(record, "mysql.returned_rows.lower_bound"),
        UncompressedResponseBytes = Number(record, "mysql.response.uncompressed_bytes"),
        Compression = Text(record, "mysql.compression"),
        LocalFileBytes = Number(record, "mysql.local_file.bytes"),
        CompressionLevel = (byte?)Number(record, "mysql.compression.level", byte.MaxValue),
        ClientAttributes = ExchangeParts.ClientAttributes(record),
        AffectedRows = Unsigned(record, "mysql.affected_rows"),
        Warnings = (ushort?)Number(record, "mysql.warnings", ushort.MaxValue),
        ErrorCode = ushort.TryParse(Text(record, "db.response.status_code"), NumberStyles.None, CultureInfo.InvariantCulture, out var code)
            ? code
            : null,
        SqlState = Text(record, "mysql.sqlstate"),
        ErrorMessage = Text(record, "mysql.error_message"),
        ResponseBytes = Number(record, "mysql.response.bytes") ?? 0,
        LastInsertId = Unsigned(record, "mysql.last_insert_id"),
        Info = Text(record, "mysql.info"),
        ResultSets = (int)(Number(record, "mysql.result_sets", int.MaxValue) ?? 0),
        ServerStatus = MySqlAnswerFields.StatusOf(record),
        SessionChanges = MySqlAnswerFields.ChangesOf(record),
        Parameters = MySqlParameterFields.Read(record),
        BatchSize = (int?)Number(record, "db.operation.batch.size", int.MaxValue),
        Fetches = (int)(Number(record, "mysql.fetches", int.MaxValue) ?? 0),
        IsStream = MySqlAnswerFields.IsTrue(record, "mysql.stream"),
        BinlogDump = MySqlAnswerFields.BinlogDumpOf(record),
        BinlogEvents = Number(record, "mysql.binlog.events"),
    };

    private static HttpExchange ReadHttp(JsonElement record, ConnectionInfo connection) =>
        new(Text(record, "network.protocol.version") == "2" ? Protocol.Http2 : Protocol.Http1)
        {
            Connection = connection,
            Version = Text(record, "network.protocol.version"),
            Method = Text(record, "http.request.method"),
            Target = Text(record, "url.path"),
            Path = Text(record, "url.path"),
            Query = Text(record, "url.query"),
            UserAgent = Text(record, "user_agent.original"),
            Host = Text(record, "http.request.header.host"),
            StatusCode = (int?)Number(record, "http.response.status_code", 999),
            Warnings = ExchangeParts.Warnings(record),
            RequestBodySize = Number(record, "http.request.body.size"),
            ResponseBodySize = Number(record, "http.response.body.size"),
            StreamId = (uint?)Number(record, "http.stream_id", uint.MaxValue),
            UnknownFields = Text(record, "http.unknown_fields")?.Split(' ') ?? [],
            UnknownRequestFields = Text(record, "http.unknown_fields")?.Split(' ') ?? [], // whose they are is not recorded
            IsRequestEndUnknown = Number(record, "http.upload_ns", long.MaxValue >> 1) is null,
            IsReset = Text(record, "http.reset_by") is not null,
            IsResetByClient = Text(record, "http.reset_by") == "client",
            ResetError = Text(record, "http.reset_error"),
            Grpc = GrpcFields.Read(record),
        };

    private static ExchangeState? State(string? word) => word switch
    {
        "done" => ExchangeState.Done,
        "running" => ExchangeState.Running,
        "aborted" => ExchangeState.Aborted,
        "one_way" => ExchangeState.OneWay,
        "lost" => ExchangeState.Lost,
        _ => null,
    };

    private static CompletenessKind Completeness(string? word) => word switch
    {
        "complete" => CompletenessKind.Complete,
        "truncated" => CompletenessKind.Truncated,
        "resynced" => CompletenessKind.Resynced,
        _ => CompletenessKind.Unmatched,
    };

    private static long? Time(JsonElement record) => Text(record, "start") is { } text ? Timestamp.Parse(text) : null;

    private static IPEndPoint? EndPoint(JsonElement record, string address, string port) =>
        IPAddress.TryParse(Text(record, address), out var parsed) && Number(record, port, ushort.MaxValue) is { } number
            ? new IPEndPoint(parsed, (int)number)
            : null;

    internal static string? Text(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A whole number from 0 to <paramref name="most"/>; null when there is none.</summary>
    internal static long? Number(JsonElement record, string name, long most = long.MaxValue) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out var number) && number >= 0 && number <= most
            ? number
            : null;

    private static ulong? Unsigned(JsonElement record, string name) =>
        record.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number)
            ? number
            : null;
}
