// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.IntegrationTests.Support;
using static L7Trace.IntegrationTests.Support.SpanAssert;

namespace L7Trace.IntegrationTests;

/// <summary>
/// Spans of real HTTP and gRPC traffic, as an independent receiver reads them, attribute by attribute against the tables of
/// OpenTelemetry's semantic conventions 1.44: of each span all attributes are compared, so that none is too many.
/// </summary>
public sealed class OtlpSpanTests
{
    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public async Task Http1_at_both_ends_and_the_trace_that_a_request_is_of(string protocol)
    {
        Requirement.Need("bpf", "nginx", "npm");
        await using NginxServer server = await NginxServer.StartAsync(sendfile: false);
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(protocol);
        await using SpanTracer tracer = await SpanTracer.WatchAsync(
            receiver.Address, Variables(protocol), [.. Tracer.Pids([.. server.ProcessIds, Environment.ProcessId]), "--port", $"{server.Port}", "--route", "/f/{name}"]);
        string address = $"http://127.0.0.1:{server.Port}";
        using (var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }))
        {
            client.DefaultRequestHeaders.UserAgent.ParseAdd("test/1");
            await SendAsync(client, address + "/text?token=secret", ("traceparent", $"00-{Trace}-{Parent}-01"), ("tracestate", "ot=th:8,vendor=secret"));
            await SendAsync(client, address + "/f/missing", ("traceparent", $"00-{Trace}-{Parent}-02")); // not sampled
            await SendAsync(client, address + "/gone", ("traceparent", $"00-{Trace.ToUpperInvariant()}-{Parent}-01"));
            await SendAsync(client, address + "/nothing");
            await SendAsync(client, address + "/f/1");
        }

        await server.WaitForRequestsAsync(5);
        (_, Dictionary<string, long> counts) = await tracer.StopAsync();
        IReadOnlyList<OtlpSpan> spans = receiver.Spans;
        Assert.Equal(new Dictionary<string, long> { ["sent"] = 8, ["not_sampled"] = 2 }, counts);
        Assert.Equal(8, spans.Count);
        Assert.DoesNotContain("secret", string.Join('\n', spans.Select(x => x.Json)), StringComparison.Ordinal);

        (OtlpSpan top, OtlpSpan below) = Check("/text", "?token=?", 200, null, null);
        Assert.Equal((Trace, Parent, "ot=th:8", 0x301), (top.TraceId, top.ParentId, top.State, top.Flags));
        Assert.Equal("ot=th:8", below.State);
        Assert.Null(Check("/gone", "", 410, "ERROR", null).Client.ParentId);
        (top, _) = Check("/nothing", "", 204, null, null);
        Assert.Equal((null, 0x101), (top.ParentId, top.Flags));
        Check("/f/1", "", 200, null, null, "/f/{name}");

        (OtlpSpan Client, OtlpSpan Server) Check(string path, string query, int status, string? atClient, string? atServer, string? route = null)
        {
            string name = route is null ? "GET" : "GET " + route;
            OtlpSpan client = spans.Single(x => x["url.full"] == $"\"{address}{path}{query}\"");
            string[] both =
            [
                "http.request.method=\"GET\"", $"http.response.status_code={status}", "network.peer.address=\"127.0.0.1\"",
                "network.protocol.version=\"1.1\"", "server.address=\"127.0.0.1\"", $"server.port={server.Port}",
            ];
            Assert.Equal(("CLIENT", name, atClient), (client.Kind, client.Name, client.Status));
            Assert.Equal(
                Sorted([.. both, $"network.peer.port={server.Port}", $"url.full=\"{address}{path}{query}\"", .. Route("url.template"), .. Error(atClient, status)]), client.Attributes);

            OtlpSpan served = spans.Single(x => x.ParentId == client.SpanId);
            Assert.Equal(("SERVER", name, atServer, client.TraceId), (served.Kind, served.Name, served.Status, served.TraceId));
            Assert.Equal(
                Sorted(
                [
                    .. both, "client.address=\"127.0.0.1\"", $"network.peer.port={served["network.peer.port"]}", "url.scheme=\"http\"", $"url.path=\"{path}\"",
                    .. query.Length > 0 ? [$"url.query=\"{query[1..]}\""] : Array.Empty<string>(), "user_agent.original=\"test/1\"", .. Route("http.route"), .. Error(atServer, status),
                ]),
                served.Attributes);
            AssertOwner(client, Environment.ProcessId);
            Assert.Contains(served.Resource, x => server.ProcessIds.Any(id => x == $"process.pid={id}"));
            return (client, served);

            string[] Route(string attribute) => route is null ? [] : [$"{attribute}=\"{route}\""];
        }
    }

    [Fact]
    public async Task Http2_at_both_ends()
    {
        (IReadOnlyList<OtlpSpan> spans, int port, int serverId, int clientId, JsonElement[] journal) = await RunAsync("http2_calls.js", rounds: 10);
        Assert.Equal(2 * journal.Length, spans.Count);
        string[] both =
        [
            "network.peer.address=\"127.0.0.1\"", "network.protocol.version=\"2\"", "server.address=\"127.0.0.1\"", $"server.port={port}",
        ];
        foreach (JsonElement entry in journal)
        {
            string method = entry.GetProperty("method").GetString()!;
            string[] uri = entry.GetProperty("uri").GetString()!.Split('?');
            int status = entry.GetProperty("status").GetInt32();
            string? reset = entry.GetProperty("reset").ValueKind == JsonValueKind.Number ? "INTERNAL_ERROR" : null;
            string[] own = [$"http.request.method=\"{method}\"", $"http.response.status_code={status}", .. both];
            string? failed = reset is not null ? $"error.type=\"{reset}\"" : status >= 400 ? $"error.type=\"{status}\"" : null;
            string? failedAtServer = reset is not null ? $"error.type=\"{reset}\"" : null;

            // Queries are withheld, so calls of one path are alike.
            string[] client = Sorted([.. own, $"network.peer.port={port}", $"url.full=\"http://127.0.0.1:{port}{uri[0]}?n=?\"", .. failed is null ? [] : new[] { failed }]);
            OtlpSpan[] found = [.. spans.Where(x => x.Kind == "CLIENT" && x.Attributes.SequenceEqual(client))];
            Assert.True(found.Length == 10, $"{found.Length} of {string.Join('\n', client)}\n{spans.FirstOrDefault(x => x.Kind == "CLIENT" && x["url.full"]!.Contains(uri[0], StringComparison.Ordinal))}");
            Assert.All(found, x => Assert.Equal((method, failed is null ? null : "ERROR"), (x.Name, x.Status)));
            Assert.All(found, x => AssertOwner(x, clientId));
            foreach (OtlpSpan served in found.Select(x => spans.Single(y => y.ParentId == x.SpanId)))
            {
                Assert.Equal(
                    Sorted(
                    [
                        .. own, "client.address=\"127.0.0.1\"", $"network.peer.port={served["network.peer.port"]}", "url.scheme=\"http\"", $"url.path=\"{uri[0]}\"",
                        "url.query=\"n=?\"", .. failedAtServer is null ? [] : new[] { failedAtServer },
                    ]),
                    served.Attributes);
                Assert.Equal(("SERVER", method, failedAtServer is null ? null : "ERROR"), (served.Kind, served.Name, served.Status));
                AssertOwner(served, serverId);
            }
        }
    }

    [Fact]
    public async Task Grpc_at_both_ends()
    {
        (IReadOnlyList<OtlpSpan> spans, int port, int serverId, int clientId, JsonElement[] journal) = await RunAsync("grpc_calls.js", rounds: 10);
        var statuses = new Dictionary<int, (string Name, bool IsServers)> { [0] = ("OK", false), [5] = ("NOT_FOUND", false), [15] = ("DATA_LOSS", true) };
        foreach (IGrouping<(string Method, int Status), JsonElement> calls in journal
            .GroupBy(x => (x.GetProperty("method").GetString()!, x.GetProperty("status").GetInt32())).Where(x => statuses.ContainsKey(x.Key.Item2)))
        {
            (string method, (string status, bool isServers)) = (calls.Key.Method, statuses[calls.Key.Status]);
            string[] both =
            [
                "network.peer.address=\"127.0.0.1\"", $"rpc.method=\"{method}\"", $"rpc.response.status_code=\"{status}\"", "rpc.system.name=\"grpc\"",
                "server.address=\"127.0.0.1\"", $"server.port={port}",
            ];
            OtlpSpan[] found = [.. spans.Where(x => x.Kind == "CLIENT" && x.Name == method)];
            Assert.Equal(calls.Count(), found.Length);
            foreach (OtlpSpan client in found)
            {
                Assert.Equal(Sorted([.. both, $"network.peer.port={port}", .. Error(status == "OK" ? null : "ERROR", status)]), client.Attributes);
                Assert.Equal(status == "OK" ? null : "ERROR", client.Status);
                AssertOwner(client, clientId);
                OtlpSpan served = spans.Single(x => x.ParentId == client.SpanId);
                Assert.Equal(
                    Sorted(
                    [
                        .. both, "client.address=\"127.0.0.1\"", $"client.port={served["client.port"]}", $"network.peer.port={served["client.port"]}",
                        .. Error(isServers ? "ERROR" : null, status),
                    ]),
                    served.Attributes);
                Assert.Equal(("SERVER", method, isServers ? "ERROR" : null), (served.Kind, served.Name, served.Status));
                AssertOwner(served, serverId);
            }
        }

        // No call is sent as HTTP too.
        Assert.All(spans, x => Assert.Null(x["http.request.method"]));
        Assert.Equal(2 * journal.Length, spans.Count);
    }

    [Theory]
    [InlineData("--http1.1", "1.1")]
    [InlineData("--http2", "2")]
    public async Task What_is_read_inside_of_TLS_is_https_with_its_peer(string option, string version)
    {
        Requirement.Need("bpf", "nginx", "npm");
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using TlsNginx server = await TlsNginx.StartAsync(1, http2: true);
        await using ChildProcess run = ChildProcess.Start(
            Repository.Binary, "run", "-o", "none", "--otlp=" + receiver.Address, "--",
            "curl", "-sk", option, "-H", $"Traceparent: 00-{Trace}-{Parent}-01", $"https://127.0.0.1:{server.Ports[0]}/hello?token=secret");
        await run.WaitForSuccessAsync();

        OtlpSpan span = Assert.Single(receiver.Spans);
        Assert.Equal(("CLIENT", "GET", null, Trace, Parent), (span.Kind, span.Name, span.Status, span.TraceId, span.ParentId));
        Assert.Equal(
            Sorted(
            [
                "http.request.method=\"GET\"", "http.response.status_code=200", "network.peer.address=\"127.0.0.1\"", $"network.peer.port={server.Ports[0]}",
                $"network.protocol.version=\"{version}\"", "server.address=\"127.0.0.1\"", $"server.port={server.Ports[0]}",
                $"url.full=\"https://127.0.0.1:{server.Ports[0]}/hello?token=?\"",
            ]),
            span.Attributes);
        Assert.Contains("process.executable.name=\"curl\"", span.Resource);
        Assert.Contains("service.name=\"unknown_service:curl\"", span.Resource);
    }

    [Fact]
    public async Task Of_WebSocket_the_handshake_is_a_span_and_nothing_else()
    {
        (IReadOnlyList<OtlpSpan> spans, _, _, _, JsonElement[] journal) = await RunAsync("ws_talk.js", rounds: 3);

        Assert.Equal(2 * journal.Length, spans.Count);
        Assert.All(spans, x => Assert.Equal(("GET", null, "101"), (x.Name, x.Status, x["http.response.status_code"])));
        Assert.Equal(journal.Length, spans.Count(x => x.Kind == "CLIENT" && spans.Any(y => y.ParentId == x.SpanId && y.Kind == "SERVER")));
    }

    private static async Task<(IReadOnlyList<OtlpSpan> Spans, int Port, int ServerId, int ClientId, JsonElement[] Journal)> RunAsync(string program, int rounds)
    {
        Requirement.Need("bpf", "npm");
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        (ChildProcess server, int port) = await NodePrograms.StartServerAsync(program);
        await using ChildProcess ofServer = server;
        await using ChildProcess client = NodePrograms.StartClient(program, port, rounds);
        await using SpanTracer tracer = await SpanTracer.WatchAsync(receiver.Address, "", [.. Tracer.Pids(server.Id, client.Id), "--port", $"{port}"]);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        (_, Dictionary<string, long> counts) = await tracer.StopAsync();
        Assert.Equal(new Dictionary<string, long> { ["sent"] = receiver.Spans.Count }, counts);
        return (receiver.Spans, port, server.Id, client.Id, [.. client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(x => JsonDocument.Parse(x).RootElement)]);
    }

    private static async Task SendAsync(HttpClient client, string address, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using HttpResponseMessage response = await client.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
    }
}
