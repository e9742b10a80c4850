// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// Servers that sleep in a receive on every connection when tracing begins: the call's entry was never seen, and its
/// bytes are the first request from then on.
/// </summary>
public sealed class AsleepAtAttachTests
{
    private const int Connections = 24;

    /// <summary>Capture, transport, and how the server sleeps (options of programs/http_server.c).</summary>
    public static TheoryData<Capture, Transport, string> Provable()
    {
        var data = new TheoryData<Capture, Transport, string>();
        foreach (string call in new[] { "read", "readv", "recv", "recvmsg", "recvmmsg" })
        {
            data.Add(Capture.Tracepoints, Transport.Tcp4, "--call " + call);
            data.Add(Capture.Tracepoints, Transport.Unix, "--call " + call);
        }

        foreach (Transport transport in new[] { Transport.Tcp6, Transport.Unix })
        {
            data.Add(Capture.Tracepoints, transport, "--processes");
            data.Add(Capture.FileWalk, transport, "--processes");
            data.Add(Capture.FileWalk, transport, "--processes --call recvmsg");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Provable))]
    public async Task The_first_request_on_every_idle_connection_is_whole(Capture capture, Transport transport, string how)
    {
        Requirement.Need("bpf", "cc");
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(transport: transport, options: how.Split(' '));
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, Connections);

        // Connections that have been used before, and one more on each that has not.
        await using HttpNumbersClient fresh = await HttpNumbersClient.StartAsync(server, Connections);
        await client.RunAsync(1, Connections, depth: 1);
        await Asleep.WaitAsync(server.ProcessId, 2 * Connections);
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessId));
        await client.RunAsync(Connections + 1, Connections, depth: 1);
        await fresh.RunAsync((2 * Connections) + 1, Connections, depth: 1);
        await client.RunAsync((3 * Connections) + 1, Connections, depth: 1);
        await client.StopAsync();
        await fresh.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        TraceAssert.AllComplete(trace.Http);
        TraceAssert.SameMultiset(
            Enumerable.Range(Connections + 1, 3 * Connections).Select(x => $"{x}"),
            trace.Http.Select(x => $"{HttpNumbers.Of(x)}"),
            "requests");
        Assert.All(trace.Http, x => Assert.Equal("server", x.Role));

        // A duration that began with the sleep would count the time before the attachment too.
        Assert.All(trace.Http, x => Assert.InRange(x.Duration ?? -1, 0, x.Start - trace.Http.Min(y => y.Start) + 60_000_000_000));
    }

    /// <summary>
    /// Two threads asleep on one socket, and a third and a fourth that come after: who took which bytes is not to be
    /// known, so what can't be proven is missing, and nothing is anybody else's.
    /// </summary>
    [Theory]
    [InlineData("tracepoints", Transport.Tcp4)]
    [InlineData("tracepoints", Transport.Unix)]
    [InlineData("fd-walk", Transport.Tcp4)]
    [InlineData("fd-walk", Transport.Unix)]
    public async Task Two_threads_asleep_on_one_socket_give_no_answer_to_anothers_request(string capture, Transport transport)
    {
        Requirement.Need("bpf", "cc");
        const int Few = 4;
        const int Rounds = 60;
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(transport: transport, options: ["--readers", "2"]);
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, Few);
        await Asleep.WaitAsync(server.ProcessId, 2 * Few);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.All.Select(x => x.Data).First(x => x.Name == capture), Tracer.Pids(server.ProcessId));
        for (int round = 0; round < Rounds; round++)
        {
            // Numbers that the client sends by one call: 3, 4, 5 and 0 of 6.
            await client.RunAsync(3 + (6 * round), Few, depth: 1);
        }

        await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        TraceRecord[] numbered = [.. trace.Http.Where(x => x.Path is not null)];
        TraceAssert.Agree(numbered, HttpNumbers.Fault);
        Assert.Equal(numbered.Length, numbered.Select(HttpNumbers.Of).Distinct().Count());
        Assert.All(trace.Http.Where(x => x.Path is null), x => Assert.False(x.IsComplete));
        TraceAssert.Note(
            $"{numbered.Count(x => x.IsComplete)} of {Rounds * Few} complete, {numbered.Count(x => HttpNumbers.Of(x) < 9)} of the first {Few} seen");
    }
}
