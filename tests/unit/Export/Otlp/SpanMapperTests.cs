// SPDX-License-Identifier: Apache-2.0
using Google.Protobuf;
using L7Trace.Export;
using L7Trace.Export.Otlp;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Cli;
using Xunit;
using static L7Trace.UnitTests.Export.Otlp.SpanTestCase;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>Ids, parents, times and Resources.</summary>
public sealed class SpanMapperTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";
    private const string Parent = "b7ad6b7169203331";

    [Fact]
    public void Its_times_are_the_exchanges()
    {
        var span = Of(Get());

        Assert.Equal((ulong)FakeSource.Begin, span.StartTimeUnixNano);
        Assert.Equal((ulong)FakeSource.Begin + 1000, span.EndTimeUnixNano);
    }

    [Fact]
    public void A_request_without_a_parent_begins_a_trace()
    {
        var span = Of(Get());

        Assert.Equal((16, 8, 0), (span.TraceId.Length, span.SpanId.Length, span.ParentSpanId.Length));
        Assert.Equal(0x101u, span.Flags); // sampled; its parent is known to be none from elsewhere
    }

    [Fact]
    public void The_same_exchange_has_the_same_ids_and_every_other_has_others()
    {
        Assert.Equal((Of(Get()).TraceId, Of(Get()).SpanId), (Of(Get()).TraceId, Of(Get()).SpanId));
        var ids = new HashSet<ByteString>();
        for (var i = 0; i < 1000; i++)
        {
            var span = Of(Some.Query("SELECT 1"));
            Assert.True(ids.Add(span.SpanId) && ids.Add(span.TraceId));
        }
    }

    [Fact]
    public void A_request_with_a_parent_is_its_child()
    {
        var span = Of(Get(("traceparent", $"00-{Trace}-{Parent}-01"), ("TraceState", "ot=th:8"), ("tracestate", "vendor=5esame")));

        Assert.Equal((Trace, Parent), (Hex(span.TraceId), Hex(span.ParentSpanId)));
        Assert.NotEqual(Parent, Hex(span.SpanId));
        Assert.Equal("ot=th:8", span.TraceState);
        Assert.Equal(0x301u, span.Flags); // sampled; its parent is from elsewhere
        Assert.Equal("ot=th:8,vendor=5esame", Of(Get(("traceparent", $"00-{Trace}-{Parent}-01"), ("tracestate", "ot=th:8,vendor=5esame")), Redaction.Off).TraceState);
    }

    [Theory]
    [InlineData(MySqlCommand.Query, true)]
    [InlineData(MySqlCommand.StatementPrepare, true)]
    [InlineData(MySqlCommand.StatementExecute, false)] // its text is older than it is
    public void A_statement_may_have_its_parent_in_a_comment(MySqlCommand command, bool isChild)
    {
        var span = Of(Timed(new MySqlExchange
        {
            Connection = Connection(EndpointRole.Client, 3306),
            Command = command,
            StatementText = $"SELECT 1 /*traceparent='00-{Trace}-{Parent}-01',tracestate='ot%3Dth%3A8%2Cvendor%3D5esame'*/",
        }));

        Assert.Equal(isChild ? (Trace, Parent, "ot=th:8") : (Hex(span.TraceId), "", ""), (Hex(span.TraceId), Hex(span.ParentSpanId), span.TraceState));
        Assert.Equal(isChild, Hex(span.TraceId) == Trace);
        Assert.Equal("\"SELECT ? \"", Attribute(span, "db.query.text"));
    }

    [Fact]
    public void The_flags_of_the_parent_stay()
    {
        Assert.Equal(0x303u, Of(Get(("traceparent", $"00-{Trace}-{Parent}-03"))).Flags);
        Assert.Equal(0x300u, Of(Get(("traceparent", $"00-{Trace}-{Parent}-00")), variables: "OTEL_TRACES_SAMPLER=always_on").Flags);
    }

    [Fact]
    public void A_trace_that_its_caller_does_not_sample_is_not_sent() =>
        Assert.Empty(RequestOf(Get(("traceparent", $"00-{Trace}-{Parent}-00"))).ResourceSpans);

    [Theory]
    [InlineData($"00-{Trace}-{Parent}-01", $"00-{Trace}-00f067aa0ba902b7-01")] // which of the two is not known
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01", null)]
    public void A_parent_that_is_not_valid_is_none(string first, string? second)
    {
        var span = Of(second is null ? Get(("traceparent", first)) : Get(("traceparent", first), ("traceparent", second)));

        Assert.Equal((0, 0x101u), (span.ParentSpanId.Length, span.Flags));
        Assert.NotEqual(Trace, Hex(span.TraceId));
    }

    [Fact]
    public void Tracestate_without_a_parent_is_nothing() => Assert.Equal("", Of(Get(("tracestate", "ot=th:8"))).TraceState);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_two_ends_the_clients_span_is_the_parent_of_the_servers_whichever_is_shown(bool servers)
    {
        var (client, server) = (Get(), Get(EndpointRole.Server));
        var request = servers ? RequestOf(server, client) : RequestOf(client, server);

        var spans = FakeTransport.SpansOf(request).ToArray();
        Assert.Equal([SpanKind.Client, SpanKind.Server], spans.Select(static span => span.Kind));
        Assert.Equal((spans[0].TraceId, spans[0].SpanId), (spans[1].TraceId, spans[1].ParentSpanId));
        Assert.NotEqual(spans[0].SpanId, spans[1].SpanId);
        Assert.Equal([0x101u, 0x301u], spans.Select(static span => span.Flags));
        Assert.Equal(2, request.ResourceSpans.Count);
        Assert.Contains("process.pid=200", Lines(request.ResourceSpans[1].Resource.Attributes));
    }

    [Fact]
    public void Of_two_ends_in_a_callers_trace_the_clients_span_is_its_child_and_the_servers_a_grandchild()
    {
        var parent = ("traceparent", $"00-{Trace}-{Parent}-01");
        var spans = FakeTransport.SpansOf(RequestOf(Get(parent), Get(EndpointRole.Server, parent))).ToArray();

        Assert.Equal([Trace, Trace], spans.Select(static span => Hex(span.TraceId)));
        Assert.Equal((Parent, spans[0].SpanId), (Hex(spans[0].ParentSpanId), spans[1].ParentSpanId));
    }

    [Fact]
    public void The_Resource_is_the_traced_process()
    {
        var request = RequestOf(Get(), redaction: Redaction.Default);

        var spans = Assert.Single(request.ResourceSpans);
        Assert.Equal("https://opentelemetry.io/schemas/1.44.0", spans.SchemaUrl);
        Assert.Equal(
            [
                "process.executable.name=\"app\"", "process.pid=100", "service.name=\"unknown_service:app\"", "telemetry.sdk.language=\"dotnet\"",
                "telemetry.sdk.name=\"l7trace\"", "telemetry.sdk.version=\"0.1.0\"",
            ],
            Lines(spans.Resource.Attributes));
        var scope = Assert.Single(spans.ScopeSpans);
        Assert.Equal(("l7trace", "0.1.0", "https://opentelemetry.io/schemas/1.44.0"), (scope.Scope.Name, scope.Scope.Version, scope.SchemaUrl));
    }

    private static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    private static HttpExchange Get(params (string, string)[] headers) => Get(EndpointRole.Client, headers);

    private static HttpExchange Get(EndpointRole role, params (string Name, string Value)[] headers) => Timed(new HttpExchange(Protocol.Http1)
    {
        Connection = Connection(role, 80),
        Method = "GET",
        Path = "/",
        StatusCode = 200,
        RequestHeaders = [.. headers.Select(static header => KeyValuePair.Create(header.Name, header.Value))],
    });
}
