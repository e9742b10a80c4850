// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.HttpTests.Support;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.HttpTests;

/// <summary>NSS's plaintext goes through functions of NSPR, which move other things too, each in a way of its own.</summary>
public sealed class NssTests
{
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task Each_function_tells_what_it_moved_and_what_is_not_TLS_is_never_shown_as_such(Capture capture)
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(2, plain: 1);
        using var folder = new TemporaryFolder();
        string[] program = await Programs.PythonWithLibraryAsync("libssl3.so", "nss_calls.py");
        await using ChildProcess client = ChildProcess.Start(
            program[0], [.. program[1..], .. server.Ports.Select(x => x.ToString(CultureInfo.InvariantCulture)), folder.Path]);
        await client.WaitForOutputAsync(static x => x == "ready");
        await using ChildProcess other = ChildProcess.Start("sleep", "600"); // else the trace ends with the client
        await using Tracer tracer = await Tracer.WatchAsync(capture, [.. Tracer.Pids(client.Id, other.Id), "--capture-limit", "256KiB"]);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        Assert.Matches("(?m)^reused [1-9]", client.Output);

        // What it had done on its first connection before it was traced is nobody's.
        TlsNginxEntry[] journal = [.. (await server.StopAsync()).Where(static x => x.Uri != "/old/before")];
        Assert.Equal(17, journal.Length);
        Assert.Equal(
            journal.Select(static x => $"{x.Port} {x.Client} {x.Uri}").Order(),
            trace.Http.Select(static x => $"{x.ServerPort} {x.ClientPort} {x.Uri}").Order());
        Assert.All(trace.Http, x => Assert.Equal(x.ServerPort == server.Ports[0] ? "nested_call" : "socket", x.PeerProof));

        // The answer to the first request on the old connection is behind a read that may have been under way.
        Assert.All(trace.Http.Where(static x => x.Uri != "/old/0"), static x => Assert.Equal((200, "done", "complete"), (x.Status, x.State, x.Completeness)));
        Assert.Equal(40_000, trace.Http.Single(static x => x.Uri == "/a/vectors").RequestBody);
        Assert.Equal(50_000, trace.Http.Single(static x => x.Uri == "/a/file").RequestBody);
        TraceAssert.Note($"{journal.Length} requests");
    }

    [Fact]
    public async Task What_is_moved_past_NSPR_counts_as_not_read()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(2, plain: 1);
        string[] program = await Programs.PythonWithLibraryAsync("libssl3.so", "nss_calls.py");
        await using ChildProcess client = ChildProcess.Start(
            program[0], [.. program[1..], .. server.Ports.Select(x => x.ToString(CultureInfo.InvariantCulture)), ""]);
        await client.WaitForOutputAsync(static x => x == "ready");
        await using ChildProcess other = ChildProcess.Start("sleep", "600"); // else the trace ends with the client
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(client.Id, other.Id));
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        TraceResult trace = await tracer.StopAsync();
        Assert.Equal(["/old/before", "/past"], (await server.StopAsync()).Select(static x => x.Uri));
        Assert.Empty(trace.Http);
        Assert.Equal(1, trace.Losses.GetValueOrDefault("tls_unread"));
    }
}
