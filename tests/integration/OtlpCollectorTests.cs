// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>Collectors that are busy, gone, stuck or strict: what arrives, what is counted, and that the trace itself lacks nothing.</summary>
public sealed class OtlpCollectorTests
{
    private const int Count = 40;

    [Theory]
    [InlineData("http", "busy")]
    [InlineData("grpc", "busy")]
    [InlineData("http", "later")]
    public async Task One_that_is_busy_gets_every_span_once(string protocol, string how)
    {
        Requirement.Need("bpf", "nginx", "npm");
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(protocol, how);
        await using NginxServer server = await NginxServer.StartAsync(sendfile: true);
        await using SpanTracer tracer = await TraceAsync(server, receiver.Address, Variables(protocol) + " OTEL_BSP_SCHEDULE_DELAY=50");
        await SendAsync(server);
        await tracer.WaitForErrorAsync(x => x.Contains("the collector takes spans again", StringComparison.Ordinal));
        (IReadOnlyList<TraceRecord> exchanges, Dictionary<string, long> counts) = await tracer.StopAsync();

        Assert.Equal(Count, exchanges.Count);
        Assert.Equal(new Dictionary<string, long> { ["sent"] = Count }, counts);
        Assert.Equal(Count, receiver.Spans.Select(x => x.SpanId).Distinct().Count());
        Assert.Equal(Count, receiver.Spans.Count);
        if (how == "later")
        {
            // It was not asked sooner than it wanted: Retry-After was one second.
            Assert.True(receiver.Requests[0].GetProperty("at").GetInt64() >= receiver.RefusedAt + 990, $"{receiver.Requests[0].GetProperty("at")} after {receiver.RefusedAt}");
        }
    }

    [Theory]
    [InlineData("http", "hang")]
    [InlineData("grpc", "hang")]
    [InlineData("http", "refuse")]
    [InlineData("grpc", "refuse")]
    [InlineData("http", null)]
    [InlineData("grpc", null)]
    public async Task One_that_is_stuck_or_refuses_or_is_not_there_costs_spans_and_nothing_else(string protocol, string? how)
    {
        Requirement.Need("bpf", "nginx", "npm");
        await using OtlpReceiver? receiver = how is null ? null : await OtlpReceiver.StartAsync(protocol, how);
        await using NginxServer server = await NginxServer.StartAsync(sendfile: true);
        await using SpanTracer tracer = await TraceAsync(
            server, receiver?.Address ?? ClosedPort(), Variables(protocol) + " OTEL_BSP_SCHEDULE_DELAY=50 OTEL_BSP_MAX_QUEUE_SIZE=10 OTEL_BSP_MAX_EXPORT_BATCH_SIZE=5");
        await SendAsync(server);
        (IReadOnlyList<TraceRecord> exchanges, Dictionary<string, long> counts) = await tracer.StopAsync();

        Assert.Equal(Count, exchanges.Count);
        Assert.Equal(Count, counts.Values.Sum());
        Assert.DoesNotContain("sent", counts.Keys);
        Assert.Contains("lost: ", tracer.Errors, StringComparison.Ordinal);
        Assert.True(how != "refuse" || counts.GetValueOrDefault("failed") > 0, tracer.Errors);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public async Task One_that_rejects_some_is_believed(string protocol)
    {
        Requirement.Need("bpf", "nginx", "npm");
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(protocol, "partial");
        await using NginxServer server = await NginxServer.StartAsync(sendfile: true);
        await using SpanTracer tracer = await TraceAsync(server, receiver.Address, Variables(protocol));
        await SendAsync(server);
        (_, Dictionary<string, long> counts) = await tracer.StopAsync();

        Assert.Equal(Count, receiver.Spans.Count);
        Assert.Equal(new Dictionary<string, long> { ["rejected"] = receiver.Requests.Count, ["sent"] = Count - receiver.Requests.Count }, counts);
        Assert.Contains("rejected by the collector: one too many", tracer.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public async Task What_goes_to_a_collector_that_is_traced_is_not_traced(string protocol)
    {
        Requirement.Need("bpf", "nginx", "npm");
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync(protocol);
        await using NginxServer server = await NginxServer.StartAsync(sendfile: true);

        // All that happens on the collector's port is asked for, whoever does it.
        await using SpanTracer tracer = await SpanTracer.WatchAsync(
            receiver.Address, Variables(protocol) + " OTEL_BSP_SCHEDULE_DELAY=50", "--no-tls", "--local-port", $"{receiver.Port},{server.Port}");
        for (int i = 0; i < 5; i++)
        {
            await SendAsync(server);
            int before = i;
            await WaitUntilAsync(() => receiver.Requests.Count > before);
        }

        (IReadOnlyList<TraceRecord> exchanges, Dictionary<string, long> counts) = await tracer.StopAsync();
        Assert.Equal(5 * Count, exchanges.Count);
        Assert.All(exchanges, x => Assert.Equal(server.Port, x.ServerPort));
        Assert.Equal(new Dictionary<string, long> { ["sent"] = 5 * Count }, counts);
    }

    [Fact]
    public async Task Certificates_of_both_sides_are_checked()
    {
        Requirement.Need("bpf", "nginx", "npm");
        using var folder = new TemporaryFolder();
        var certificate = new Certificate(folder);
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync("https", "take", certificate.File, certificate.Key);
        await using NginxServer server = await NginxServer.StartAsync(sendfile: true);
        await using (SpanTracer tracer = await TraceAsync(
            server, receiver.Address,
            $"OTEL_EXPORTER_OTLP_CERTIFICATE={certificate.File} OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE={certificate.File} OTEL_EXPORTER_OTLP_CLIENT_KEY={certificate.Key}"))
        {
            await SendAsync(server);
            (_, Dictionary<string, long> counts) = await tracer.StopAsync();
            Assert.Equal(new Dictionary<string, long> { ["sent"] = Count }, counts);
            Assert.Equal(Count, receiver.Spans.Count);
        }

        // Without a reason to trust it nothing is sent to it.
        await using (SpanTracer tracer = await TraceAsync(server, receiver.Address, ""))
        {
            await SendAsync(server);
            (_, Dictionary<string, long> counts) = await tracer.StopAsync();
            Assert.DoesNotContain("sent", counts.Keys);
            Assert.Equal(Count, receiver.Spans.Count);
        }
    }

    [Fact]
    public async Task A_recording_makes_the_same_spans_each_time()
    {
        Requirement.Need("npm");
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        string file = Path.Combine(Repository.Root, "fixtures", "mysql", "errors", "session.pcapng");
        for (int i = 0; i < 2; i++)
        {
            await ChildProcess.RunAsync(Repository.Binary, "watch", "-o", "none", "-r", file, "--otlp=" + receiver.Address);
        }

        Assert.Equal(2, receiver.Requests.Count);
        Assert.NotEmpty(receiver.Spans);
        Assert.Equal(Described(0), Described(1));
        string[] Described(int request) => [.. OtlpSpan.Of(receiver.Requests[request]).Select(x => x.Json.ToString())];
    }

    private static Task<SpanTracer> TraceAsync(NginxServer server, string address, string variables) =>
        SpanTracer.WatchAsync(address, variables, [.. Tracer.Pids(server.ProcessIds), "--port", $"{server.Port}"]);

    private static async Task SendAsync(NginxServer server)
    {
        using var client = new HttpClient();
        for (int i = 0; i < Count; i++)
        {
            using HttpResponseMessage response = await client.GetAsync(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{server.Port}/text?n={i}"));
        }
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        for (int i = 0; !condition(); i++)
        {
            Assert.True(i < 600, "it did not come to that");
            await Task.Delay(50);
        }
    }

    private static string ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    private static string Variables(string protocol) => $"OTEL_EXPORTER_OTLP_PROTOCOL={(protocol == "grpc" ? "grpc" : "http/protobuf")}";
}
