// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using System.Text.Json;
using L7Trace.IntegrationTests.Support;
using MySqlConnector;

namespace L7Trace.IntegrationTests;

/// <summary>
/// What `record` wrote gives back the exchanges that the same process showed live, record for record and byte for byte,
/// and tshark, which knows nothing of us, reads the same statements and requests out of it.
/// </summary>
public sealed class RecordingTests(SharedMariaDb mariaDb)
{
    [Theory]
    [InlineData()]
    [InlineData("--capture-limit", "256")]
    [InlineData("--ring-size", "64KiB")]
    public async Task Mysql_text_and_prepared_come_back_as_they_were_shown(params string[] options)
    {
        Requirement.Need("bpf", "mariadb");
        const int Count = 1500;
        bool isLossy = options.Contains(Tracer.RingSize);
        MariaDbServer server = await mariaDb.GetAsync();
        await using SqlNumbersClient before = await SqlNumbersClient.OpenAsync(server, 2); // joined in the middle
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId], options);
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 8))
        {
            await client.RunAsync(1, Count);
            await before.RunAsync(Count + 1, 100);
            if (isLossy)
            {
                recorder.Signal(ChildProcess.SigStop); // nobody reads the ring: it surely overflows
                await client.RunAsync(2001, 1000);
                recorder.Signal(ChildProcess.SigCont);
                await client.RunAsync(4001, 200);
            }
        }

        IReadOnlyList<string> shown = await AssertSameAsync(recorder, isLossy ? 100 : Count);
        if (options.Length > 0)
        {
            Assert.Contains(shown, x => !x.Contains("\"completeness\":\"complete\"", StringComparison.Ordinal));
        }

        IReadOnlyList<string> lost = Recorder.Lost(recorder.Errors);
        Assert.Equal(isLossy, lost.Any(x => x.Contains("did not fit into the data ring", StringComparison.Ordinal)));
        Assert.Equal(lost, await Recorder.SaidLostAsync(recorder.File));
    }

    [Fact]
    public async Task Both_ends_and_a_unix_socket_come_back_as_they_were_shown()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId, Environment.ProcessId]);
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 2))
        {
            await client.RunAsync(1, 60);
        }

        await using (var connection = new MySqlConnection(
            $"Server={server.Socket};ConnectionProtocol=UnixSocket;User ID=root;SslMode=None;Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = new MySqlCommand("SELECT 'over a unix socket'", connection);
            await command.ExecuteScalarAsync();
        }

        IReadOnlyList<string> shown = await AssertSameAsync(recorder, atLeast: 60);
        Assert.Contains(shown, x => x.Contains("over a unix socket", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Http_with_and_without_sendfile_comes_back_as_it_was_shown(bool sendfile)
    {
        Requirement.Need("bpf", "nginx", "tshark");
        await using NginxServer server = await NginxServer.StartAsync(sendfile);
        await using Recorder recorder = await Recorder.StartAsync([.. server.ProcessIds], sendfile ? [] : ["--capture-limit", "4096"]);
        using (var client = new HttpClient())
        {
            foreach (int size in NginxServer.FileSizes)
            {
                await client.GetAsync(new Uri($"http://127.0.0.1:{server.Port}/f/{size}?n={size}"));
            }
        }

        await server.StopAsync();
        IReadOnlyList<string> shown = await AssertSameAsync(recorder, NginxServer.FileSizes.Length);
        string requests = await recorder.TsharkAsync(
            "-d", $"tcp.port=={server.Port},http", "-Y", "http.request", "-T", "fields", "-e", "http.request.uri");
        TraceAssert.SameMultiset(
            NginxServer.FileSizes.Select(x => $"/f/{x}?n={x}"), Lines(requests), "requests that tshark shows");
        Assert.Equal(NginxServer.FileSizes.Length, shown.Count);
    }

    [Fact]
    public async Task Tshark_shows_the_same_statements_and_finds_nothing_wrong()
    {
        Requirement.Need("bpf", "mariadb", "tshark");
        MariaDbServer server = await mariaDb.GetAsync();
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId]);
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 4))
        {
            await client.RunAsync(1, 200);
        }

        IReadOnlyList<string> shown = await AssertSameAsync(recorder, atLeast: 200);
        string asMySql = $"tcp.port=={server.Port},mysql";
        string found = await recorder.TsharkAsync(
            "-d", asMySql, "-Y", "mysql.command == 3 || mysql.command == 22", "-T", "fields", "-e", "mysql.query");
        TraceAssert.SameMultiset(
            shown.Select(Statement).Where(x => x.Length > 0), Lines(found), "statements that tshark shows");
        string bare = Path.Combine(recorder.Folder, "bare.pcapng");
        await File.WriteAllBytesAsync(bare, Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(
            await File.ReadAllBytesAsync(recorder.File)).Replace("l7trace ", "another ", StringComparison.Ordinal)));
        TraceAssert.SameMultiset(
            shown.Select(Statement), (await Recorder.ReadBackAsync(bare)).Select(Statement), "statements without our comments");
        Assert.Empty(Lines(await recorder.TsharkAsync(
            "-d", asMySql, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
            "-Y", "tcp.analysis.flags || tcp.checksum.status == 0 || ip.checksum.status == 0 || _ws.malformed")));
    }

    [Fact]
    public async Task A_killed_recorder_leaves_a_file_that_reads_up_to_its_last_flush()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId]);
        await using SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 2);
        await client.RunAsync(1, 60);
        long size = -1;
        for (int i = 0; i < 100 && (size < 4096 || size != new FileInfo(recorder.File).Length); i++)
        {
            size = new FileInfo(recorder.File).Length; // nothing more comes: all is flushed
            await Task.Delay(800);
        }

        await recorder.KillAsync();
        IReadOnlyList<string> read = await Recorder.ReadBackAsync(recorder.File);
        string[] expected = [.. SqlNumbersClient.Expected(1, 60)];
        Assert.True(read.Count >= expected.Length, $"{read.Count} exchanges of {expected.Length} are in the file");
        Assert.Equal("600\n", await ChildProcess.RunAsync("stat", "-c", "%a", recorder.File));
    }

    [Fact]
    public async Task Rotated_files_together_give_all_and_each_is_readable_by_itself()
    {
        Requirement.Need("bpf", "mariadb");
        MariaDbServer server = await mariaDb.GetAsync();
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId], "--rotate-size", "64KiB");
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 4))
        {
            await client.RunAsync(1, 1200);
        }

        IReadOnlyList<string> shown = await recorder.StopAsync();
        string[] files = [.. Directory.GetFiles(recorder.Folder, "r-*.pcapng").Order(StringComparer.Ordinal)];
        Assert.True(files.Length >= 3, $"{files.Length} files\n{recorder.Said}");
        TraceAssert.SameSequence(shown, await Recorder.ReadBackAsync(files), (x, y) => x == y, "exchanges");
        Assert.Equal(Recorder.Lost(recorder.Errors), await Recorder.SaidLostAsync(files));
        foreach (string file in files.SkipLast(1))
        {
            Assert.NotEmpty(await Recorder.ReadBackAsync(file));
        }

        await Recorder.ReadBackAsync(files[^1]); // it may have begun with the last answer, which says little without its statement
    }

    /// <summary>The tools' own sums over the slow log, in microseconds, are those of the exchanges.</summary>
    [Fact]
    public async Task The_slow_log_of_a_recording_adds_up_in_the_tools_that_read_one()
    {
        Requirement.Need("bpf", "mariadb", "pt-query-digest", "mariadb-dumpslow");
        MariaDbServer server = await mariaDb.GetAsync();
        await using Recorder recorder = await Recorder.StartAsync([server.ProcessId]);
        await using (SqlNumbersClient client = await SqlNumbersClient.OpenAsync(server, 4))
        {
            await client.RunAsync(1, 300);
        }

        IReadOnlyList<string> shown = await AssertSameAsync(recorder, atLeast: 300);
        string log = Path.Combine(recorder.Folder, "slow.log");
        await ChildProcess.RunAsync(
            Repository.Binary, "export", "--to", "slowlog", "--show-secrets", "-q", "-r", recorder.File, "-w", log);
        TraceRecord[] statements =
            [.. shown.Select(Record).Where(x => x.Command is "query" or "execute" && x.Statement is not null && x.Duration is not null)];
        double seconds = statements.Sum(x => (double)x.Duration!.Value / 1e9);
        long rows = statements.Sum(x => x.Rows ?? 0);

        using JsonDocument digest = JsonDocument.Parse(await ChildProcess.RunAsync(
            "pt-query-digest", "--no-version-check", "--output", "json", "--limit", "100%", log));
        JsonElement[] classes = [.. digest.RootElement.GetProperty("classes").EnumerateArray()];
        Assert.Equal(statements.Length, classes.Sum(x => x.GetProperty("query_count").GetInt64()));
        Assert.Equal(seconds, classes.Sum(x => Sum(x, "Query_time")), 1e-6 * statements.Length);
        Assert.Equal(rows, (long)classes.Sum(x => Sum(x, "Rows_sent")));

        // Count: 12  Time=0.00s (0s)  Lock=0.00s (0s)  Rows=20.0 (240), user...
        string[] found = [.. Lines(await ChildProcess.RunAsync("mariadb-dumpslow", log)).Where(x => x.StartsWith("Count: ", StringComparison.Ordinal))];
        Assert.Equal(statements.Length, found.Sum(x => int.Parse(x.Split(' ')[1], CultureInfo.InvariantCulture)));
    }

    private static double Sum(JsonElement found, string metric) => double.Parse(
        found.GetProperty("metrics").GetProperty(metric).GetProperty("sum").GetString()!, CultureInfo.InvariantCulture);

    private static TraceRecord Record(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return new TraceRecord(document.RootElement.Clone());
    }

    private static async Task<IReadOnlyList<string>> AssertSameAsync(Recorder recorder, int atLeast)
    {
        IReadOnlyList<string> shown = await recorder.StopAsync();
        IReadOnlyList<string> read = await Recorder.ReadBackAsync(recorder.File);
        Assert.True(shown.Count >= atLeast, string.Create(
            CultureInfo.InvariantCulture, $"only {shown.Count} exchanges were shown\n{recorder.Said}"));
        TraceAssert.SameMultiset(shown, read, "exchanges");
        return shown;
    }

    private static string Statement(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        string command = root.TryGetProperty("mysql.command", out JsonElement name) ? name.GetString() ?? "" : "";
        return command is "COM_QUERY" or "COM_STMT_PREPARE" && root.TryGetProperty("db.query.text", out JsonElement text)
            ? text.GetString() ?? "" : "";
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
