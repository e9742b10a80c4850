// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace L7Trace.IntegrationTests.Support;

/// <summary>
/// Many SslStreams of this very process, over the thread pool: .NET gives its ciphertext through memory BIOs, and sends it from
/// whatever thread. Each has a number, which stands with its server's port in every request.
/// </summary>
internal sealed class SslStreamNumbers(IReadOnlyList<int> ports, int connections, int requests) : IDisposable
{
    private readonly List<SslStream> _streams = [];

    /// <summary>Opens all, with a first request on each.</summary>
    public async Task OpenAsync()
    {
        SslStream[] opened = await Task.WhenAll(Enumerable.Range(0, connections).Select(OpenAsync));
        _streams.AddRange(opened);
    }

    /// <summary>The other requests, all connections at once.</summary>
    public Task RunAsync() => Task.WhenAll(_streams.Select(RunAsync));

    /// <inheritdoc/>
    public void Dispose() => _streams.ForEach(static stream => stream.Dispose());

    private async Task<SslStream> OpenAsync(int number)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, PortOf(number));
        var stream = new SslStream(client.GetStream());
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            // The test's own server, whose certificate was made for it a moment ago.
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate?.Subject == "CN=127.0.0.1",
        });
        await AskAsync(stream, number, 0);
        return stream;
    }

    private async Task RunAsync(SslStream stream, int number)
    {
        for (int request = 1; request <= requests; request++)
        {
            await Task.Delay(Random.Shared.Next(5));
            await AskAsync(stream, number, request);
        }
    }

    private int PortOf(int number) => ports[number % ports.Count];

    private async Task AskAsync(SslStream stream, int number, int request)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/{PortOf(number)}/{number}/{request}");
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        string expected = $"{PortOf(number)} {path}";
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith(expected, StringComparison.Ordinal))
        {
            int read = await stream.ReadAsync(buffer);
            Assert.NotEqual(0, read);
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
    }
}
