// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.HttpTests.Support;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests;

/// <summary>Go lets one goroutine close a connection while another one writes to it, whose writes succeed until then.</summary>
public sealed class GoCloseTests
{
    private const int Connections = 200;

    [Theory]
    [InlineData(null, false)] // Debian's
    [InlineData("1.27", false)]
    [InlineData(null, true)] // a read and a write, at once, are the first calls of a connection
    [InlineData("1.27", true)]
    public async Task What_is_sent_while_another_goroutine_closes_is_on_its_connection_and_once(string? version, bool handshakeByFirstCalls)
    {
        (string output, TraceResult trace) = await TraceAsync(version, "hang-up", handshakeByFirstCalls ? ["at-once"] : []);
        int[][] journal =
        [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => line.Split(' ').Select(static x => int.Parse(x, CultureInfo.InvariantCulture)).ToArray()),
        ];
        Assert.Equal(Connections, journal.Length);
        HashSet<string> sent = [.. journal.SelectMany(static (x, n) => Enumerable.Range(0, x[1]).Select(k => Line(x[0], n, k)))];

        // The last one may have been sent in part when the connection was closed.
        HashSet<string> last = [.. journal.Select(static (x, n) => Line(x[0], n, x[1]))];
        string[] seen = [.. trace.Http.Where(static x => x.Uri is not null).Select(static x => $"{x.ClientPort} {x.Uri}")];
        Assert.Equal(sent.Order(), seen.Where(x => !last.Contains(x)).Order());
        Assert.All(trace.Http, static x => Assert.Equal("nested_call", x.PeerProof));
        TraceAssert.Note($"{sent.Count} requests on {Connections} connections");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1.27")]
    public async Task What_is_read_into_a_buffer_on_a_stack_that_moves_is_right(string? version)
    {
        (string output, TraceResult trace) = await TraceAsync(version, "on-stack");
        int[] sizes = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static x => int.Parse(x, CultureInfo.InvariantCulture))];
        Assert.Equal(Connections, sizes.Length);
        Assert.Equal(Enumerable.Range(0, Connections).Select(static n => $"/{n} 200").Order(), trace.Http.Select(static x => $"{x.Uri} {x.Status}").Order());
        Assert.All(trace.Http, static x => Assert.True(x.IsComplete && x.PeerProof == "nested_call", $"{x.Uri}: {x.State}"));
    }

    private static async Task<(string Output, TraceResult Trace)> TraceAsync(string? version, string what, params string[] more)
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        string[] program = await Programs.GoAsync(version);
        await using ChildProcess client = ChildProcess.Start(
            program[0],
            [
                .. program[1..], what, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{server.Ports[0]}"), server.Authority,
                Connections.ToString(CultureInfo.InvariantCulture), .. more,
            ]);
        await using ChildProcess other = ChildProcess.Start("sleep", "600"); // else the trace ends with the client
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(client.Id, other.Id));
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        return (client.Output, trace);
    }

    private static string Line(int port, int connection, int request) =>
        string.Create(CultureInfo.InvariantCulture, $"{port} /{connection}/{request}");
}
