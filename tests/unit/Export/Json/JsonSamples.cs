// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.SlowSql;
using L7Trace.Analysis.Sql;
using L7Trace.Export;
using L7Trace.Export.Fields;
using L7Trace.Export.Json;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.Parsers.Protocols.Http1;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Protocols.WebSocket;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Export.Json;

/// <summary>Exchanges, losses and reports that together have every field, and their lines.</summary>
internal static class JsonSamples
{
    private static readonly ContainerFacts s_container = new(string.Concat(Enumerable.Repeat("3f2a91c4", 8)), "shop-db-1");

    public static IReadOnlyList<Redaction> Redactions { get; } = [Redaction.Default, Redaction.Off];

    public static MySqlExchange Full()
    {
        return Some.Timed(
            new MySqlExchange
            {
                Connection = Some.ClientConnection(),
                Command = MySqlCommand.Query,
                StatementText = "SELECT name FROM users WHERE mail = 'x@example.com'",
                StatementId = 3,
                Schema = "shop",
                User = "app",
                ServerConnectionId = 17,
                ServerVersion = "10.11",
                IsMariaDb = true,
                ReturnedRows = 1,
                AffectedRows = ulong.MaxValue,
                Warnings = 2,
                ErrorCode = 1062,
                SqlState = "23000",
                ErrorMessage = "Duplicate entry 'x@example.com'",
                ResponseBytes = 99,
            },
            0, 1);
    }

    /// <summary>A gRPC call that the server ended, joined so late that a field is not known.</summary>
    public static HttpExchange Call() => Some.Timed(
        new HttpExchange(Protocol.Http2)
        {
            Connection = Some.ClientConnection(),
            Version = "2",
            Method = "POST",
            Target = "/shop.Orders/Watch",
            Path = "/shop.Orders/Watch",
            StatusCode = 200,
            StreamId = 7,
            UnknownFields = ["3", "1.2"],
            IsReset = true,
            ResetError = "CANCEL",
            Grpc = new GrpcCall
            {
                Method = "shop.Orders/Watch",
                StatusCode = 4,
                StatusMessage = "too late for x@example.com",
                Timeout = 2_000_000_000,
                Request = new GrpcMessages(2, 12, 1, null, null, [Some.Epoch + 100_000, Some.Epoch + 200_000]),
                Response = new GrpcMessages(2, 30, 2, Some.Epoch + 400_000, Some.Epoch + 900_000, [Some.Epoch + 400_000, Some.Epoch + 900_000]),
            },
        },
        0, 1);

    /// <summary>A WebSocket connection with all that can be known of one, one of which little is known, and messages.</summary>
    public static IEnumerable<WebSocketExchange> Sockets()
    {
        var handshake = Some.Get("/chat;s=1", "token=x", 101);
        var options = WebSocketOptions.None.With("permessage-deflate") with { Subprotocol = "v1" };
        WebSocketExchange Record(WebSocketMessage? message, bool isKnown = true) => new()
        {
            Connection = Some.ClientConnection(),
            Handshake = isKnown ? handshake : null,
            Options = isKnown ? options : null,
            Message = message,
            State = message is null ? ExchangeState.Done : ExchangeState.OneWay,
            Request = message is { IsFromClient: false } ? default : handshake.Request with { StartOffset = 7 },
            Response = message is { IsFromClient: false } ? handshake.Request with { StartOffset = 9 } : default,
            Client = message is null ? new WebSocketTotals { Messages = isKnown ? 3 : null, MessagesAtLeast = 3, Bytes = isKnown ? 40 : null, UncompressedBytes = isKnown ? 90 : null, Pings = 1, Pongs = 2 } : null,
            Server = message is null ? new WebSocketTotals { Messages = isKnown ? 4 : null, MessagesAtLeast = 4, Bytes = isKnown ? 50 : null, UncompressedBytes = isKnown ? 80 : null, Pings = 2, Pongs = 1 } : null,
            OpenTime = message is null && isKnown ? 5_000_000 : null,
            IsClosed = message is null,
            IsClosedByClient = isKnown,
            CloseCode = message is null ? 1002 : null,
            CloseReason = message is null ? "because of x@example.com" : null,
            Warnings = message is null ? (WebSocketWarnings)4095 : 0,
        };

        yield return Record(null);
        yield return Record(null, isKnown: false);
        yield return Record(new WebSocketMessage { Opcode = WebSocketOpcode.Text, IsFromClient = true, Number = 1, Frames = 2, Bytes = 9, IsCompressed = true, UncompressedBytes = 20, Prefix = "x@example.comé"u8.ToArray().AsMemory(0, 14), IsText = true });
        yield return Record(new WebSocketMessage { Opcode = WebSocketOpcode.Close, Frames = 1, Bytes = 2, CloseCode = 1000, Prefix = new byte[] { 3, 232 } });
    }

    public static IEnumerable<Exchange> Samples()
    {
        yield return Full();
        yield return Some.Running(Some.Query("SELECT SLEEP(9)"));
        yield return Some.Get("/orders/17;s=1", "q=1", 503);
        yield return Call();
        foreach (var record in Sockets())
        {
            yield return record;
        }

        yield return new HttpExchange(Protocol.Http1)
        {
            Connection = Some.ClientConnection(),
            UserAgent = "curl",
            RequestBodySize = 1,
            Warnings = (Http1Warnings)1023,
            State = ExchangeState.Aborted,
            Completeness = new Completeness(CompletenessKind.Truncated, 5),
            Tls = true,
        };
        var merged = Some.Query("SELECT 1");
        merged.OtherEnd = Some.Query("SELECT 1", connection: Some.ServerConnection());
        yield return merged;
        var cut = new MySqlExchange
        {
            Connection = new ConnectionInfo
            {
                Id = new ConnectionId(ulong.MaxValue),
                Role = EndpointRole.Client,
                UnixPath = "/run/mysqld/mysqld.sock",
                PeerProcessId = 7,
            },
            StatementText = "SELECT 'abc",
            StatementTextMissing = 100,
            Parameters = new MySqlParameters([new(MySqlFieldType.VarString, false, MySqlParameterState.Value, "é"u8.ToArray().AsMemory(0, 2), 90, null)], []),
            ReturnedRowsAtLeast = 12,
            UncompressedResponseBytes = 900,
            Compression = "zstd",
            CompressionLevel = 3,
            Command = MySqlCommand.Connect,
            LocalFileBytes = 40,
            IsStream = true,
            BinlogDump = new MySqlBinlogDump("log.000007", 4, 9, IsFinite: false),
            BinlogEvents = 12,
            ClientAttributes =
            [
                new("program_name", "mysql"), new("_client_name", "libmysql"), new("_client_version", "9.7"),
                new("_pid", "17"), new("_os", "Linux"), new("own", "secret"),
            ],
            State = ExchangeState.Lost,
            Completeness = new Completeness(CompletenessKind.Unmatched),
        };
        yield return cut;
        var flagged = Some.Query("CALL p()", status: 0x1a73);
        flagged.IdleTime = 4;
        yield return flagged;
        yield return new MySqlExchange
        {
            Connection = Some.ClientConnection(),
            ServerStatus = 0x4002,
            Fetches = 3,
            BatchSize = 2,
            Parameters = new MySqlParameters(
                [], [new(MySqlFieldType.VarString, false, MySqlParameterState.Value, "anna"u8.ToArray(), 40, "who"), new(MySqlFieldType.Null, false, MySqlParameterState.Null, default, 0, "why")]),
            ResultSets = 2,
            LastInsertId = 7,
            Info = "Rows matched: 1",
            SessionChanges = new MySqlSessionChanges
            {
                Schema = "four",
                TransactionState = "T_______",
                TransactionCharacteristics = "START TRANSACTION",
                Gtids = "0-1-7",
                SystemVariables = [new("sql_mode", "ANSI"), new("time_zone", "UTC")],
            },
        };
        yield return Some.Query("SELECT 1", connection: new ConnectionInfo
        {
            Id = new ConnectionId(5),
            Local = new IPEndPoint(IPAddress.Parse("::ffff:10.0.0.1"), 1),
            Remote = new IPEndPoint(IPAddress.IPv6Loopback, 2),
        });
        foreach (var command in Enum.GetValues<MySqlCommand>())
        {
            yield return Some.Query(null, command: command);
        }
    }

    public static LossCounts EveryLoss()
    {
        var losses = new LossCounts();
        foreach (var cause in Enum.GetValues<LossCause>())
        {
            losses[cause] = 1 + (ulong)cause;
        }

        return losses;
    }

    public static IEnumerable<string> Groups()
    {
        var aggregator = new Aggregator(new ExchangeLabel(new DigestCache(), new RouteTable()));
        foreach (var exchange in Samples())
        {
            aggregator.OnExchange(exchange);
        }

        var report = aggregator.Build(Some.Epoch);
        Assert.NotEmpty(report.Statements);
        Assert.NotEmpty(report.Routes);
        Assert.NotEmpty(report.WebSockets);
        return report.Statements.Concat(report.Routes).Concat(report.WebSockets).Select(group => Written(writer => writer.WriteGroup(group)));
    }

    public static IEnumerable<string> StatementReports()
    {
        foreach (var grouping in Enum.GetValues<StatementGrouping>())
        {
            var aggregator = new StatementAggregator(new ExchangeLabel(new DigestCache(), new RouteTable()), grouping);
            foreach (var exchange in Samples().Where(exchange => exchange.State != ExchangeState.Running))
            {
                aggregator.OnExchange(exchange);
            }

            var connection = Some.ClientConnection(id: 77);
            foreach (var (text, start, status) in ((string, int, ushort)[])[("SELECT 7", 0, 2), ("BEGIN", 1000, 3), ("SELECT 7", 2000, 3), ("COMMIT", 3000, 2)])
            {
                aggregator.OnExchange(Some.Query(text, start, duration: 900, connection: connection, status: status, offset: 0));
            }

            var report = aggregator.Build(
                Some.Epoch, Some.Epoch + (5000 * Some.Millisecond), limit: new StatementLimit(Count: 2), inFlight: [Some.Running(Some.Query("SELECT 1"))]);
            foreach (var redaction in Redactions)
            {
                var stream = new MemoryStream();
                using var writer = new JsonLinesWriter(stream, redaction, now: () => Some.Epoch + (1000 * Some.Millisecond), containerOf: static _ => s_container);
                writer.WriteReport(report);
                writer.Flush();
                foreach (var line in Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    yield return line;
                }
            }
        }
    }

    public static string Line(Exchange exchange, Redaction? redaction = null) =>
        Written(writer => writer.Write(exchange), redaction);

    public static string Written(Action<JsonLinesWriter> write, Redaction? redaction = null)
    {
        var stream = new MemoryStream();
        using var writer = new JsonLinesWriter(stream, redaction, now: () => Some.Epoch + (1000 * Some.Millisecond), containerOf: static _ => s_container);
        write(writer);
        writer.Flush();
        var text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
        return text.TrimEnd('\n');
    }
}
