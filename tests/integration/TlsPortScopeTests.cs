// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// In a scope of ports nothing is read of a TLS object before its port is proven. Of connections that were open before, of a program that
/// encrypts in memory (asyncio), that comes behind the first write: it is missing, and counted.
/// </summary>
public sealed class TlsPortScopeTests
{
    private const int Connections = 7; // to each port
    private const int Requests = 4;

    [Fact]
    public async Task What_comes_before_the_proof_of_a_port_is_counted_and_what_comes_behind_it_is_read()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(2);
        await using ChildProcess client = ChildProcess.Start(
            "/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "programs", "tls_numbers.py"), string.Join(',', server.Ports), Text(2 * Connections), Text(Requests));
        await client.WaitForOutputAsync(static x => x == "ready");
        await using ChildProcess other = ChildProcess.Start("sleep", "600"); // else the trace ends with the client
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, [.. Tracer.Pids(client.Id, other.Id), "--port", Text(server.Ports[0])]);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        TraceResult trace = await tracer.StopAsync();
        TlsNginxEntry[] journal =
        [
            .. (await server.StopAsync()).Where(x => x.Port == server.Ports[0] && !x.Uri.EndsWith("/0", StringComparison.Ordinal)),
        ];
        Assert.Equal(Connections * Requests, journal.Length);
        Assert.Equal(
            journal.Where(static x => !x.Uri.EndsWith("/1", StringComparison.Ordinal)).Select(static x => $"{x.Client} {x.Uri}").Order(),
            trace.Http.Where(static x => x.Uri is not null).Select(static x => $"{x.ClientPort} {x.Uri}").Order());
        Assert.All(trace.Http, static x => Assert.Equal("ciphertext_match", x.PeerProof));
        Assert.All(trace.Http, x => Assert.Equal(server.Ports[0], x.ServerPort));

        // One write on each connection of this port, and none of the other's.
        Assert.Equal(Connections, trace.Losses.GetValueOrDefault("tls_unproven"));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
