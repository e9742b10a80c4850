// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Export.Otlp.Messages;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using Xunit;
using static L7Trace.UnitTests.Export.Otlp.SpanTestCase;

namespace L7Trace.UnitTests.Export.Otlp;

/// <summary>The tables of semantic conventions 1.44, "HTTP spans".</summary>
public sealed class HttpSpanTests
{
    [Fact]
    public void A_servers_span()
    {
        var span = Of(Http(EndpointRole.Server, query: "token=secret&x"));

        Assert.Equal(("GET", SpanKind.Server, null), (span.Name, span.Kind, span.Status));
        Assert.Equal(
            [
                "client.address=\"10.0.0.1\"", "http.request.method=\"GET\"", "http.response.status_code=200", "network.peer.address=\"10.0.0.1\"",
                "network.peer.port=40000", "network.protocol.version=\"1.1\"", "server.address=\"shop.test\"", "server.port=8080",
                "url.path=\"/orders/7\"", "url.query=\"token=?&?\"", "url.scheme=\"http\"", "user_agent.original=\"curl/8\"",
            ],
            Attributes(span));
    }

    [Fact]
    public void A_clients_span()
    {
        var span = Of(Http(EndpointRole.Client, query: "token=secret"));

        Assert.Equal(("GET", SpanKind.Client, null), (span.Name, span.Kind, span.Status));
        Assert.Equal(
            [
                "http.request.method=\"GET\"", "http.response.status_code=200", "network.peer.address=\"10.0.0.2\"", "network.peer.port=8080",
                "network.protocol.version=\"1.1\"", "server.address=\"shop.test\"", "server.port=8080",
                "url.full=\"http://shop.test:8080/orders/7?token=?\"",
            ],
            Attributes(span));
    }

    [Theory]
    [InlineData(EndpointRole.Server, 101, null)]
    [InlineData(EndpointRole.Server, 304, null)]
    [InlineData(EndpointRole.Server, 404, null)]
    [InlineData(EndpointRole.Server, 500, "\"500\"")]
    [InlineData(EndpointRole.Server, 599, "\"599\"")]
    [InlineData(EndpointRole.Client, 101, null)]
    [InlineData(EndpointRole.Client, 399, null)]
    [InlineData(EndpointRole.Client, 400, "\"400\"")]
    [InlineData(EndpointRole.Client, 404, "\"404\"")]
    [InlineData(EndpointRole.Client, 503, "\"503\"")]
    public void The_status_is_an_error_by_the_side_that_looks(EndpointRole role, int status, string? error)
    {
        var span = Of(Http(role, status: status));

        Assert.Equal(error, Attribute(span, "error.type"));
        Assert.Equal(error is null ? null : new Status { Code = StatusCode.Error }, span.Status);
        Assert.Equal($"{status}", Attribute(span, "http.response.status_code"));
    }

    [Theory]
    [InlineData("QUERY", "QUERY", "QUERY", null)]
    [InlineData("PATCH", "PATCH", "PATCH", null)]
    [InlineData("PROPFIND", "HTTP", "_OTHER", "PROPFIND")]
    [InlineData("get", "HTTP", "_OTHER", "get")]
    [InlineData(null, "HTTP", "_OTHER", null)]
    public void A_method_that_is_not_known_has_another_name(string? sent, string name, string method, string? original)
    {
        var span = Of(Http(EndpointRole.Server, method: sent));

        Assert.Equal((name, $"\"{method}\""), (span.Name, Attribute(span, "http.request.method")));
        Assert.Equal(original is null ? null : $"\"{original}\"", Attribute(span, "http.request.method_original"));
    }

    [Fact]
    public void Which_methods_are_known_can_be_said() =>
        Assert.Equal("PROPFIND", Of(Http(EndpointRole.Server, method: "PROPFIND"), variables: "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS=PROPFIND").Name);

    [Fact]
    public void A_route_is_the_users_or_none()
    {
        var server = Of(Http(EndpointRole.Server), routes: "/orders/{id}");
        Assert.Equal(("GET /orders/{id}", "\"/orders/{id}\""), (server.Name, Attribute(server, "http.route")));

        var client = Of(Http(EndpointRole.Client), routes: "/orders/{id}");
        Assert.Equal(("GET /orders/{id}", "\"/orders/{id}\"", null), (client.Name, Attribute(client, "url.template"), Attribute(client, "http.route")));

        Assert.Equal("GET", Of(Http(EndpointRole.Server), routes: "/users/{id}").Name);
    }

    [Theory]
    [InlineData("shop.test", false, "shop.test", 80, "http://shop.test/orders/7")]
    [InlineData("shop.test", true, "shop.test", 443, "https://shop.test/orders/7")]
    [InlineData("[2001:db8::1]:99", false, "2001:db8::1", 99, "http://[2001:db8::1]:99/orders/7")]
    [InlineData("[2001:db8::1]", false, "2001:db8::1", 80, "http://[2001:db8::1]/orders/7")]
    [InlineData("me:secret@shop.test", false, "shop.test", 80, "http://REDACTED:REDACTED@shop.test/orders/7")]
    [InlineData("me@shop.test:1", false, "shop.test", 1, "http://REDACTED@shop.test:1/orders/7")]
    [InlineData(null, false, "10.0.0.2", 8080, "http://10.0.0.2:8080/orders/7")]
    public void The_server_is_whom_the_request_names(string? host, bool tls, string address, int port, string url)
    {
        var span = Of(Http(EndpointRole.Client, host: host, tls: tls));

        Assert.Equal(($"\"{address}\"", $"{port}", $"\"{url}\""), (Attribute(span, "server.address"), Attribute(span, "server.port"), Attribute(span, "url.full")));
    }

    [Fact]
    public void Without_a_name_and_a_proven_peer_there_is_no_address_and_no_URL()
    {
        var span = Of(Http(EndpointRole.Client, host: null, proof: PeerProof.Unknown));

        Assert.Equal((null, null, null), (Attribute(span, "server.address"), Attribute(span, "url.full"), Attribute(span, "network.peer.address")));
    }

    [Fact]
    public void A_target_that_is_no_path_is_no_URL() => Assert.Null(Attribute(Of(Timed(new HttpExchange(Protocol.Http1)
    {
        Connection = Connection(EndpointRole.Client, 3128),
        Method = "CONNECT",
        Target = "shop.test:443",
        Host = "shop.test:443",
        StatusCode = 200,
    })), "url.full"));

    [Fact]
    public void With_secrets_shown_a_query_is_as_sent() =>
        Assert.Equal("\"http://u:p@shop.test/orders/7?token=secret\"", Attribute(Of(Http(EndpointRole.Client, query: "token=secret", host: "u:p@shop.test"), Redaction.Off), "url.full"));

    [Theory]
    [InlineData(true, "CANCEL", EndpointRole.Client, null)]
    [InlineData(true, "CANCEL", EndpointRole.Server, null)]
    [InlineData(false, "INTERNAL_ERROR", EndpointRole.Client, "\"INTERNAL_ERROR\"")]
    [InlineData(false, null, EndpointRole.Server, "\"_OTHER\"")]
    [InlineData(true, "PROTOCOL_ERROR", EndpointRole.Server, "\"PROTOCOL_ERROR\"")]
    public void A_stream_that_was_reset_failed_unless_its_client_wanted_no_more(bool byClient, string? code, EndpointRole role, string? error) =>
        Assert.Equal(error, Attribute(Of(Timed(new HttpExchange(Protocol.Http2)
        {
            Connection = Connection(role, 80),
            Method = "GET",
            Path = "/",
            Version = "2",
            StatusCode = 200,
            IsReset = true,
            IsResetByClient = byClient,
            ResetError = code,
        }, ExchangeState.Aborted)), "error.type"));

    [Fact]
    public void A_connection_that_ended_first_is_an_error() => Assert.Equal("\"connection_closed\"", Attribute(Of(Timed(new HttpExchange(Protocol.Http1)
    {
        Connection = Connection(EndpointRole.Server, 80),
        Method = "GET",
        Path = "/",
    }, ExchangeState.Aborted, answered: false)), "error.type"));

    private static HttpExchange Http(
        EndpointRole role, int status = 200, string? method = "GET", string? query = null, string? host = "shop.test:8080", bool tls = false,
        PeerProof proof = PeerProof.Socket) => Timed(new HttpExchange(Protocol.Http1)
        {
            Connection = Connection(role, 8080, proof),
            Tls = tls,
            Method = method,
            Path = "/orders/7",
            Query = query,
            Target = "/orders/7",
            Host = host,
            UserAgent = "curl/8",
            Version = "1.1",
            StatusCode = status,
        });
}
