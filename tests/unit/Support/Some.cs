// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.UnitTests.Support;

/// <summary>Finished exchanges for tests of what comes behind the parsers. Times are milliseconds behind <see cref="Epoch"/>.</summary>
internal static class Some
{
    public const long Epoch = 1_700_000_000_000_000_000;
    public const long Millisecond = 1_000_000;

    public static ConnectionInfo ClientConnection(ulong id = 1, int port = 50000, uint netns = 1, bool fromStart = false) => new()
    {
        Id = new ConnectionId(id),
        Role = EndpointRole.Client,
        RoleEvidence = RoleEvidence.Connect,
        ProcessId = 100,
        ProcessCommand = "shop",
        NetworkNamespace = netns,
        FromStart = fromStart,
        Local = new IPEndPoint(IPAddress.Loopback, port),
        Remote = new IPEndPoint(IPAddress.Loopback, 3306),
    };

    public static ConnectionInfo ServerConnection(ulong id = 2, int port = 50000, uint netns = 1, bool fromStart = false) => new()
    {
        Id = new ConnectionId(id),
        Role = EndpointRole.Server,
        RoleEvidence = RoleEvidence.Accept,
        ProcessId = 200,
        ProcessCommand = "mariadbd",
        NetworkNamespace = netns,
        FromStart = fromStart,
        Local = new IPEndPoint(IPAddress.Loopback, 3306),
        Remote = new IPEndPoint(IPAddress.Loopback, port),
    };

    public static MySqlExchange Query(
        string? text, double start = 0, double duration = 1, ConnectionInfo? connection = null, ulong offset = 1000,
        string? schema = "shop", long? rows = 1, MySqlCommand command = MySqlCommand.Query, ushort? status = 2) => Timed(
        new MySqlExchange
        {
            Connection = connection ?? ClientConnection(),
            Command = command,
            StatementText = text,
            Schema = schema,
            ReturnedRows = rows,
            ServerStatus = status,
        },
        start, duration, offset);

    public static HttpExchange Get(
        string path, string? query = null, int status = 200, double start = 0, double duration = 1,
        ConnectionInfo? connection = null, ulong offset = 1000, string? host = "shop.example", string method = "GET") => Timed(
        new HttpExchange(Protocol.Http1)
        {
            Connection = connection ?? ClientConnection(),
            Method = method,
            Path = path,
            Target = query is null ? path : path + "?" + query,
            Query = query,
            Host = host,
            Version = "1.1",
            StatusCode = status,
            ResponseBodySize = 1234,
        },
        start, duration, offset);

    /// <summary>Gives an exchange its times, in milliseconds.</summary>
    public static T Timed<T>(T exchange, double start, double duration, ulong offset = 1000)
        where T : Exchange
    {
        var begin = Epoch + (long)(start * Millisecond);
        var end = begin + (long)(duration * Millisecond);
        var process = exchange.Connection.ProcessId;
        exchange.Request = Message(offset, 20, begin, process);
        exchange.Response = Message(9000, 50, end, process);
        return exchange;
    }

    /// <summary>Makes it one that has no response yet.</summary>
    public static T Running<T>(T exchange)
        where T : Exchange
    {
        exchange.State = ExchangeState.Running;
        exchange.Response = default;
        return exchange;
    }

    private static MessageTiming Message(ulong offset, ulong length, long time, uint process)
    {
        var timing = default(MessageTiming);
        var segment = new SegmentTime(time, time, process, process);
        timing.Extend(offset, offset + length, segment, segment);
        return timing;
    }
}
