// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Net.WebSockets;
using System.Text;

namespace L7Trace.HttpTests.DotNetHttp;

/// <summary>WebSocket over HTTP/2 (RFC 8441), in the clear: Kestrel, which echoes, and ClientWebSocket.</summary>
internal static class Sockets
{
    private const int Together = 5;
    private static readonly int[] s_sizes = [0, 5, 125, 126, 3000, 40_000];

    public static async Task ServeAsync()
    {
        await using WebApplication server = Server.Listen("2", [], static _ => { });
        server.UseWebSockets();
        server.Run(EchoAsync);
        await Server.StartAsync(server);
    }

    /// <summary>Opens so many sockets over one connection, some at once, and says of each what was sent and received.</summary>
    public static async Task TalkAsync(string url, int count)
    {
        using var handler = new SocketsHttpHandler();
        using var invoker = new HttpMessageInvoker(handler);
        foreach (int[] numbers in Enumerable.Range(0, count).Chunk(Together))
        {
            await Task.WhenAll(numbers.Select(n => TalkAsync(invoker, new Uri($"{url.Replace("http", "ws", StringComparison.Ordinal)}/talk?n={n}"), n)));
        }
    }

    private static async Task TalkAsync(HttpMessageInvoker invoker, Uri uri, int n)
    {
        using var socket = new ClientWebSocket();
        socket.Options.HttpVersion = HttpVersion.Version20;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        socket.Options.DangerousDeflateOptions = n % 2 == 0 ? new WebSocketDeflateOptions() : null;
        await socket.ConnectAsync(uri, invoker, CancellationToken.None);
        List<Said> sent = [], received = [];
        byte[] buffer = new byte[100_000];
        foreach (int size in s_sizes)
        {
            WebSocketMessageType type = (n + size) % 3 == 0 ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
            byte[] message = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, (size / 10) + 1).Select(x => $"{n:d4} {x:d4} ")))[..size];
            await socket.SendAsync(message, type, endOfMessage: true, CancellationToken.None);
            sent.Add(new Said(type, message));
            int length = 0;
            ValueWebSocketReceiveResult read;
            do
            {
                read = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                length += read.Count;
            }
            while (!read.EndOfMessage);
            received.Add(new Said(read.MessageType, buffer[..length]));
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, $"bye {n}", CancellationToken.None);
        Journal.Say(new { uri = uri.PathAndQuery, compressed = n % 2 == 0, sent, received });
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { DangerousEnableCompression = true });
        byte[] buffer = new byte[4096];
        while (true)
        {
            ValueWebSocketReceiveResult read = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
            if (read.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, socket.CloseStatusDescription, CancellationToken.None);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, read.Count), read.MessageType, read.EndOfMessage, CancellationToken.None); // in as many frames as it was read in
        }
    }

    private sealed class Said(WebSocketMessageType type, byte[] bytes)
    {
        public string Type { get; } = type == WebSocketMessageType.Text ? "text" : "binary";

        public int Bytes { get; } = bytes.Length;

        public string? Text { get; } = type == WebSocketMessageType.Text ? Encoding.ASCII.GetString(bytes, 0, Math.Min(bytes.Length, 4096)) : null;
    }
}
