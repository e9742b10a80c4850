// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>What programs in Node do over HTTP/2 and gRPC, by their own journals, is what is traced of both of them.</summary>
public sealed class NodeHttp2Tests(ITestOutputHelper output)
{
    private const int Rounds = 200;
    private const string Cancelled = "Never";

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Requests_of_every_kind_are_what_the_client_says(Capture capture)
    {
        (JsonElement[] journal, TraceResult trace) = await RunAsync(capture, "http2_calls.js");
        foreach (string role in (string[])["client", "server"])
        {
            TraceRecord[] ours = [.. trace.Http.Where(x => x.Role == role)];
            Assert.All(ours, x => Assert.True(x is { Version: "2", Completeness: "complete" }, x.ToString()));
            Assert.Equal(journal.Select(Journal).Order(StringComparer.Ordinal), ours.Select(Traced).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Of_calls_beyond_the_capture_limit_nothing_is_told_that_the_client_does_not_say()
    {
        (JsonElement[] journal, TraceResult trace) = await RunAsync(Capture.Tracepoints, "http2_calls.js", "--capture-limit", "4096");
        Dictionary<string, JsonElement> said = journal.ToDictionary(x => Text(x, "uri"));
        foreach (string role in (string[])["client", "server"])
        {
            TraceRecord[] ours = [.. trace.Http.Where(x => x.Role == role && x.Uri is not null)];
            Assert.Equal(ours.Length, ours.DistinctBy(x => x.Uri).Count());
            foreach (TraceRecord exchange in ours)
            {
                JsonElement right = said[exchange.Uri!];
                Assert.True(exchange.Method is null || exchange.Method == Text(right, "method"), exchange.ToString());
                Assert.True(exchange.Status is null || exchange.Status == Number(right, "status"), exchange.ToString());
                Assert.True(exchange.State != "done" || exchange.ResponseBody is null || exchange.ResponseBody == Number(right, "received"), exchange.ToString());
            }

            int known = ours.Count(x => x is { Status: not null, State: "done" });
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{role}: {100.0 * known / journal.Length:F1} % of {journal.Length} have an address, a status and an end"));
            Assert.True(known > journal.Length / 10, $"{role}: {known} of {journal.Length}");
            Assert.Contains(ours, x => x.Completeness != "complete");
        }
    }

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Calls_of_gRPC_of_every_kind_are_what_the_client_says(Capture capture)
    {
        (JsonElement[] journal, TraceResult trace) = await RunAsync(capture, "grpc_calls.js");
        foreach (string role in (string[])["client", "server"])
        {
            TraceRecord[] ours = [.. trace.Http.Where(x => x.Role == role)];
            Assert.Equal(
                journal.Where(x => !IsCancelled(Text(x, "method"))).Select(JournalOfCall).Order(StringComparer.Ordinal),
                ours.Where(x => !IsCancelled(x.RpcMethod!)).Select(TracedCall).Order(StringComparer.Ordinal));

            // The client's deadline passes: it cancels, and the server, which knows the deadline too, may say so first.
            TraceRecord[] cancelled = [.. ours.Where(x => IsCancelled(x.RpcMethod!))];
            Assert.Equal(journal.Count(x => IsCancelled(Text(x, "method"))), cancelled.Length);
            Assert.All(cancelled, x => Assert.True(x is { ResetBy: "client", ResetError: "CANCEL" } or { RpcStatus: "DEADLINE_EXCEEDED" }, x.ToString()));
            Assert.All(cancelled, x => Assert.InRange(x.RpcTimeout!.Value, 0, 50_000_000));
        }
    }

    private static async Task<(JsonElement[] Journal, TraceResult Trace)> RunAsync(Capture capture, string program, params string[] options)
    {
        Requirement.Need("bpf", "npm");
        (ChildProcess server, int port) = await NodePrograms.StartServerAsync(program);
        await using ChildProcess ofServer = server;
        await using ChildProcess client = NodePrograms.StartClient(program, port, Rounds);
        await using Tracer tracer = await Tracer.WatchAsync(capture, [.. Tracer.Pids(server.Id, client.Id), "--side", "both", "--port", port.ToString(CultureInfo.InvariantCulture), .. options]);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        return ([.. client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(x => JsonDocument.Parse(x).RootElement)], trace);
    }

    private static bool IsCancelled(string method) => method.EndsWith(Cancelled, StringComparison.Ordinal);

    // An early response ends the upload somewhere.
    private static string Journal(JsonElement x) => Line(
        Text(x, "method"), Text(x, "uri"), Number(x, "status"), Number(x, "sent"), Number(x, "received"), x.GetProperty("reset").ValueKind == JsonValueKind.Number ? "INTERNAL_ERROR" : null);

    private static string Traced(TraceRecord x) => Line(x.Method, x.Uri, x.Status, x.RequestBody, x.ResponseBody, x.ResetError);

    private static string Line(string? method, string? uri, long? status, long? sent, long? received, string? reset) => string.Create(
        CultureInfo.InvariantCulture,
        $"{method} {uri} {status} {(uri!.StartsWith("/early", StringComparison.Ordinal) ? "" : sent)} {received} {reset}");

    private static string JournalOfCall(JsonElement x)
    {
        long[] sent = [.. x.GetProperty("sent").EnumerateArray().Select(y => y.GetInt64())];
        long[] received = [.. x.GetProperty("received").EnumerateArray().Select(y => y.GetInt64())];
        string status = Number(x, "status") switch { 0 => "OK", 5 => "NOT_FOUND", 15 => "DATA_LOSS", var other => $"{other}" };
        return string.Create(CultureInfo.InvariantCulture, $"{Text(x, "method")} {status} {sent.Length}/{sent.Sum()} {received.Length}/{received.Sum()}");
    }

    private static string TracedCall(TraceRecord x) => string.Create(
        CultureInfo.InvariantCulture,
        $"{x.RpcMethod} {x.RpcStatus} {x.RequestMessages}/{x.RequestMessageBytes} {x.ResponseMessages}/{x.ResponseMessageBytes}");

    private static string Text(JsonElement x, string name) => x.GetProperty(name).GetString()!;

    private static long Number(JsonElement x, string name) => x.GetProperty(name).GetInt64();
}
