// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;

namespace L7Trace.UnitTests.Cli;

/// <summary>Exchanges for tests of what comes behind the parsers.</summary>
internal static class Some
{
    private static ulong _nextOffset = 1000;

    public static ConnectionInfo Connection(
        EndpointRole role = EndpointRole.Client, ulong id = 1, int clientPort = 40000, string command = "app") => new()
        {
            Id = new ConnectionId(id),
            Role = role,
            ProcessId = role == EndpointRole.Client ? 100u : 200u,
            ProcessCommand = command,
            Local = new IPEndPoint(IPAddress.Loopback, role == EndpointRole.Client ? clientPort : 3306),
            Remote = new IPEndPoint(IPAddress.Loopback, role == EndpointRole.Client ? 3306 : clientPort),
        };

    public static MySqlExchange Query(
        string sql,
        long start = 0,
        long? duration = 1_000_000,
        ConnectionInfo? connection = null,
        ushort? error = null,
        ulong? offset = null,
        ExchangeState? state = null)
    {
        var exchange = new MySqlExchange
        {
            Connection = connection ?? Connection(),
            Command = MySqlCommand.Query,
            StatementText = sql,
            ErrorCode = error,
            ErrorMessage = error is null ? null : "near 'secret'",
            ResultSets = error is null ? 1 : 0,
            ReturnedRows = error is null ? 1 : null,
        };
        return Timed(exchange, start, duration, offset, state);
    }

    public static HttpExchange Get(string path, int status = 200, long start = 0, long? duration = 1_000_000) => Timed(
        new HttpExchange(Protocol.Http1)
        {
            Connection = Connection(),
            Method = "GET",
            Target = path,
            Path = path.Split('?')[0],
            Query = path.Contains('?', StringComparison.Ordinal) ? path.Split('?')[1] : null,
            Host = "shop",
            Version = "1.1",
            StatusCode = status,
        }, start, duration, null, null);

    private static T Timed<T>(T exchange, long start, long? duration, ulong? offset, ExchangeState? state)
        where T : Exchange
    {
        var at = FakeSource.Begin + start;
        var position = offset ?? (_nextOffset += 100);
        var request = default(MessageTiming);
        request.Extend(position, position + 10, new SegmentTime(at, at), new SegmentTime(at, at));
        exchange.Request = request;
        if (duration is { } took)
        {
            var response = default(MessageTiming);
            response.Extend(1, 10, new SegmentTime(at + took, at + took), new SegmentTime(at + took, at + took));
            exchange.Response = response;
        }

        exchange.State = state ?? (duration is null ? ExchangeState.Running : ExchangeState.Done);
        return exchange;
    }
}
