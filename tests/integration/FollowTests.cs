// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>`follow` on live traffic: what a client and a server said, as both of them know it.</summary>
public sealed class FollowTests
{
    private const string Asked =
        "POST /orders?token=sesame1 HTTP/1.1\r\nHost: shop.test\r\nAuthorization: Bearer sesame2\r\nContent-Type: application/json\r\n"
        + "Content-Length: 24\r\n\r\n{\"card\":\"sesame3\",\"n\":2}";

    [Fact]
    public async Task A_live_conversation_is_shown_with_its_headers_and_bodies()
    {
        string[] shown = (await FollowAsync("--show-secrets")).Split('\n');

        Assert.Equal(
            [
                "> POST /orders?token=sesame1 HTTP/1.1", "> Host: shop.test", "> Authorization: Bearer sesame2", "> Content-Type: application/json",
                "> Content-Length: 24", ">", "* body of 24 bytes", "> {", ">   \"card\": \"sesame3\",", ">   \"n\": 2", "> }",
            ],
            shown.Skip(1).Take(11));
        Assert.Contains("* trailers:", shown);
        Assert.Contains("< X-Sum: 7", shown);
        Assert.Equal(3000, shown.Count(line => line.StartsWith("< line ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_secrets_a_live_conversation_shows_its_shape()
    {
        string shown = await FollowAsync();

        Assert.DoesNotContain("sesame", shown, StringComparison.Ordinal);
        Assert.Contains("> Authorization: Bearer ?\n", shown, StringComparison.Ordinal);
        Assert.Contains("> {\n>   \"card\": ?,\n>   \"n\": ?\n> }\n", shown, StringComparison.Ordinal);
        Assert.Contains("gzip decoded to", shown, StringComparison.Ordinal);
    }

    // One exchange on a port of its own, both ends in this process.
    private static async Task<string> FollowAsync(params string[] options)
    {
        Requirement.Need("bpf");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using ChildProcess tracer = ChildProcess.Start(
            Repository.Binary, ["follow", "--port", port.ToString(CultureInfo.InvariantCulture), "--count", "1", "--capture-limit", "64KiB", .. options]);
        await tracer.WaitForErrorAsync(static line => line.StartsWith("l7trace: tracing ", StringComparison.Ordinal));

        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        using TcpClient server = await listener.AcceptTcpClientAsync();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Asked));
        await server.GetStream().ReadExactlyAsync(new byte[Asked.Length]);
        byte[] answer = Answer();
        await server.GetStream().WriteAsync(answer);
        await client.GetStream().ReadExactlyAsync(new byte[answer.Length]);
        await tracer.WaitForSuccessAsync(60);
        Assert.Contains("nothing was lost", tracer.Errors, StringComparison.Ordinal);
        return tracer.Output;
    }

    private static byte[] Answer()
    {
        using var body = new MemoryStream();
        using (var gzip = new GZipStream(body, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int n = 0; n < 3000; n++)
            {
                gzip.Write(Encoding.ASCII.GetBytes($"line {n * 7919L % 3001}\n"));
            }
        }

        string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
            + body.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body.ToArray(), .. Encoding.ASCII.GetBytes("\r\n0\r\nX-Sum: 7\r\n\r\n")];
    }
}
