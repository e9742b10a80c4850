// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Analysis.Http;
using L7Trace.Export;
using L7Trace.Export.Otlp;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Export.Otlp.Spans;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Cli;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>Makes spans of exchanges, and shows their attributes as sorted lines "name=value".</summary>
internal static class SpanTestCase
{
    public static readonly TracedProcess Client = new() { ProcessId = 100, ExecutableName = "app" };
    public static readonly TracedProcess Server = new() { ProcessId = 200, ExecutableName = "mariadbd" };

    public static Span Of(Exchange exchange, Redaction? redaction = null, string variables = "", params string[] routes) =>
        FakeTransport.SpansOf(RequestOf(exchange, null, redaction, variables, routes)).Single();

    public static ExportTraceServiceRequest RequestOf(
        Exchange exchange, Exchange? other = null, Redaction? redaction = null, string variables = "", params string[] routes)
    {
        var settings = OtlpEnvironmentTests.Read(null, variables);
        var patterns = routes.Select(static route => RoutePattern.TryParse(route, out _)!).ToArray();
        var batch = new SpanBatch(new ProcessResource(settings, redaction ?? Redaction.Default));
        new SpanMapper(settings, redaction ?? Redaction.Default, patterns).Map(
            new QueuedExchange(exchange, ProcessOf(exchange), other, other is null ? null : ProcessOf(other)), batch);
        return batch.Request;
    }

    public static string[] Attributes(Span span) => Lines(span.Attributes);

    public static string[] Lines(IEnumerable<KeyValue> attributes) =>
        [.. attributes.Select(static x => $"{x.Key}={Text(x.Value)}").Order(StringComparer.Ordinal)];

    public static string? Attribute(Span span, string name) =>
        span.Attributes.SingleOrDefault(x => x.Key == name) is { } found ? Text(found.Value) : null;

    public static ConnectionInfo Connection(EndpointRole role, int serverPort, PeerProof proof = PeerProof.Socket, string server = "10.0.0.2") => new()
    {
        Id = new ConnectionId(7),
        Role = role,
        ProcessId = role == EndpointRole.Client ? 100u : 200u,
        ProcessCommand = "app",
        Local = new IPEndPoint(IPAddress.Parse(role == EndpointRole.Client ? "10.0.0.1" : server), role == EndpointRole.Client ? 40000 : serverPort),
        Remote = proof == PeerProof.Unknown ? null
            : new IPEndPoint(IPAddress.Parse(role == EndpointRole.Client ? server : "10.0.0.1"), role == EndpointRole.Client ? serverPort : 40000),
        PeerProof = proof,
    };

    public static T Timed<T>(T exchange, ExchangeState state = ExchangeState.Done, bool answered = true)
        where T : Exchange
    {
        var request = default(MessageTiming);
        request.Extend(64, 74, new SegmentTime(FakeSource.Begin, FakeSource.Begin + 1), new SegmentTime(FakeSource.Begin + 2, FakeSource.Begin + 3));
        exchange.Request = request;
        if (answered)
        {
            var response = default(MessageTiming);
            response.Extend(1, 9, new SegmentTime(FakeSource.Begin + 4, FakeSource.Begin + 5), new SegmentTime(FakeSource.Begin + 6, FakeSource.Begin + 1000));
            exchange.Response = response;
        }

        exchange.State = state;
        return exchange;
    }

    private static TracedProcess ProcessOf(Exchange exchange) => exchange.Connection.Role == EndpointRole.Server ? Server : Client;

    // A number and the same digits as text are two values.
    private static string Text(AnyValue value) => value.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => $"\"{value.StringValue}\"",
        AnyValue.ValueOneofCase.IntValue => $"{value.IntValue}",
        AnyValue.ValueOneofCase.ArrayValue => $"[{string.Join(", ", value.ArrayValue.Values.Select(Text))}]",
        _ => $"? {value}",
    };
}
