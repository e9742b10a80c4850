// SPDX-License-Identifier: Apache-2.0
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// TCP sockets that are not as others, where we must count what TCP does not: multipath TCP, and connections whose bytes a BPF
/// program moves past TCP (sockmap), of every second one from its middle on. Each answer is a function of its request.
/// </summary>
public sealed class SocketKindTests
{
    private const int Count = 300;
    private const int Unsupported = 3;

    public static TheoryData<Capture, string> Kinds()
    {
        var data = new TheoryData<Capture, string>();
        foreach (Capture capture in Capture.All.Select(x => x.Data))
        {
            data.Add(capture, "multipath");
            data.Add(capture, "sockmap");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Each_exchange_is_seen_once_from_either_end_and_right(Capture capture, string kind)
    {
        Requirement.Need("bpf", "cc", "bpftool");
        await using ChildProcess program = ChildProcess.Start(await NativePrograms.BuildAsync(kind), $"{Count}");
        await using Tracer tracer = await Tracer.WatchAsync(capture, [.. Tracer.Pids(program.Id), "--side", "both", "--capture-limit", "64KiB"]);
        await program.WriteLineAsync("go");
        await program.WaitAsync();
        Assert.SkipWhen(program.ExitCode == Unsupported, $"this kernel has no {kind}");
        Assert.True(program.ExitCode == 0, program.Said());
        int? left = await BpfObjects.Of(tracer.ProcessId).CountEntriesAsync("connections");
        TraceResult trace = await tracer.StopAsync();

        trace.AssertNothingLost();
        TraceAssert.AllComplete(trace.Http);
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        foreach (string role in new[] { "client", "server" })
        {
            TraceAssert.SameMultiset(
                Enumerable.Range(1, Count).Select(x => $"{x}"),
                trace.Http.Where(x => x.Role == role).Select(x => $"{HttpNumbers.Of(x)}"),
                role);
        }

        Assert.Equal(0, left);
    }
}
