// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using L7Trace.HttpTests.Support;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests;

/// <summary>WebSocket over HTTP/2: what .NET's ClientWebSocket says of its sockets is what is traced of it and of Kestrel.</summary>
public sealed class WebSocketHttp2Tests
{
    private const int Sockets = 40;

    [Fact]
    public async Task Messages_of_sockets_that_share_a_connection_are_what_the_client_says()
    {
        Requirement.Need("bpf");
        string[] command = await Programs.DotNetAsync();
        await using ChildProcess server = ChildProcess.Start(command[0], [.. command[1..], "ws-server"]);
        await server.WaitForOutputAsync(x => x.StartsWith("port ", StringComparison.Ordinal));
        string port = server.Output.Split('\n')[0]["port ".Length..];
        await using ChildProcess client = ChildProcess.StartGated(command[0], [.. command[1..], "ws-client", "http://127.0.0.1:" + port, $"{Sockets}"]);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(server.Id, client.Id), "--side", "both", "--ws-messages", "--port", port]);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        JsonElement[] journal = [.. client.Output.Split('\n').Where(x => x.StartsWith('{')).Select(x => JsonDocument.Parse(x).RootElement)];
        Assert.Equal(Sockets, journal.Length);
        foreach (string role in (string[])["client", "server"])
        {
            Assert.Equal(
                journal.Select(x => Text(x, "uri")).Order(StringComparer.Ordinal),
                trace.Http.Where(x => x is { Method: "CONNECT", Version: "2", Status: 200, State: "done" } && x.Role == role).Select(x => x.Uri).Order(StringComparer.Ordinal));
            ILookup<string, TraceRecord> ours = trace.Exchanges.Where(x => x.Protocol == "websocket" && x.Role == role).ToLookup(x => x.Uri!);
            Assert.Single(ours.SelectMany(x => x).DistinctBy(x => x.Connection));
            foreach (JsonElement said in journal)
            {
                Check(said, [.. ours[Text(said, "uri")]]);
            }
        }
    }

    private static void Check(JsonElement said, TraceRecord[] records)
    {
        TraceRecord connection = Assert.Single(records, x => x.Socket("record") == "connection");
        string n = Text(said, "uri").Split('=')[1];
        Assert.True(
            connection is { State: "done", Completeness: "complete" } && connection.Socket("closed_by") == "client" && connection.Socket("close_code") == "1000" &&
            connection.Socket("close_reason") == "bye " + n, connection.ToString());
        foreach ((string side, string list) in (ReadOnlySpan<(string, string)>)[("client", "sent"), ("server", "received")])
        {
            string[] expected = [.. said.GetProperty(list).EnumerateArray().Select(Line)];
            Assert.Equal(expected, records.Where(x => x.Socket("message.from") == side && x.Socket("message.type") is "text" or "binary").Select(Line));
            Assert.Equal($"{expected.Length}", connection.Socket(side + ".messages"));
        }

        Assert.Equal(said.GetProperty("compressed").GetBoolean(), connection.Socket("client.uncompressed_bytes") is not null);
    }

    private static string Line(JsonElement x) =>
        $"{Text(x, "type")} {x.GetProperty("bytes").GetInt64()} {(x.GetProperty("text").ValueKind == JsonValueKind.Null ? null : Text(x, "text"))}";

    private static string Line(TraceRecord x) =>
        $"{x.Socket("message.type")} {x.Socket("message.uncompressed_bytes") ?? x.Socket("message.bytes")} {x.Socket("message.text")}";

    private static string Text(JsonElement x, string name) => x.GetProperty(name).GetString()!;
}
