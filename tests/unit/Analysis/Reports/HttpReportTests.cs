// SPDX-License-Identifier: Apache-2.0
using L7Trace.Analysis.Http;
using L7Trace.Analysis.Reports;
using L7Trace.Analysis.Sql;
using L7Trace.Export.Json;
using L7Trace.Export.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.Http2;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Reports;

public sealed class HttpReportTests
{
    private readonly Aggregator _aggregator = new(new ExchangeLabel(new DigestCache(), new RouteTable()));

    [Fact]
    public void A_failed_call_is_of_one_class_and_has_a_name()
    {
        var reset = Call("/r", 200, isReset: true, error: "CANCEL");
        var aborted = Some.Running(Call("/r", null));
        aborted.State = ExchangeState.Aborted;
        foreach (var exchange in new[]
        {
            Call("/r", 200), Call("/r", 404), Call("/r", 404), Call("/r", 499), Call("/r", 503), Call("/r", 200, grpc: 4), Call("/r", 200, grpc: 0),
            Call("/r", 503, isReset: true), reset, aborted,
        })
        {
            _aggregator.OnExchange(exchange);
        }

        var route = Assert.Single(_aggregator.Build(0).Routes);
        var failures = route.Failures;
        Assert.Equal(
            (3, 1, 1, 2, 1, 8),
            (failures[HttpFailureKind.Client], failures[HttpFailureKind.Server], failures[HttpFailureKind.Grpc], failures[HttpFailureKind.Reset],
                failures[HttpFailureKind.Closed], failures.Total));
        Assert.Equal(
            [("404", 2), ("499", 1), ("503", 1), ("CANCEL", 1), ("DEADLINE_EXCEEDED", 1), ("_OTHER", 1), ("connection_closed", 1)],
            failures.Sorted().Select(f => (f.Name, (int)f.Count)));
        Assert.Equal((10, 20), (route.Calls, route.RequestBytes));
    }

    [Fact]
    public void Names_of_failures_are_bounded_and_the_rest_is_counted()
    {
        for (var status = 400; status < 500; status++)
        {
            _aggregator.OnExchange(Call("/r", status));
        }

        var failures = Assert.Single(_aggregator.Build(0).Routes).Failures;
        Assert.Equal((64, 36, 100), (failures.Sorted().Count, failures.Others, failures.Total));
    }

    [Fact]
    public void The_text_has_the_classes_and_below_what_they_were()
    {
        _aggregator.OnExchange(Call("/a/1", 200));
        _aggregator.OnExchange(Call("/a/2", 404));
        _aggregator.OnExchange(Call("/b", 500));
        var output = new StringWriter();
        RouteReportText.Write(output, _aggregator.Build(0).Routes);

        Assert.Equal(
            """
            HTTP routes
            calls  4xx  5xx  reset  closed  total  avg  p50  p95  p99  max  sent  received  host  route
                2    1    0      0       0    2ms  1ms  1ms  1ms  1ms  1ms    4B        6B  shop  GET /a/{id}
                1    0    1      0       0    1ms  1ms  1ms  1ms  1ms  1ms    2B        3B  shop  GET /b

            Failures
            failed  of what  host  route
                 1  404: 1   shop  GET /a/{id}
                 1  500: 1   shop  GET /b


            """.ReplaceLineEndings("\n"),
            output.ToString());
    }

    [Fact]
    public void A_users_name_in_a_host_or_target_is_no_part_of_a_group()
    {
        _aggregator.OnExchange(Some.Get("/", host: "ann:sesame@shop"));
        _aggregator.OnExchange(Assert.Single(Conversation.AtClient().Ask("CONNECT ann:sesame@shop:443 HTTP/1.1\r\n\r\n")
            .Answer("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n").Finish()));

        Assert.Equal(
            [("shop", "GET /"), ("shop:443", "CONNECT shop:443")], _aggregator.Build(0).Routes.Select(route => (route.Scope, route.Text)).Order());
    }

    [Fact]
    public void Calls_of_unknown_routes_are_grouped_by_their_marks_and_their_connection()
    {
        // The first calls put path a and path b into the table; the tracer joins behind them.
        var encoder = new Http2Encoder();
        var block = (string path) => Http2Wire.Frame(
            L7Trace.Parsers.Protocols.Http2.Http2FrameType.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 0, encoder.Block(Http2Wire.Get(path)));
        _ = block("/secret/a");
        _ = block("/secret/b");
        var talk = new Conversation(EndpointRole.Client, fromStart: false);
        var stream = 101u;
        foreach (var path in new[] { "/new", "/secret/a", "/secret/b", "/secret/a", "/new", "/secret/b", "/secret/a" })
        {
            var frame = block(path);
            frame[8] = (byte)stream;
            talk.Client(frame).Server(Http2Wire.Headers(stream, end: true, (":status", "200")));
            stream += 2;
        }

        AssertUnknown(talk.Finish());
        AssertUnknown([.. talk.Exchanges.Select(Recorded)]);
    }

    private static void AssertUnknown(IReadOnlyList<Exchange> exchanges)
    {
        var aggregator = new Aggregator(new ExchangeLabel(new DigestCache(), new RouteTable()));
        foreach (var exchange in exchanges)
        {
            aggregator.OnExchange(exchange);
        }

        var routes = aggregator.Build(0).Routes;
        Assert.Equal([3L, 2L, 2L], routes.Select(route => route.Calls).OrderDescending());
        Assert.Equal(2, routes.Count(route => route.Text.Contains(" of connection 2a)", StringComparison.Ordinal)));
        Assert.Single(routes, route => route.Text == "GET /new" && route.Calls == 2);
    }

    // As report --read gets it, out of what -o jsonl wrote.
    private static Exchange Recorded(Exchange exchange)
    {
        using var stream = new MemoryStream();
        using (var lines = new JsonLinesWriter(stream))
        {
            lines.Write(exchange);
            lines.Flush();
        }

        return JsonLinesReader.Read(stream.ToArray().AsMemory()[..^1])?.Exchange!;
    }

    private static HttpExchange Call(string path, int? status, int? grpc = null, bool isReset = false, string? error = null) => Some.Timed(
        new HttpExchange(Protocol.Http2)
        {
            Connection = Some.ClientConnection(),
            Method = "GET",
            Path = path,
            Host = "shop",
            StatusCode = status,
            RequestBodySize = 2,
            ResponseBodySize = 3,
            IsReset = isReset,
            ResetError = error,
            Grpc = grpc is { } code ? new GrpcCall { StatusCode = code } : null,
        },
        0, 1);
}
