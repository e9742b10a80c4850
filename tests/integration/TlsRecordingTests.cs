// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>
/// What `record` wrote of TLS connections gives back what was shown live, peer and proof too, and tshark reads the same
/// requests in it as plaintext. Nothing of the ciphertext is in the file.
/// </summary>
public sealed class TlsRecordingTests
{
    private const int Count = 12;

    [Theory]
    [InlineData("--http1.1", "http.request.uri")]
    [InlineData("--http2", "http2.headers.path")]
    public async Task Https_comes_back_as_it_was_shown_and_tshark_reads_it(string version, string field)
    {
        Requirement.Need("bpf", "nginx", "tshark");
        await using TlsNginx server = await TlsNginx.StartAsync(1, http2: version == "--http2");
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId]);
        string[] targets = [.. Enumerable.Range(1, Count).Select(x => string.Create(CultureInfo.InvariantCulture, $"/n/{x}?q={x * 7}"))];
        await ChildProcess.RunAsync(
            "curl", ["-sk", version, .. targets.Select(x => $"https://127.0.0.1:{server.Ports[0]}{x}")]);
        IReadOnlyList<string> shown = await AssertSameAsync(recorder, Count);
        Assert.Equal(Count, shown.Count);
        Assert.All(shown, static x => Assert.Contains("\"peer.proof\":\"nested_call\"", x, StringComparison.Ordinal));
        string dissector = version == "--http2" ? "http2" : "http";
        string found = await recorder.TsharkAsync(
            "-d", $"tcp.port=={server.Ports[0]},{dissector}", "-Y", field, "-T", "fields", "-e", field);
        TraceAssert.SameMultiset(targets, Lines(found).SelectMany(static x => x.Split(',')), "requests that tshark shows");
        Assert.Empty(Lines(await recorder.TsharkAsync(
            "-d", $"tcp.port=={server.Ports[0]},{dissector}", "-Y", "tcp.analysis.flags || _ws.malformed || tls")));

        string copy = Path.Combine(recorder.Folder, "copy.pcapng");
        await ChildProcess.RunAsync(Repository.Binary, "export", "-q", "-r", recorder.File, "--to", "pcapng", "-w", copy);
        TraceAssert.SameMultiset(shown, await Recorder.ReadBackAsync(copy), "exchanges of a copy");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Mysql_comes_back_as_one_session_and_tshark_reads_its_statements(bool atServer)
    {
        Requirement.Need("bpf", "mariadb", "tshark");
        using var folder = new TemporaryFolder();
        var certificate = new Certificate(folder);
        await using MariaDbServer server = await MariaDbServer.StartAsync(
            "--ssl-cert=" + certificate.File, "--ssl-key=" + certificate.Key);
        await using ChildProcess client = ChildProcess.StartGated(
            "mariadb", "--no-defaults", "--ssl", "-h127.0.0.1", $"-P{server.Port}", "-u" + DatabaseServer.User,
            "-p" + DatabaseServer.Password, "-e", "SELECT 41 + 1; SELECT 'two'; CREATE DATABASE of_tls; USE of_tls; SELECT DATABASE()");
        await using Recorder recorder = await Recorder.StartAsync([atServer ? server.ProcessId : client.Id]);
        await client.WriteLineAsync("go");
        await client.WaitForSuccessAsync();
        IReadOnlyList<string> shown = await AssertSameAsync(recorder, 5);
        string[] inTls = [.. shown.Where(static x => x.Contains("\"tls\":true", StringComparison.Ordinal))];
        Assert.Contains(inTls, static x => x.Contains("\"db.namespace\":\"of_tls\"", StringComparison.Ordinal));
        Assert.All(inTls, static x => Assert.Contains("\"peer.proof\":\"nested_call\"", x, StringComparison.Ordinal));
        string asMySql = $"tcp.port=={server.Port},mysql";
        string found = await recorder.TsharkAsync(
            "-d", asMySql, "-Y", $"tcp.port=={server.Port} && mysql.command == 3", "-T", "fields", "-e", "mysql.query");
        TraceAssert.SameMultiset(
            inTls.Select(Statement).Where(static x => x.Length > 0), Lines(found), "statements that tshark shows");
        Assert.Empty(Lines(await recorder.TsharkAsync("-d", asMySql, "-Y", "tcp.analysis.flags || tls")));
    }

    private static async Task<IReadOnlyList<string>> AssertSameAsync(Recorder recorder, int atLeast)
    {
        IReadOnlyList<string> shown = await recorder.StopAsync();
        Assert.True(shown.Count >= atLeast, recorder.Said);
        TraceAssert.SameMultiset(shown, await Recorder.ReadBackAsync(recorder.File), "exchanges");
        return shown;
    }

    private static string Statement(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        return root.GetProperty("mysql.command").GetString() == "COM_QUERY" ? root.GetProperty("db.query.text").GetString()! : "";
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
