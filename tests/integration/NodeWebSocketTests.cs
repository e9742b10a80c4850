// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>What npm's ws says on both ends of WebSocket connections, by its own journal, is what is traced of both.</summary>
public sealed class NodeWebSocketTests
{
    private const int Rounds = 31;
    private const int Kept = 4096;
    private const int CaptureLimit = 256 * 1024;

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Conversations_are_what_the_client_says_with_and_without_compression(Capture capture)
    {
        Requirement.Need("bpf", "npm");
        (ChildProcess server, int port) = await NodePrograms.StartServerAsync("ws_talk.js");
        await using ChildProcess ofServer = server;
        await using ChildProcess client = NodePrograms.StartClient("ws_talk.js", port, Rounds);
        await using Tracer tracer = await Tracer.WatchAsync(
            capture, [.. Tracer.Pids(server.Id, client.Id), "--side", "both", "--ws-messages", "--capture-limit", "256KiB", "--port", port.ToString(CultureInfo.InvariantCulture)]);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        JsonElement[] journal = [.. client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(x => JsonDocument.Parse(x).RootElement)];
        foreach (string role in (string[])["client", "server"])
        {
            ILookup<string, TraceRecord> ours = trace.Exchanges.Where(x => x.Protocol == "websocket" && x.Role == role).ToLookup(x => x.Uri!);
            Assert.Equal(journal.Select(x => Text(x, "uri")).Order(StringComparer.Ordinal), ours.Select(x => x.Key).Order(StringComparer.Ordinal));
            foreach (JsonElement said in journal)
            {
                Check(said, [.. ours[Text(said, "uri")]]);
            }
        }
    }

    private static void Check(JsonElement said, TraceRecord[] records)
    {
        TraceRecord connection = Assert.Single(records, x => x.Socket("record") == "connection");
        foreach ((string side, string list) in (ReadOnlySpan<(string, string)>)[("client", "sent"), ("server", "received")])
        {
            string[] expected = [.. said.GetProperty(list).EnumerateArray().Select(Line)];
            Assert.Equal(expected, records.Where(x => x.Socket("message.from") == side && x.Socket("message.type") is "text" or "binary").Select(Line));
            Assert.Equal(expected.Length.ToString(CultureInfo.InvariantCulture), connection.Socket(side + ".messages"));
            string bytes = said.GetProperty(list).EnumerateArray().Sum(x => x.GetProperty("bytes").GetInt64()).ToString(CultureInfo.InvariantCulture);
            Assert.Equal(bytes, connection.Socket(side + ".uncompressed_bytes") ?? connection.Socket(side + ".message_bytes"));
        }

        Assert.Equal(("1", "1"), (connection.Socket("client.pings"), connection.Socket("server.pongs")));
        Assert.True(connection.Socket("warnings") is null or "[]", connection.ToString());
        string end = Text(said, "end");
        Assert.Equal(end == "die" ? "aborted" : "done", connection.State);
        Assert.Equal(end == "die" ? null : end, connection.Socket("closed_by"));
        Assert.Equal(end == "die" ? null : said.GetProperty("code").GetRawText(), connection.Socket("close_code"));
        Assert.Equal(end == "die" ? null : Text(said, "reason"), connection.Socket("close_reason"));

        // 10 MiB in one call are more than is captured of one: counted all the same, and what follows is read.
        bool isCut = Text(said, "uri").StartsWith("/plain?", StringComparison.Ordinal) && said.GetProperty("sent").EnumerateArray().Any(x => x.GetProperty("bytes").GetInt64() > CaptureLimit);
        Assert.True(connection.Completeness == "complete" || (isCut && connection.Completeness == "truncated"), connection.ToString());
    }

    private static string Line(JsonElement x) =>
        $"{Text(x, "type")} {x.GetProperty("bytes").GetInt64()} {(x.GetProperty("text").ValueKind == JsonValueKind.Null ? null : Cut(Text(x, "text")))}";

    private static string Line(TraceRecord x) =>
        $"{x.Socket("message.type")} {x.Socket("message.uncompressed_bytes") ?? x.Socket("message.bytes")} {x.Socket("message.text")}";

    private static string Cut(string text) => Encoding.UTF8.GetByteCount(text) <= Kept ? text : text[..Kept];

    private static string Text(JsonElement x, string name) => x.GetProperty(name).GetString()!;
}
