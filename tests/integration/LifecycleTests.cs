// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// Programs that fork, exec, dup, reuse descriptors at once, close without shutdown and die by SIGKILL: no answer
/// goes to another's request, and nothing stays in the tables.
/// </summary>
public sealed class LifecycleTests
{
    /// <summary>Scenario of programs/lifecycle.c, its arguments behind FIRST, transport, and how many numbers it uses.</summary>
    public static TheoryData<Capture, string, string, Transport, int> Scenarios()
    {
        var data = new TheoryData<Capture, string, string, Transport, int>();
        foreach (Capture capture in Capture.All.Select(x => x.Data))
        {
            data.Add(capture, "fork", "", Transport.Tcp4, 10);
            data.Add(capture, "exec", "", Transport.Tcp4, 4);
            data.Add(capture, "dup", "", Transport.Tcp6, 4);
            data.Add(capture, "dup", "", Transport.Unix, 4);
            data.Add(capture, "reuse", "3000 3", Transport.Tcp4, 3000);
            data.Add(capture, "reuse", "1000 1", Transport.Unix, 1000);
            data.Add(capture, "pass", "40", Transport.Tcp4, 80);
            data.Add(capture, "pass", "20", Transport.Unix, 40);
            data.Add(capture, "pair", "49", Transport.Unix, 49);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Every_request_has_its_own_answer_and_no_connection_stays(
        Capture capture, string scenario, string arguments, Transport transport, int count)
    {
        Requirement.Need("bpf", "cc", "bpftool");
        TraceResult trace = await RunAsync(capture, scenario, arguments, transport, clean: true);
        trace.AssertNothingLost();
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        TraceAssert.AllComplete(trace.Http);
        foreach (string role in new[] { "client", "server" })
        {
            TraceAssert.SameMultiset(
                Enumerable.Range(1, count).Select(x => $"{x}"),
                trace.Http.Where(x => x.Role == role).Select(x => $"{HttpNumbers.Of(x)}"),
                role);
        }
    }

    /// <summary>
    /// dup2 puts another connection on a descriptor while a thread sleeps in a read of it: the read's bytes are the
    /// old connection's. By the walk of the files that can't be known, and is then counted, not guessed.
    /// </summary>
    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task A_descriptor_that_changes_its_socket_during_a_call_mixes_nothing_up(Capture capture)
    {
        Requirement.Need("bpf", "cc", "bpftool");
        TraceResult trace = await RunAsync(capture, "swap", "20", Transport.Tcp4, clean: true);
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        TraceAssert.SameMultiset(
            Enumerable.Range(1, 40).Select(x => $"{x}"),
            trace.Http.Where(x => x is { Role: "server", IsComplete: true }).Select(x => $"{HttpNumbers.Of(x)}"),
            "server");
        if (capture == Capture.Tracepoints)
        {
            TraceAssert.SameMultiset(
                Enumerable.Range(1, 40).Select(x => $"{x}"),
                trace.Http.Where(x => x is { Role: "client", IsComplete: true }).Select(x => $"{HttpNumbers.Of(x)}"),
                "client");
        }
        else if (trace.Http.Count(x => x is { Role: "client", IsComplete: true }) < 40)
        {
            Assert.NotEmpty(trace.Losses);
        }
    }

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task A_connection_closed_before_its_answer_gives_the_answer_to_nobody(Capture capture)
    {
        Requirement.Need("bpf", "cc", "bpftool");
        TraceResult trace = await RunAsync(capture, "abrupt", "200", Transport.Tcp4, clean: true);
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        TraceRecord[] client = [.. trace.Http.Where(x => x is { Role: "client", IsComplete: true })];
        TraceAssert.SameMultiset(
            Enumerable.Range(1, 200).Select(x => $"{2 * x}"), client.Select(x => $"{HttpNumbers.Of(x)}"), "whole ones of the client");
    }

    [Theory]
    [MemberData(nameof(Capture.All), MemberType = typeof(Capture))]
    public async Task A_client_killed_in_the_middle_of_a_request_leaves_no_exchange_of_it(Capture capture)
    {
        Requirement.Need("bpf", "cc", "bpftool");
        TraceResult trace = await RunAsync(capture, "killed", "", Transport.Tcp4, clean: false);
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        foreach (string role in new[] { "client", "server" })
        {
            Assert.Equal([1, 2], trace.Http.Where(x => x.IsComplete && x.Role == role).Select(HttpNumbers.Of));
        }
    }

    /// <summary>The peer keeps its half of the connection open and says nothing: who asked has gone, and that is the exchange's end.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exchange_under_way_ends_with_its_process_though_the_peer_stays(bool isKilled)
    {
        Requirement.Need("bpf");
        await using ChildProcess server = ChildProcess.Start("python3", "-c", """
            import socket, time
            listener = socket.create_server(("127.0.0.1", 0))
            print(listener.getsockname()[1], flush=True)
            end, _ = listener.accept()
            end.recv(65536)
            print("asked", flush=True)
            time.sleep(120)
            """);
        await server.WaitForOutputAsync(static line => line.Length > 0);
        const string Client = """
            import os, socket, sys, time
            end = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            end.sendall(b"GET /half-open HTTP/1.1\r\nHost: a\r\n\r\n")
            time.sleep(0.5)
            if sys.argv[2] == "True":
                os.kill(os.getpid(), 9)
            end.close()
            time.sleep(120)
            """;
        await using ChildProcess shell = ChildProcess.StartGated(
            "sh", "-c", "python3 -c \"$@\"; sleep 120", "sh", Client, server.Output.Trim(), $"{isKilled}");
        await using ChildProcess trace = ChildProcess.Start(
            Repository.Binary, "watch", "-o", "jsonl", "--pid", shell.Id.ToString(CultureInfo.InvariantCulture));
        await trace.WaitForErrorAsync(Tracer.IsReady);
        await shell.WriteLineAsync("go");
        // Both the server and a process of the scope are still there: nothing else ends it.
        await trace.WaitForOutputAsync(static x => x.Contains("/half-open", StringComparison.Ordinal), seconds: 10);
        Assert.Contains("\"error.type\":\"connection_closed\"", trace.Output, StringComparison.Ordinal);
        Assert.Contains("asked", server.Output, StringComparison.Ordinal);
        trace.Signal(ChildProcess.SigInt);
        await trace.WaitForSuccessAsync();
        shell.Signal(ChildProcess.SigKill);
        server.Signal(ChildProcess.SigKill);
    }

    [Theory]
    [InlineData("storm", "10000 4", Transport.Tcp4)]
    [InlineData("storm", "10000 4", Transport.Unix)]
    [InlineData("reuse", "10000 4", Transport.Tcp4)]
    public async Task Ten_thousand_connections_leave_the_tables_empty(string scenario, string arguments, Transport transport)
    {
        Requirement.Need("bpf", "cc", "bpftool");
        TraceResult trace = await RunAsync(Capture.Tracepoints, scenario, arguments, transport, clean: true);
        trace.AssertNothingLost();
        TraceAssert.Agree(trace.Http, HttpNumbers.Fault);
        Assert.Equal(scenario == "reuse" ? 20_000 : 0, trace.Http.Count(x => x.IsComplete));
        Assert.Equal(0, trace.OpenConnections);
    }

    private static async Task<TraceResult> RunAsync(
        Capture capture, string scenario, string arguments, Transport transport, bool clean)
    {
        string program = await NativePrograms.BuildAsync("lifecycle");
        await using HttpNumbersServer server = await HttpNumbersServer.StartAsync(transport: transport);
        await using HttpNumbersServer other = await HttpNumbersServer.StartAsync(transport: transport);
        string[] more = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await using ChildProcess lifecycle = ChildProcess.Start(
            program,
            scenario switch
            {
                "pair" => [scenario, "1", .. more],
                "storm" => [scenario, server.Where, .. more],
                "reuse" => [scenario, server.Where, "1", .. more, other.Where],
                _ => [scenario, server.Where, "1", .. more],
            });
        await using Tracer tracer = await Tracer.WatchAsync(
            capture, [.. Tracer.Pids(server.ProcessId, other.ProcessId, lifecycle.Id), "--side", "both"]);
        await lifecycle.WriteLineAsync("go");
        await lifecycle.WaitAsync();
        Assert.True(lifecycle.ExitCode == (clean ? 0 : 128 + ChildProcess.SigKill), lifecycle.Said());
        BpfObjects objects = BpfObjects.Of(tracer.ProcessId);
        await AssertEmptyAsync(objects, "connections");
        await AssertEmptyAsync(objects, "role_hints");
        return await tracer.StopAsync();
    }

    /// <summary>The kernel frees sockets a little after their last close, so this is asked again for a while.</summary>
    private static async Task AssertEmptyAsync(BpfObjects objects, string map)
    {
        int? left = null;
        for (int i = 0; i < 50; i++)
        {
            left = await objects.CountEntriesAsync(map);
            if (left == 0)
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{left?.ToString(CultureInfo.InvariantCulture) ?? "no such map or no"} entries in {map}"));
    }
}
