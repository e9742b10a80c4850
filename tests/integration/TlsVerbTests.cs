// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary><c>l7trace tls</c> and <c>l7trace ps</c> on curl, Python and nginx: the plaintext, whose it is, and who uses which library.</summary>
public sealed class TlsVerbTests
{
    [Fact]
    public async Task The_plaintext_of_a_command_is_shown_with_its_peer_and_without_credentials()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        string url = Url(server, "/hello?token=5esame1");
        await using ChildProcess run = ChildProcess.Start(
            Repository.Binary, "tls", "--", "curl", "-sk", "--http1.1", "-H", "Authorization: Bearer 5esame2", url);
        await run.WaitForSuccessAsync();
        Assert.Contains($"-> 127.0.0.1:{server.Ports[0]}  http/1  ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("[peer by nested call]", run.Errors, StringComparison.Ordinal);
        Assert.Contains("  GET /hello?token=? HTTP/1.1\n", run.Errors.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("  Authorization: Bearer ?\n", run.Errors.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains($"<- 127.0.0.1:{server.Ports[0]}  http/1  ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("nothing was lost", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bytes_in_JSON_are_those_that_Python_sent_and_got()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        const string Program =
            """
            import socket, ssl, sys
            context = ssl._create_unverified_context()
            with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])))) as s:
                for i in range(20):
                    s.sendall(b"GET /number/%d HTTP/1.1\r\nHost: a\r\n\r\n" % i)
                    answer = b""
                    while not answer.endswith(b"/number/%d" % i):
                        answer += s.recv(4096)
            """;
        await using ChildProcess run = ChildProcess.Start(
            Repository.Binary, "tls", "-o", "jsonl", "--", "/usr/bin/python3", "-c", Program, server.Ports[0].ToString(CultureInfo.InvariantCulture));
        await run.WaitForSuccessAsync();
        JsonElement[] calls =
        [
            .. run.Errors.Split('\n').Where(static line => line.StartsWith('{')).Select(static line => JsonDocument.Parse(line).RootElement),
        ];
        Assert.All(calls, call => Assert.Equal(server.Ports[0], call.GetProperty("network.peer.port").GetInt32()));
        Assert.All(calls, static call => Assert.Equal("nested_call", call.GetProperty("peer.proof").GetString()));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(static i => string.Create(CultureInfo.InvariantCulture, $"GET /number/{i} HTTP/1.1\r\nHost: a\r\n\r\n")),
            calls.Where(static call => call.GetProperty("direction").GetString() == "egress").Select(static call => call.GetProperty("text").GetString()));
        string answers = string.Concat(calls.Where(static call => call.GetProperty("direction").GetString() == "ingress")
            .Select(static call => call.TryGetProperty("text", out JsonElement text) ? text.GetString() : ""));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{server.Ports[0]} /number/{i}"), answers, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_recording_beside_it_has_the_exchange()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        using var folder = new TemporaryFolder();
        string file = folder.File("plain.pcapng");
        await using ChildProcess run = ChildProcess.Start(
            Repository.Binary, "tls", "-w", file, "-o", "none", "--", "curl", "-sk", "--http1.1", Url(server, "/recorded"));
        await run.WaitForSuccessAsync();
        string lines = await ChildProcess.RunAsync(Repository.Binary, "watch", "-r", file, "-o", "plain");
        Assert.Contains("/recorded", lines, StringComparison.Ordinal);
        Assert.Contains("  200  ", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processes_are_listed_with_their_library_and_its_version()
    {
        Requirement.Need("nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        string output = await ChildProcess.RunAsync(
            Repository.Binary, "ps", "--pid", server.ProcessId.ToString(CultureInfo.InvariantCulture), "-o", "jsonl");
        JsonElement[] processes = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, processes.Length); // the master and two workers
        string version = await ChildProcess.RunAsync("openssl", "version");
        foreach (JsonElement process in processes)
        {
            Assert.Equal("nginx", process.GetProperty("process.command").GetString());
            Assert.True(process.GetProperty("tls.read").GetBoolean());
            JsonElement stack = Assert.Single(process.GetProperty("tls.stacks").EnumerateArray());
            Assert.Equal("OpenSSL", stack.GetProperty("name").GetString());
            Assert.Contains("OpenSSL " + stack.GetProperty("version").GetString(), version, StringComparison.Ordinal);
            Assert.True(stack.GetProperty("probes").GetInt32() > 10);
        }

        string byPort = await ChildProcess.RunAsync(
            Repository.Binary, "ps", "--port", server.Ports[0].ToString(CultureInfo.InvariantCulture), "-o", "jsonl");
        Assert.Equal(3, byPort.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static string Url(TlsNginx server, string path) =>
        string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{server.Ports[0]}{path}");
}
