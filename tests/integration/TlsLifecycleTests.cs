// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>Libraries that are loaded while the trace goes on, workers that are forked, objects that come and go, a tracer that dies.</summary>
public sealed class TlsLifecycleTests
{
    private const string Library = "libssl.so.3";

    [Fact]
    public async Task A_library_that_the_loader_knows_is_read_from_the_first_request_of_a_program_that_opens_it()
    {
        await using TlsNginx server = await StartAsync();
        await using ChildProcess program = await ProgramAsync(Library, server, "ask", 3, 0);
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(program.Id));
        await RunAsync(program);
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        Assert.Equal<string>(Uris(server, 0, 3), Seen(trace, server));
    }

    [Fact]
    public async Task A_library_from_elsewhere_is_a_miss_that_is_counted_and_read_from_then_on()
    {
        await using TlsNginx server = await StartAsync();
        using var folder = new TemporaryFolder();
        string copy = folder.File("libmine.so");
        File.Copy(await LibraryPathAsync(), copy);
        const int Requests = 30;
        const int Late = 20; // some seconds: how soon a busy machine lets the tracer run is not the question
        await using ChildProcess program = await ProgramAsync(copy, server, "ask", Requests, 250);
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(program.Id));
        await RunAsync(program);
        TraceResult trace = await tracer.StopAsync();
        Assert.Equal(1, trace.Losses["tls_late"]);
        Assert.Contains("used before it could be probed", trace.Errors, StringComparison.Ordinal);
        Assert.Equal<string>(
            Uris(server, Late, Requests - Late), [.. Seen(trace, server).Where(x => Number(x) >= Late)]);
    }

    [Fact]
    public async Task Workers_that_are_forked_after_the_attach_are_read()
    {
        await using TlsNginx server = await StartAsync();
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(server.ProcessId));
        int[] before = server.Workers();
        await server.ReloadAsync();
        Assert.Empty(before.Intersect(server.Workers()));
        await using ChildProcess program = await ProgramAsync(Library, server, "churn", 20, 0);
        await RunAsync(program);
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        Assert.Equal<string>(Uris(server, 0, 20, ofConnections: true), Seen(trace, server));
        Assert.DoesNotContain(trace.Http, x => before.Contains(x.ProcessId!.Value));
    }

    [Fact]
    public async Task A_hundred_thousand_objects_leave_nothing_behind()
    {
        Requirement.Need("bpftool");
        const int First = 200;
        const int Then = 700;
        const int Empty = 120; // objects that never connect, for each connection
        const long MostGrowth = 12L << 20; // what user space keeps of so many objects would be twice that
        await using TlsNginx server = await StartAsync();
        await using ChildProcess before = await ProgramAsync(Library, server, "churn", First, Empty);
        await using ChildProcess program = await ProgramAsync(Library, server, "churn", Then, Empty);
        await using ChildProcess other = ChildProcess.Start("sleep", "600"); // else the trace ends with the program
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(before.Id, program.Id, other.Id));
        await RunAsync(before);
        long memory = tracer.PeakMemory();
        await RunAsync(program, ends: false);
        BpfObjects objects = BpfObjects.Of(tracer.ProcessId);
        Assert.Equal(0, await CountAsync(objects, "tls_objects"));
        Assert.InRange(await CountAsync(objects, "tls_calls") ?? -1, 0, 1);
        Assert.InRange(await CountAsync(objects, "tls_unbound") ?? -1, 0, 1); // by process
        Assert.Equal(0, await CountAsync(objects, "connections"));
        program.Signal(ChildProcess.SigKill);
        await program.WaitAsync();
        await WaitForNoneAsync(objects, "tls_calls");
        await WaitForNoneAsync(objects, "tls_unbound");
        long growth = tracer.PeakMemory() - memory;
        TraceAssert.Note($"{(First + Then) * (Empty + 1)} objects, {growth >> 10} KiB more memory for the last {Then * (Empty + 1)}");
        Assert.InRange(growth, 0, MostGrowth);
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        Assert.Equal<string>(
            [.. Uris(server, 0, First, ofConnections: true).Concat(Uris(server, 0, Then, ofConnections: true)).Order(StringComparer.Ordinal)],
            Seen(trace, server));
    }

    [Fact]
    public async Task An_object_of_a_process_that_dies_is_forgotten()
    {
        Requirement.Need("bpftool");
        await using TlsNginx server = await StartAsync();
        await using ChildProcess program = await ProgramAsync(Library, server, "ask", 1000, 10);
        await using ChildProcess other = ChildProcess.Start("sleep", "60"); // else the trace ends with the program
        await using Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(program.Id, other.Id));
        await program.WriteLineAsync("go");
        await tracer.WaitForAsync(x => x.Uri is not null);
        BpfObjects objects = BpfObjects.Of(tracer.ProcessId);
        Assert.Equal(1, await CountAsync(objects, "tls_objects"));
        program.Signal(ChildProcess.SigKill);
        await program.WaitAsync();
        await Task.Delay(300);
        Assert.Equal(0, await CountAsync(objects, "tls_objects"));
        await tracer.StopAsync();
    }

    [Theory]
    [InlineData(300, 10)]
    [InlineData(60_000, 0)] // without a pause: it dies in the middle of calls
    public async Task A_tracer_that_is_killed_leaves_the_program_alone_and_no_probe_behind(int requests, int pause)
    {
        Requirement.Need("bpftool");
        await using TlsNginx server = await StartAsync();
        await using ChildProcess program = await ProgramAsync(Library, server, "ask", requests, pause);
        BpfObjects objects;
        await using (Tracer tracer = await Tracer.WatchAsync(Capture.Tracepoints, Tracer.Pids(program.Id, server.ProcessId)))
        {
            objects = BpfObjects.Of(tracer.ProcessId);
            Assert.NotEmpty(objects.Links);
            await program.WriteLineAsync("go");
            for (int i = 0; i < 3000 && new FileInfo(tracer.OutputFile) is not { Exists: true, Length: > 0 }; i++)
            {
                await Task.Delay(10);
            }

            Assert.NotEqual(0, new FileInfo(tracer.OutputFile).Length);
            tracer.Signal(ChildProcess.SigKill);
            await tracer.WaitForExitAsync();
            Assert.DoesNotContain("done", program.Output, StringComparison.Ordinal);
        }

        await program.WaitForOutputAsync(static line => line == "done");
        Assert.Equal([], await objects.StillThereAsync());
        Assert.Equal(requests, (await server.StopAsync()).Count);
    }

    [Fact]
    public async Task A_file_that_was_replaced_is_probed_no_longer_when_its_last_user_is_gone()
    {
        Requirement.Need("unshare");
        const int Requests = 20;
        await using TlsNginx server = await StartAsync();
        using var folder = new TemporaryFolder();
        string library = folder.File("libmine.so");
        string source = await LibraryPathAsync();
        File.Copy(source, library);
        await using ChildProcess user = ChildProcess.Start(
            await NativePrograms.BuildAsync("tls_objects", "dl"), library, Text(server.Ports[0]), "ask", Text(Requests), "50", "wait");
        await using ChildProcess next = await ProgramAsync(library, server, "ask", Requests, 0);
        await using ChildProcess other = ChildProcess.Start("sleep", "600");
        await user.WaitForOutputAsync(static line => line == "loaded");

        // Not even root may look at the first process of some machines, and while one can't be looked at, nobody knows what it has
        // mapped. Where this tracer looks, one of ours is in its place.
        string[] launcher = ["unshare", "--mount", "sh", "-c", $"mount --bind /proc/{other.Id} /proc/1 && exec \"$0\" \"$@\""];
        await using Tracer tracer = await Tracer.WatchAsync(launcher, Capture.Tracepoints, Tracer.Pids(user.Id, next.Id, other.Id));
        int one = Links(tracer);
        File.Copy(source, folder.File("new"));
        File.Move(folder.File("new"), library, overwrite: true);
        await WaitForLinksAsync(tracer, x => x > one); // the one that is there now, too
        int both = Links(tracer);
        await RunAsync(user, ends: false);
        Assert.Equal(both, Links(tracer));
        user.Signal(ChildProcess.SigTerm);
        await user.WaitAsync();
        await WaitForLinksAsync(tracer, x => x <= one);
        await RunAsync(next);
        TraceResult trace = await tracer.StopAsync();
        trace.AssertNothingLost();
        Assert.Equal<string>(
            [.. Uris(server, 0, Requests).Concat(Uris(server, 0, Requests)).Order(StringComparer.Ordinal)], Seen(trace, server));
    }

    private static int Links(Tracer tracer) => BpfObjects.Of(tracer.ProcessId).Links.Count;

    private static async Task WaitForLinksAsync(Tracer tracer, Func<int, bool> wanted)
    {
        for (int i = 0; i < 1200 && !wanted(Links(tracer)); i++)
        {
            await Task.Delay(100); // it looks every two seconds, and at who has the file mapped less and less often
        }

        Assert.True(wanted(Links(tracer)), $"{Links(tracer)} links");
    }

    private static async Task<string> LibraryPathAsync() =>
        (await ChildProcess.RunAsync("sh", "-c", $"/sbin/ldconfig -p | sed -n 's/.*{Library} .*=> //p' | head -n 1")).Trim();

    private static async Task WaitForNoneAsync(BpfObjects objects, string map)
    {
        for (int i = 0; i < 100 && await CountAsync(objects, map) != 0; i++)
        {
            await Task.Delay(100);
        }

        Assert.Equal(0, await CountAsync(objects, map));
    }

    /// <summary>Entries of a map; asked again when bpftool could not look at it this time.</summary>
    private static async Task<int?> CountAsync(BpfObjects objects, string map)
    {
        for (int i = 0; i < 10; i++)
        {
            if (await objects.CountEntriesAsync(map) is { } count)
            {
                return count;
            }

            await Task.Delay(100);
        }

        return null;
    }

    private static async Task<TlsNginx> StartAsync()
    {
        Requirement.Need("bpf", "nginx", "cc");
        return await TlsNginx.StartAsync(1);
    }

    private static async Task<ChildProcess> ProgramAsync(string library, TlsNginx server, string what, int count, int more) =>
        ChildProcess.StartGated(
            await NativePrograms.BuildAsync("tls_objects", "dl"),
            library, Text(server.Ports[0]), what, Text(count), Text(more));

    private static async Task RunAsync(ChildProcess program, bool ends = true)
    {
        await program.WriteLineAsync("go");
        await program.WaitForOutputAsync(static line => line == "done");
        if (ends)
        {
            program.Signal(ChildProcess.SigTerm);
            await program.WaitAsync();
        }
    }

    private static string[] Uris(TlsNginx server, int first, int count, bool ofConnections = false) =>
    [
        .. Enumerable.Range(first, count)
            .Select(x => ofConnections ? $"/{Text(server.Ports[0])}/{Text(x)}/0" : $"/{Text(server.Ports[0])}/0/{Text(x)}")
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The requests that were seen whole, on the server's port, with a proof of that.</summary>
    private static string[] Seen(TraceResult trace, TlsNginx server)
    {
        TraceRecord[] seen = [.. trace.Http.Where(x => x.IsComplete)];
        Assert.All(seen, x => Assert.Equal(("nested_call", server.Ports[0]), (x.PeerProof, x.ServerPort)));
        return [.. seen.Select(x => x.Uri!).Order(StringComparer.Ordinal)];
    }

    private static int Number(string uri) => int.Parse(uri[(uri.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture);

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
