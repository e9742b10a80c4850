// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>What grpc-js sends as protobuf, plain and compressed, is what `follow --proto` shows, field by field.</summary>
public sealed class NodeGrpcBodyTests
{
    private const string Program = "grpc_orders.js";
    private const int Rounds = 10;

    [Fact]
    public async Task Messages_that_grpc_js_sent_are_shown_with_their_names_and_values()
    {
        Requirement.Need("bpf", "npm");
        (ChildProcess server, int port) = await NodePrograms.StartServerAsync(Program);
        await using ChildProcess ofServer = server;
        using var folder = new TemporaryFolder();
        await NodePrograms.RunAsync(Program, "descriptors", folder.File("orders.pb"));
        await using ChildProcess client = NodePrograms.StartClient(Program, port, Rounds);
        await using ChildProcess follow = ChildProcess.Start(
            Repository.Binary,
            [
                "follow", "-w", folder.File("out.txt"), "--show-secrets", "--side", "client", "--capture-limit", "256KiB", "--proto", folder.File("orders.pb"),
                .. Tracer.Pids(server.Id, client.Id), "--port", port.ToString(CultureInfo.InvariantCulture),
            ]);
        await follow.WaitForErrorAsync(Tracer.IsReady);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        follow.Signal(2);
        await follow.WaitForSuccessAsync();

        string[] calls = [.. (await File.ReadAllTextAsync(folder.File("out.txt"))).Split("\n= ").Where(x => x.Contains("/shop.Orders/Watch", StringComparison.Ordinal))];
        JsonElement[] journal = [.. client.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(x => JsonDocument.Parse(x).RootElement)];
        Assert.Equal(2 * Rounds, journal.Length);
        Assert.Equal(journal.Select(Expected), calls.Select(Shown));
        Assert.Equal(journal.Count(x => x.GetProperty("compressed").GetBoolean()), calls.Count(x => x.Contains("gzip decoded to", StringComparison.Ordinal)));
    }

    private static string Expected(JsonElement call) => string.Join('\n', [
        .. call.GetProperty("sent").EnumerateArray().SelectMany(x => Lines('>', x, x.GetProperty("id").GetInt64(), isAnswer: false)),
        .. call.GetProperty("sent").EnumerateArray().SelectMany(x => Lines('<', x, -x.GetProperty("id").GetInt64(), isAnswer: true)),
    ]);

    // In the order of the numbers, which is that in which protobufjs writes them; 0 is not sent.
    private static IEnumerable<string> Lines(char mark, JsonElement order, long id, bool isAnswer)
    {
        int n = order.GetProperty("numbers")[1].GetInt32();
        return
        [
            $"{mark} id: {id}", $"{mark} label: \"{order.GetProperty("label").GetString()!.Replace("\"", "\\\"", StringComparison.Ordinal)}\"", $"{mark} item {{",
            $"{mark}   price: {order.GetProperty("item").GetProperty("price").GetRawText()}", $"{mark}   change: {order.GetProperty("item").GetProperty("change").GetRawText()}", $"{mark} }}",
            .. isAnswer ? [$"{mark} state: PAID"] : Array.Empty<string>(), $"{mark} numbers: [1, {n}, 300]", $"{mark} raw: 0x00{n:x2}",
        ];
    }

    private static string Shown(string call) => string.Join('\n', call.Split('\n').Where(x =>
        x.Length > 2 && x[0] is '>' or '<' && (x.StartsWith(x[0] + "   ", StringComparison.Ordinal) || x[2..].Split(':', ' ')[0] is "id" or "label" or "item" or "}" or "state" or "numbers" or "raw")));
}
