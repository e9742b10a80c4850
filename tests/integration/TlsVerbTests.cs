// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary><c>l7trace tls</c> and <c>l7trace ps</c> on curl, Python and nginx: the plaintext, whose it is, and who uses which library.</summary>
public sealed class TlsVerbTests
{
    [Fact]
    public async Task The_plaintext_of_a_command_is_shown_with_its_peer_and_without_credentials()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        string url = Url(server, "/hello?token=5esame1");
        await using ChildProcess run = ChildProcess.Start(
            Repository.Binary, "tls", "--", "curl", "-sk", "--http1.1", "-H", "Authorization: Bearer 5esame2", url);
        await run.WaitForSuccessAsync();
        Assert.Contains($"-> 127.0.0.1:{server.Ports[0]}  http/1  ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("[peer by nested call]", run.Errors, StringComparison.Ordinal);
        Assert.Contains("  GET /hello?token=? HTTP/1.1\n", run.Errors.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("  Authorization: Bearer ?\n", run.Errors.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains($"<- 127.0.0.1:{server.Ports[0]}  http/1  ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("nothing was lost", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_bytes_in_JSON_are_those_that_Python_sent_and_got()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        const string Program =
            """
            import socket, ssl, sys
            context = ssl._create_unverified_context()
            with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1])))) as s:
                for i in range(20):
                    s.sendall(b"GET /number/%d HTTP/1.1\r\nHost: a\r\n\r\n" % i)
                    answer = b""
                    while not answer.endswith(b"/number/%d" % i):
                        answer += s.recv(4096)
            """;
        await using ChildProcess run = ChildProcess.Start(
            Repository.Binary, "tls", "-o", "jsonl", "--", "/usr/bin/python3", "-c", Program, server.Ports[0].ToString(CultureInfo.InvariantCulture));
        await run.WaitForSuccessAsync();
        JsonElement[] calls =
        [
            .. run.Errors.Split('\n').Where(static line => line.StartsWith('{')).Select(static line => JsonDocument.Parse(line).RootElement),
        ];
        Assert.All(calls, call => Assert.Equal(server.Ports[0], call.GetProperty("network.peer.port").GetInt32()));
        Assert.All(calls, static call => Assert.Equal("nested_call", call.GetProperty("peer.proof").GetString()));
        Assert.Equal(
            Enumerable.Range(0, 20).Select(static i => string.Create(CultureInfo.InvariantCulture, $"GET /number/{i} HTTP/1.1\r\nHost: a\r\n\r\n")),
            calls.Where(static call => call.GetProperty("direction").GetString() == "egress").Select(static call => call.GetProperty("text").GetString()));
        string answers = string.Concat(calls.Where(static call => call.GetProperty("direction").GetString() == "ingress")
            .Select(static call => call.TryGetProperty("text", out JsonElement text) ? text.GetString() : ""));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{server.Ports[0]} /number/{i}"), answers, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_recording_beside_it_has_the_exchange()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        using var folder = new TemporaryFolder();
        string file = folder.File("plain.pcapng");
        await using ChildProcess run = ChildProcess.Start(
            Repository.Binary, "tls", "-w", file, "-o", "none", "--", "curl", "-sk", "--http1.1", Url(server, "/recorded"));
        await run.WaitForSuccessAsync();
        string lines = await ChildProcess.RunAsync(Repository.Binary, "watch", "-r", file, "-o", "plain");
        Assert.Contains("/recorded", lines, StringComparison.Ordinal);
        Assert.Contains("  200  ", lines, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processes_are_listed_with_their_library_and_its_version()
    {
        Requirement.Need("nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        string output = await ChildProcess.RunAsync(
            Repository.Binary, "ps", "--pid", server.ProcessId.ToString(CultureInfo.InvariantCulture), "-o", "jsonl");
        JsonElement[] processes = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, processes.Length); // the master and two workers
        string version = await ChildProcess.RunAsync("openssl", "version");
        foreach (JsonElement process in processes)
        {
            Assert.Equal("nginx", process.GetProperty("process.command").GetString());
            Assert.True(process.GetProperty("tls.read").GetBoolean());
            JsonElement stack = Assert.Single(process.GetProperty("tls.stacks").EnumerateArray());
            Assert.Equal("OpenSSL", stack.GetProperty("name").GetString());
            Assert.Contains("OpenSSL " + stack.GetProperty("version").GetString(), version, StringComparison.Ordinal);
            Assert.True(stack.GetProperty("probes").GetInt32() > 10);
        }

        string byPort = await ChildProcess.RunAsync(
            Repository.Binary, "ps", "--port", server.Ports[0].ToString(CultureInfo.InvariantCulture), "-o", "jsonl");
        Assert.Equal(3, byPort.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Tls_of_a_program_whose_library_is_not_read_is_counted_and_named()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        // What a program with a library of its own sends, by a program without any: a ClientHello, and the server answers it.
        using var folder = new TemporaryFolder();
        await using ChildProcess hello = ChildProcess.Start("python3", "-c", """
            import ssl, sys
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                open(sys.argv[1], "wb").write(outgoing.read())
            """, folder.File("hello"));
        await hello.WaitForSuccessAsync();
        const string Program = """
            import socket, sys, time
            end = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
            end.sendall(open(sys.argv[2], "rb").read())
            assert end.recv(5)[0] == 22
            time.sleep(1)
            """;
        string[] command = ["python3", "-c", Program, $"{server.Ports[0]}", folder.File("hello")];
        await using ChildProcess run = ChildProcess.Start(Repository.Binary, ["run", "-o", "jsonl", "--", .. command]);
        await run.WaitForSuccessAsync();
        Assert.Contains("1 connection with TLS that can't be read", run.Errors, StringComparison.Ordinal);
        Assert.Matches("TLS of 1 connection of python3[^ ]* \\(process [0-9]+\\) was not read: ", run.Errors);
        await using ChildProcess check = ChildProcess.Start(Repository.Binary, ["check", "--no-errors", "--", .. command]);
        await check.WaitAsync();
        Assert.Contains("UNSURE", check.Output + check.Errors, StringComparison.Ordinal); // standard output is the command's
        Assert.NotEqual(0, check.ExitCode);
    }

    [Fact]
    public async Task Calls_are_counted_by_process_and_those_of_others_by_file()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        await using ChildProcess count = ChildProcess.Start(
            Repository.Binary, "ps", "--for", "60s", "-o", "jsonl", "--pid", server.ProcessId.ToString(CultureInfo.InvariantCulture));
        await count.WaitForErrorAsync(static x => x.Contains("counting calls", StringComparison.Ordinal));
        await Task.Delay(3000); // what it says comes before the probes
        await ChildProcess.RunAsync("curl", ["-sk", "--http1.1", .. Enumerable.Range(1, 20).Select(x => Url(server, $"/{x}"))]);
        count.Signal(ChildProcess.SigInt);
        await count.WaitForSuccessAsync();
        JsonElement[] objects = [.. count.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement)];
        JsonElement[] stacks = [.. objects.Where(static x => x.GetProperty("type").GetString() == "process")
            .SelectMany(static x => x.GetProperty("tls.stacks").EnumerateArray())];
        JsonElement library = objects.Single(static x => x.GetProperty("type").GetString() == "tls_file"
            && Path.GetFileName(x.GetProperty("file").GetString()!).StartsWith("libssl.so", StringComparison.Ordinal));
        Assert.Equal(3, stacks.Length);
        // A request is a read and a write at least, at either end.
        Assert.InRange(library.GetProperty("calls").GetInt64(), 40, 1000);
        Assert.InRange(library.GetProperty("calls_out_of_scope").GetInt64(), 40, 100_000);
        Assert.Equal(library.GetProperty("calls").GetInt64(), stacks.Sum(static x => x.GetProperty("calls").GetInt64()));
        Assert.Equal(0, library.GetProperty("not_probed").GetArrayLength());
    }

    [Fact]
    public async Task A_library_that_was_replaced_is_read_anew_and_its_probes_go_with_its_last_user()
    {
        Requirement.Need("bpf", "nginx");
        await using TlsNginx server = await TlsNginx.StartAsync(1);
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "libssl.so.3", "libcrypto.so.3" })
        {
            File.Copy(new[] { "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/usr/lib64" }
                .Select(x => Path.Combine(x, name)).First(File.Exists), folder.File(name));
        }

        // One program with three children after each other: one that is there until the file is probed, one that uses it from its first
        // call on, and one with another file at its path.
        string curl = $"LD_LIBRARY_PATH={folder.Path} curl -sk --http1.1 ";
        await using ChildProcess shell = ChildProcess.StartGated("sh", "-c", $"""
            LD_LIBRARY_PATH={folder.Path} python3 -c 'import ctypes; ctypes.CDLL("libssl.so.3"); print("mapped", flush=True); input()'
            {curl} {Url(server, "/second")}; echo one; read line
            {curl} {Url(server, "/third")}; echo two; read line
            """);
        await using ChildProcess trace = ChildProcess.Start(
            Repository.Binary, "watch", "-v", "-o", "jsonl", "--show-secrets", "--pid", shell.Id.ToString(CultureInfo.InvariantCulture));
        await trace.WaitForErrorAsync(Tracer.IsReady);
        await shell.WriteLineAsync("go");
        await shell.WaitForOutputAsync(static x => x.EndsWith("mapped", StringComparison.Ordinal));
        await WaitAsync(() => Attached(trace.Id, folder.File("libssl.so.3")) == 1);
        await shell.WriteLineAsync("");
        await shell.WaitForOutputAsync(static x => x.EndsWith("one", StringComparison.Ordinal));
        File.Copy(folder.File("libssl.so.3"), folder.File("new"));
        File.Move(folder.File("new"), folder.File("libssl.so.3"), overwrite: true);
        // Nobody has the old one mapped: its probes go; the new one's are there before anyone maps it. Where a process can't be
        // looked at, nobody knows what it has mapped: the old one's stay.
        int kept = Directory.GetDirectories("/proc").Any(IsDenied) ? 1 : 0;
        await WaitAsync(() => (Attached(trace.Id, folder.File("libssl.so.3")), Attached(trace.Id, folder.File("libssl.so.3") + " (deleted)")) == (1, kept));
        await shell.WriteLineAsync("");
        await shell.WaitForOutputAsync(static x => x.EndsWith("two", StringComparison.Ordinal));
        await Task.Delay(500);
        trace.Signal(ChildProcess.SigInt);
        await trace.WaitForSuccessAsync();
        Assert.Contains("/second", trace.Output, StringComparison.Ordinal);
        Assert.Contains("/third", trace.Output, StringComparison.Ordinal);
        shell.Signal(ChildProcess.SigKill);
    }

    // 1 when any probe of this file is attached by the process, as the kernel says it (6.16 and later).
    private static int Attached(int processId, string path) =>
        Directory.GetFiles($"/proc/{processId}/fdinfo").Any(x => Said(x).Any(line =>
            line.StartsWith("path:", StringComparison.Ordinal) && line["path:".Length..].Trim() == path)) ? 1 : 0;

    // Some machines keep even root out of a process.
    private static bool IsDenied(string process)
    {
        try
        {
            File.ReadAllText(Path.Combine(process, "maps"));
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false; // a kernel thread, no process, or none any more
        }
    }

    private static string[] Said(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (IOException)
        {
            return []; // closed since
        }
    }

    private static async Task WaitAsync(Func<bool> isDone)
    {
        for (int i = 0; !isDone(); i++)
        {
            Assert.True(i < 200, "It did not come within 20 s.");
            await Task.Delay(100);
        }
    }

    private static string Url(TlsNginx server, string path) =>
        string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{server.Ports[0]}{path}");
}
