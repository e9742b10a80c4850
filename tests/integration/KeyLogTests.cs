// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// `keylog` against OpenSSL's own key log: the same lines, of client and server, TLS 1.2 and 1.3; and with them tshark reads a real
/// capture of the ciphertext.
/// </summary>
public sealed class KeyLogTests
{
    [Theory]
    [InlineData("TLSv1.2", "--tls-max", "1.2")]
    [InlineData("TLSv1.3", "--tlsv1.3")]
    public async Task It_has_the_lines_that_openssl_writes_and_decrypts_a_capture(string protocols, params string[] version)
    {
        Requirement.Need("bpf", "nginx", "tshark");
        using var folder = new TemporaryFolder();
        await using TlsNginx server = await TlsNginx.StartAsync(1, protocols);
        string own = folder.File("own.log");
        string[] targets = [.. Enumerable.Range(1, 5).Select(x => string.Create(CultureInfo.InvariantCulture, $"/n/{x}"))];
        await using ChildProcess client = ChildProcess.StartGated(
            "env", ["SSLKEYLOGFILE=" + own, "curl", "-sk", .. version, .. targets.Select(x => $"https://127.0.0.1:{server.Ports[0]}{x}")]);
        string capture = folder.File("wire.pcapng");
        await using ChildProcess wire = ChildProcess.Start(
            "dumpcap", "-q", "-i", "lo", "-f", $"tcp port {server.Ports[0]}", "-w", capture);
        await wire.WaitForErrorAsync(static x => x.StartsWith("File: ", StringComparison.Ordinal));
        string atClient = folder.File("client.log");
        string atServer = folder.File("server.log");
        await using ChildProcess one = await StartAsync(client.Id, atClient);
        await using ChildProcess other = await StartAsync(server.ProcessId, atServer);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        await StopAsync(one);
        await StopAsync(other);
        await Task.Delay(2000); // dumpcap gets its packets in blocks, and loses the one that is not full when it is stopped
        await StopAsync(wire);

        string[] expected = [.. File.ReadLines(own).Where(static x => x.Length > 0 && x[0] != '#').Order()];
        Assert.NotEmpty(expected);
        Assert.Equal(expected, File.ReadLines(atClient).Order());
        Assert.Equal(expected, File.ReadLines(atServer).Order());
        Assert.Equal("600\n", await ChildProcess.RunAsync("stat", "-c", "%a", atClient));
        foreach (string log in new[] { atClient, atServer })
        {
            string found = await ChildProcess.RunAsync(
                "tshark", "-n", "-r", capture, "-o", "tls.keylog_file:" + log, "-d", $"tcp.port=={server.Ports[0]},tls",
                "-Y", "http.request", "-T", "fields", "-e", "http.request.uri");
            Assert.Equal(targets, found.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        string whole = folder.File("whole.pcapng");
        await ChildProcess.RunAsync("editcap", "--inject-secrets", "tls," + atClient, capture, whole);
        Assert.Equal(targets, (await ChildProcess.RunAsync(
            "tshark", "-n", "-r", whole, "-d", $"tcp.port=={server.Ports[0]},tls", "-Y", "http.request", "-T", "fields",
            "-e", "http.request.uri")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("TLSv1.2", true)]
    [InlineData("TLSv1.2", false)]
    [InlineData("TLSv1.3", true)]
    [InlineData("TLSv1.3", false)]
    public async Task A_recording_with_keys_is_ciphertext_that_tshark_decrypts_by_itself(string protocols, bool atServer)
    {
        Requirement.Need("bpf", "nginx", "tshark");
        using var folder = new TemporaryFolder();
        await using TlsNginx server = await TlsNginx.StartAsync(1, protocols);
        string[] targets = [.. Enumerable.Range(1, 20).Select(x => string.Create(CultureInfo.InvariantCulture, $"/n/{x}"))];
        await using ChildProcess client = ChildProcess.StartGated(
            "curl", ["-sk", "--http1.1", .. targets.Select(x => $"https://127.0.0.1:{server.Ports[0]}{x}")]);
        await using Recorder recorder = await Recorder.StartAsync([atServer ? server.ProcessId : client.Id], "--with-keys");
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        Assert.Empty(await recorder.StopAsync());
        Assert.Contains("secrets are in it of 1 of 1 TLS connections", recorder.Errors, StringComparison.Ordinal);
        Assert.Contains("nothing was lost", recorder.Errors, StringComparison.Ordinal);
        Assert.Equal("600\n", await ChildProcess.RunAsync("stat", "-c", "%a", recorder.File));
        string asTls = $"tcp.port=={server.Ports[0]},tls";
        Assert.Equal(targets, Lines(await recorder.TsharkAsync("-d", asTls, "-Y", "http.request", "-T", "fields", "-e", "http.request.uri")));
        Assert.Equal(
            targets.Select(static _ => "200"),
            Lines(await recorder.TsharkAsync("-d", asTls, "-Y", "http.response", "-T", "fields", "-e", "http.response.code")));
        Assert.Empty(Lines(await recorder.TsharkAsync("-d", asTls, "-Y", "tcp.analysis.flags || _ws.malformed")));

        // What stands in the packets is ciphertext: without the secrets nothing is read.
        string bare = folder.File("bare.pcapng");
        await ChildProcess.RunAsync("editcap", "--discard-all-secrets", recorder.File, bare);
        Assert.Empty(Lines(await ChildProcess.RunAsync("tshark", "-n", "-r", bare, "-d", asTls, "-Y", "http")));
    }

    [Fact]
    public async Task A_recording_with_keys_has_mysqls_statements_behind_its_request_for_tls()
    {
        Requirement.Need("bpf", "mariadb", "tshark");
        using var folder = new TemporaryFolder();
        var certificate = new Certificate(folder);
        await using MariaDbServer server = await MariaDbServer.StartAsync(
            "--ssl-cert=" + certificate.File, "--ssl-key=" + certificate.Key);
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId], "--with-keys");
        await ChildProcess.RunAsync(
            "mariadb", "--no-defaults", "--ssl", "-h127.0.0.1", $"-P{server.Port}", "-u" + DatabaseServer.User,
            "-p" + DatabaseServer.Password, "-e", "SELECT 41 + 1; SELECT 'two'");
        await recorder.StopAsync();
        string found = await recorder.TsharkAsync(
            "-d", $"tcp.port=={server.Port},mysql", "-Y", "tls && mysql.query", "-T", "fields", "-e", "mysql.query");
        Assert.Contains("SELECT 41 + 1", found, StringComparison.Ordinal);
        Assert.Contains("SELECT 'two'", found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_whose_secrets_can_not_be_read_is_named()
    {
        Requirement.Need("bpf");
        using var folder = new TemporaryFolder();
        await using ChildProcess sleeper = ChildProcess.Start(
            "python3", "-c", "import ctypes, time; ctypes.CDLL('libgnutls.so.30'); print('ready', flush=True); time.sleep(60)");
        await sleeper.WaitForOutputAsync(static line => line == "ready");
        await using ChildProcess log = await StartAsync(sleeper.Id, folder.File("keys.log"));
        await StopAsync(log);
        Assert.Matches("secrets of '.*libgnutls\\.so\\.30.*' can't be read: secrets of GnuTLS are not read", log.Errors);
        sleeper.Signal(ChildProcess.SigKill);
    }

    private static async Task<ChildProcess> StartAsync(int processId, string path)
    {
        ChildProcess log = ChildProcess.Start(Repository.Binary, ["keylog", "-w", path, .. Tracer.Pids(processId)]);
        await log.WaitForErrorAsync(Tracer.IsReady);
        return log;
    }

    private static async Task StopAsync(ChildProcess process)
    {
        process.Signal(ChildProcess.SigInt);
        await process.WaitForSuccessAsync();
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
