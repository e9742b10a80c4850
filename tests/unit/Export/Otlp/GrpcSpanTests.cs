// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Export.Otlp.Spans;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.Grpc;
using Xunit;
using static L7Trace.UnitTests.Export.Otlp.SpanTestCase;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>The tables of semantic conventions 1.44, "gRPC".</summary>
public sealed class GrpcSpanTests
{
    [Fact]
    public void A_clients_span()
    {
        var span = Of(Call(EndpointRole.Client, 0));

        Assert.Equal(("shop.Orders/Place", SpanKind.Client, null), (span.Name, span.Kind, span.Status));
        Assert.Equal(
            [
                "network.peer.address=\"10.0.0.2\"", "network.peer.port=5001", "rpc.method=\"shop.Orders/Place\"", "rpc.response.status_code=\"OK\"",
                "rpc.system.name=\"grpc\"", "server.address=\"shop.test\"", "server.port=5001",
            ],
            Attributes(span));
    }

    [Fact]
    public void A_servers_span()
    {
        var span = Of(Call(EndpointRole.Server, 0));

        Assert.Equal(("shop.Orders/Place", SpanKind.Server, null), (span.Name, span.Kind, span.Status));
        Assert.Equal(
            [
                "client.address=\"10.0.0.1\"", "client.port=40000", "network.peer.address=\"10.0.0.1\"", "network.peer.port=40000",
                "rpc.method=\"shop.Orders/Place\"", "rpc.response.status_code=\"OK\"", "rpc.system.name=\"grpc\"", "server.address=\"shop.test\"",
                "server.port=5001",
            ],
            Attributes(span));
    }

    [Theory]
    [InlineData(1, "CANCELLED", false)]
    [InlineData(2, "UNKNOWN", true)]
    [InlineData(3, "INVALID_ARGUMENT", false)]
    [InlineData(4, "DEADLINE_EXCEEDED", true)]
    [InlineData(5, "NOT_FOUND", false)]
    [InlineData(6, "ALREADY_EXISTS", false)]
    [InlineData(7, "PERMISSION_DENIED", false)]
    [InlineData(8, "RESOURCE_EXHAUSTED", false)]
    [InlineData(9, "FAILED_PRECONDITION", false)]
    [InlineData(10, "ABORTED", false)]
    [InlineData(11, "OUT_OF_RANGE", false)]
    [InlineData(12, "UNIMPLEMENTED", true)]
    [InlineData(13, "INTERNAL", true)]
    [InlineData(14, "UNAVAILABLE", true)]
    [InlineData(15, "DATA_LOSS", true)]
    [InlineData(16, "UNAUTHENTICATED", false)]
    public void Every_status_but_OK_is_an_error_for_the_client_and_some_are_for_the_server(int code, string name, bool isServers)
    {
        var client = Of(Call(EndpointRole.Client, code));
        Assert.Equal(($"\"{name}\"", $"\"{name}\""), (Attribute(client, "rpc.response.status_code"), Attribute(client, "error.type")));
        Assert.Equal(new Status { Code = StatusCode.Error }, client.Status); // no message, which quotes data

        var server = Of(Call(EndpointRole.Server, code));
        Assert.Equal($"\"{name}\"", Attribute(server, "rpc.response.status_code"));
        Assert.Equal(isServers ? $"\"{name}\"" : null, Attribute(server, "error.type"));
        Assert.Equal(isServers ? StatusCode.Error : null, server.Status?.Code);
    }

    [Fact]
    public void A_method_that_the_server_does_not_have_is_no_name()
    {
        var span = Of(Call(EndpointRole.Server, 12));

        Assert.Equal(("grpc", "\"_OTHER\"", "\"shop.Orders/Place\""), (span.Name, Attribute(span, "rpc.method"), Attribute(span, "rpc.method_original")));
    }

    [Fact]
    public void No_more_than_a_thousand_methods_are_names()
    {
        var mapper = new GrpcSpan(Redaction.Default);
        var names = Enumerable.Range(0, GrpcSpan.MaxMethods + 1).Concat([0]).Select(i =>
        {
            var span = new Span();
            var call = Call(EndpointRole.Client, 0, $"a.B/M{i}");
            mapper.Fill(span, call, call.Grpc!);
            return span.Name;
        }).ToArray();

        Assert.Equal("grpc", names[^2]);
        Assert.Equal("a.B/M0", names[^1]);
        Assert.Equal(GrpcSpan.MaxMethods, names.Where(static name => name != "grpc").Distinct().Count());
    }

    [Theory]
    [InlineData(503, "\"UNAVAILABLE\"")]
    [InlineData(401, "\"UNAUTHENTICATED\"")]
    [InlineData(403, "\"PERMISSION_DENIED\"")]
    [InlineData(404, "\"UNIMPLEMENTED\"")]
    [InlineData(400, "\"INTERNAL\"")]
    [InlineData(418, "\"UNKNOWN\"")]
    [InlineData(200, null)]
    public void Without_a_status_the_client_makes_one_of_HTTPs(int status, string? code)
    {
        Assert.Equal(code, Attribute(Of(Call(EndpointRole.Client, null, http: status)), "rpc.response.status_code"));
        Assert.Null(Attribute(Of(Call(EndpointRole.Server, null, http: status)), "rpc.response.status_code"));
    }

    [Fact]
    public void A_call_that_its_client_gave_up_failed_for_the_client_alone()
    {
        Assert.Equal("\"CANCEL\"", Attribute(Of(Cancelled(EndpointRole.Client)), "error.type"));
        Assert.Null(Attribute(Of(Cancelled(EndpointRole.Server)), "error.type"));

        static HttpExchange Cancelled(EndpointRole role) => Timed(new HttpExchange(Protocol.Http2)
        {
            Connection = Connection(role, 5001),
            Method = "POST",
            Path = "/shop.Orders/Place",
            StatusCode = 200,
            IsReset = true,
            IsResetByClient = true,
            ResetError = "CANCEL",
            Grpc = new GrpcCall { Method = "shop.Orders/Place" },
        }, ExchangeState.Aborted);
    }

    private static HttpExchange Call(EndpointRole role, int? status, string method = "shop.Orders/Place", int http = 200) => Timed(new HttpExchange(Protocol.Http2)
    {
        Connection = Connection(role, 5001),
        Method = "POST",
        Path = "/" + method,
        Host = "shop.test:5001",
        Version = "2",
        StatusCode = http,
        Grpc = new GrpcCall { Method = method, StatusCode = status, StatusMessage = "no order 5esame" },
    });
}
