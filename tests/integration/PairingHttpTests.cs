// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>The pairing test over HTTP: status, body length, framing and method of an answer are functions of n.</summary>
public sealed class PairingHttpTests
{
    private const int Connections = 32;

    public static TheoryData<Capture, Transport> Transports() => new()
    {
        { Capture.Tracepoints, Transport.Tcp4 },
        { Capture.Tracepoints, Transport.Tcp6 },
        { Capture.Tracepoints, Transport.Unix },
        { Capture.FileWalk, Transport.Tcp4 },
        { Capture.FileWalk, Transport.Unix },
    };

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task At_concurrency_32_every_request_has_its_own_answer(Capture capture, Transport transport)
    {
        Requirement.Need("bpf", "cc");
        const int Count = 10_000;
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(transport: transport);
        await using Tracer tracer = await Tracer.WatchAsync(capture, Tracer.Pids(server.ProcessId));
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, Connections);
        await client.RunAsync(1, Count, depth: 1);
        IReadOnlyList<HttpJournalEntry> journal = await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        AssertAll(trace, trace.Http, 1, Count);
        if (transport == Transport.Tcp4)
        {
            Assert.All(trace.Http.Join(journal, HttpNumbers.Of, x => x.Number, (x, y) => (x, y)), x => Assert.Equal(x.y.Port, x.x.ClientPort));
        }
    }

    /// <summary>
    /// Requests are written by two threads in turn and answers read by a third, up to 16 outstanding; in the server
    /// too one thread reads a socket and another one writes it.
    /// </summary>
    [Theory]
    [MemberData(nameof(Transports))]
    public async Task With_threads_that_share_sockets_and_pipelining_every_request_has_its_own_answer(
        Capture capture, Transport transport)
    {
        Requirement.Need("bpf", "cc");
        const int Count = 10_000;
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(split: true, transport);
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, Connections, twoWriters: true, gated: true);
        await using Tracer tracer = await Tracer.WatchAsync(
            capture, [.. Tracer.Pids(server.ProcessId, client.ProcessId), "--side", "both"]);
        await client.OpenAsync();
        await client.RunAsync(1, Count, depth: 16);
        await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        AssertAll(trace, trace.Http.Where(x => x.Role == "server"), 1, Count);
        AssertAll(trace, trace.Http.Where(x => x.Role == "client"), 1, Count);
        Assert.Equal(2 * Count, trace.Http.Count());
    }

    [Theory]
    [InlineData("tracepoints", Transport.Tcp4)]
    [InlineData("fd-walk", Transport.Tcp4)]
    [InlineData("tracepoints", Transport.Unix)]
    public async Task Attached_late_under_load_no_request_gets_anothers_answer(string capture, Transport transport)
    {
        Requirement.Need("bpf", "cc");
        const int Batch = 4000;
        const int Later = 10_000;
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(transport: transport);
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, Connections);
        await client.RunAsync(1, Batch, depth: 1);
        Task<Tracer> attaching = Tracer.WatchAsync(
            Capture.All.Select(x => x.Data).First(x => x.Name == capture),
            [.. Tracer.Pids(server.ProcessId, client.ProcessId), "--side", "both"]);
        int early = Batch;
        while (!attaching.IsCompleted)
        {
            await client.RunAsync(early + 1, Batch, depth: 1); // under load all the while
            early += Batch;
        }

        if (capture == Capture.FileWalk.Name)
        {
            // Every thread of the server sleeps in a read just now, and the walk does not see them return from it.
            await client.RunAsync(early + 1, Batch, depth: 1);
            early += Batch;
        }

        await using Tracer tracer = await attaching;
        await client.RunAsync(early + 1, Later, depth: 1);

        // Many outstanding on a connection whose beginning was not seen: what can't be proven need not be paired.
        await client.RunAsync(early + Later + 1, Later, depth: 8);
        await client.StopAsync();
        TraceResult trace = await tracer.StopAsync();

        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        TraceRecord[] numbered = [.. trace.Http.Where(x => x.Path is not null)];
        foreach (string role in new[] { "client", "server" })
        {
            AssertAll(
                trace, numbered.Where(x => x.Role == role && HttpNumbers.Of(x) > early && HttpNumbers.Of(x) <= early + Later), early + 1, Later);
            TraceAssert.SameMultiset(
                Enumerable.Range(early + Later + 1, Later).Select(x => $"{x}"),
                numbered.Where(x => x.Role == role && HttpNumbers.Of(x) > early + Later).Select(x => $"{HttpNumbers.Of(x)}"),
                "pipelined requests");
        }

        TraceAssert.Note(
            $"{numbered.Count(x => HttpNumbers.Of(x) <= early)} exchanges of the {early} numbers before were seen at both ends together; "
            + $"{numbered.Count(x => x.IsComplete && HttpNumbers.Of(x) > early + Later)} of {2 * Later} pipelined ones are complete");
    }

    private static void AssertAll(TraceResult trace, IEnumerable<TraceRecord> records, long first, int count)
    {
        TraceRecord[] all = [.. records];
        trace.AssertNothingLost();
        TraceAssert.AllComplete(all);
        TraceAssert.Agree(all, HttpNumbers.Fault);
        TraceAssert.SameMultiset(
            Enumerable.Range(0, count).Select(x => $"{first + x}"), all.Select(x => $"{HttpNumbers.Of(x)}"), "numbered requests");
    }
}
