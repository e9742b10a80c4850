// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>However l7trace ends, the traced program goes on and the kernel keeps nothing of it.</summary>
public sealed class EndOfTraceTests
{
    private const int Requests = 120_000;

    [Theory]
    [InlineData(ChildProcess.SigKill)]
    [InlineData(ChildProcess.SigInt)]
    [InlineData(ChildProcess.SigTerm)]
    public async Task The_traced_server_goes_on_and_nothing_stays_in_the_kernel(int signal)
    {
        Requirement.Need("bpf", "cc", "bpftool");
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync();
        await using HttpNumbersClient client = await HttpNumbersClient.StartAsync(server, 16);
        await using Tracer tracer = await Tracer.WatchAsync(
            Capture.Tracepoints, Tracer.Pids(server.ProcessId, client.ProcessId));
        await client.BeginAsync(1, Requests, depth: 1);
        await tracer.WaitForAsync(x => x.IsComplete);
        BpfObjects objects = BpfObjects.Of(tracer.ProcessId);
        Assert.NotEmpty(objects.Programs);
        Assert.NotEmpty(objects.Maps);
        IReadOnlyList<string> there = await objects.StillThereAsync();
        Assert.Equal(objects.Programs.Distinct().Count(), there.Distinct().Count(x => x.StartsWith("prog ", StringComparison.Ordinal)));

        long begin = Environment.TickCount64;
        tracer.Signal(signal);
        await tracer.WaitForExitAsync();
        long took = Environment.TickCount64 - begin;
        TraceAssert.Note($"ended {took} ms after signal {signal}, under load");
        Assert.True(took < 5000, $"l7trace took {took} ms to end"); // a second is the aim; this machine may be busy

        await client.FinishAsync();
        Assert.Equal(Requests, (await client.StopAsync()).Count);
        Assert.False(server.HasExited);
        await AssertGoneAsync(objects);
    }

    private static async Task AssertGoneAsync(BpfObjects objects)
    {
        IReadOnlyList<string> left = [];
        for (int i = 0; i < 50; i++)
        {
            left = await objects.StillThereAsync();
            if (left.Count == 0)
            {
                return;
            }

            await Task.Delay(200); // the kernel frees them after a grace period
        }

        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{left.Count} objects stayed: {string.Join(", ", left)}"));
    }
}
