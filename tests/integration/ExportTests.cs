// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using L7Trace.IntegrationTests.Support;

namespace L7Trace.IntegrationTests;

/// <summary>What `export` makes, given to the programs that it is for. Captures alone: no BPF is needed.</summary>
public sealed partial class ExportTests
{
    public static TheoryData<string> Requests =>
    [
        "GET /plain?a=b HTTP/1.1\r\nHost: HOST\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n",
        "GET /a/../b/./c%20d?[x]={1..3}&y=%27;id HTTP/1.1\r\nHost: HOST\r\n\r\n",
        "GET /`touch${IFS}MARK`$(touch${IFS}MARK)'\"\\#f|;&! HTTP/1.1\r\nHost: HOST\r\nX-Evil: ';touch MARK;' $(touch MARK) `touch MARK` \"\r\nX-Empty:\r\nCookie: a=b; c='d'\r\n\r\n",
        "POST /form HTTP/1.1\r\nHost: HOST\r\nContent-Length: 31\r\n\r\n@file'\"\n\r\n$(touch MARK)\u0001\u00ff\u00fe\\x\n!~",
        "PUT /typed HTTP/1.1\r\nHost: HOST\r\nContent-Type: a/b\r\nUser-Agent: it's\r\nContent-Length: 3\r\n\r\na=b",
        "GET /with-body HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\nxy",
        "HEAD /head HTTP/1.1\r\nHost: HOST\r\nAccept: */*\r\n\r\n",
        "DELETE /gone HTTP/1.1\r\nHost: HOST\r\nX-Twice: 1\r\nX-Twice: 2\r\n\r\n",
    ];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_curl_line_makes_the_same_request_again(string request)
    {
        Requirement.Need("curl");
        using var folder = new TemporaryFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string mark = folder.File("marked");
        string host = listener.LocalEndpoint.ToString()!;
        request = request.Replace("HOST", host, StringComparison.Ordinal);
        request = request.Replace("MARK", mark, StringComparison.Ordinal);
        int body = request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        request = Regex.Replace(
            request, "Content-Length: \\d+", string.Create(CultureInfo.InvariantCulture, $"Content-Length: {request.Length - body}"));
        string capture = folder.File("request.pcap");
        await File.WriteAllBytesAsync(capture, Capture(Encoding.Latin1.GetBytes(request)));
        string line = await ChildProcess.RunAsync(Repository.Binary, "export", "-r", capture, "--to", "curl", "--show-secrets", "-q");
        Task<string> received = ReceiveAsync(listener);
        await ChildProcess.RunAsync("bash", "-c", line);
        Assert.Equal(Parts(request), Parts(await received));
        Assert.False(File.Exists(mark), line);
    }

    [Fact]
    public async Task Archives_of_the_fixtures_pass_a_validator()
    {
        Requirement.Need("npm");
        using var folder = new TemporaryFolder();
        var archives = new List<string>();
        foreach (string session in Directory.GetFiles(Path.Combine(Repository.Root, "fixtures", "http"), "session.*", SearchOption.AllDirectories))
        {
            foreach (string[] options in (string[][])[["--show-secrets"], []])
            {
                archives.Add(folder.File($"{archives.Count}-{Path.GetFileName(Path.GetDirectoryName(session))}.har"));
                await ChildProcess.RunAsync(Repository.Binary, ["export", "-r", session, "--to", "har", "-q", "-w", archives[^1], .. options]);
            }
        }

        string said = await ChildProcess.RunAsync(Path.Combine(Repository.Root, "scripts", "har-check"), archives);
        string[] counts = said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(archives.Count, counts.Length);
        Assert.All(counts, x => Assert.True(int.Parse(x, CultureInfo.InvariantCulture) > 0, said));
    }

    /// <summary>
    /// tshark knows nothing of us: out of captures and out of the recordings made of them it reads the same, in the same
    /// order. It takes a second to start, so the fixtures are put behind one another; in one such file no two ports may meet
    /// in two fixtures, or two connections would look like one.
    /// </summary>
    [Fact]
    public async Task Tshark_reads_the_same_out_of_a_capture_and_its_recording()
    {
        Requirement.Need("tshark");
        using var folder = new TemporaryFolder();
        string fixtures = Path.Combine(Repository.Root, "fixtures");
        var batches = new List<Batch>();
        foreach (string session in Directory.GetFiles(fixtures, "session.pcap*", SearchOption.AllDirectories).Where(x => !x.Contains(".pcapng", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            string recording = folder.File(Path.GetRelativePath(fixtures, session).Replace('/', '-'));
            await ChildProcess.RunAsync(Repository.Binary, "export", "-r", session, "--to", "pcapng", "-q", "-w", recording);
            string protocol = Path.GetRelativePath(fixtures, session).Split('/')[0];
            string lines = await ChildProcess.RunAsync(Repository.Binary, "watch", "-r", session, "-o", "jsonl", "-q");
            HashSet<(string, string)> ports = [.. Ports().Matches(lines).Select(x => (x.Groups[1].Value, x.Groups[2].Value))];
            Batch? batch = batches.Find(x => !x.Ports.Overlaps(ports));
            if (batch is null)
            {
                batches.Add(batch = new Batch());
            }

            batch.Ports.UnionWith(ports);
            batch.Servers.UnionWith(ports.Select(x => $"tcp.port=={x.Item2},{protocol}"));
            batch.Sessions.Add(session);
            batch.Recordings.Add(recording);
        }

        int found = 0;
        foreach (Batch batch in batches)
        {
            string before = folder.File("before.pcapng");
            string after = folder.File("after.pcapng");
            await ChildProcess.RunAsync("mergecap", ["-a", "-w", before, .. batch.Sessions]);
            await ChildProcess.RunAsync("mergecap", ["-a", "-w", after, .. batch.Recordings]);
            string[] asked = ["-n", .. batch.Servers.SelectMany(x => (string[])["-d", x]), "-T", "fields"];
            string[] shown = [.. asked, "-Y", "mysql.query || http.request", "-e", "mysql.query", "-e", "http.request.method", "-e", "http.request.uri", "-r"];
            string expected = await ChildProcess.RunAsync("tshark", [.. shown, before]);
            Assert.Equal(expected, await ChildProcess.RunAsync("tshark", [.. shown, after]));
            Assert.Equal("", await ChildProcess.RunAsync(
                "tshark",
                [.. asked, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-Y", "tcp.checksum.status == 0 || ip.checksum.status == 0", "-e", "frame.number", "-r", after]));
            found += expected.Split('\n').Length - 1;
        }

        Assert.True(found > 100, $"{found} statements and requests");
    }

    [Fact]
    public async Task Wireshark_shows_the_names_that_a_capture_has_also_in_its_recording()
    {
        Requirement.Need("tshark");
        using var folder = new TemporaryFolder();
        byte[] packets = Capture(Encoding.ASCII.GetBytes("GET /named HTTP/1.1\r\nHost: a\r\n\r\n"));
        await File.WriteAllBytesAsync(folder.File("a.pcap"), packets);
        await ChildProcess.RunAsync("editcap", "-F", "pcapng", folder.File("a.pcap"), folder.File("a.pcapng"));
        byte[] capture = await File.ReadAllBytesAsync(folder.File("a.pcapng"));
        int section = BinaryPrimitives.ReadInt32LittleEndian(capture.AsSpan(4));
        byte[] record = [1, 0, 17, 0, 10, 0, 0, 2, .. "shop.example\0"u8, 0, 0, 0, 0, 0, 0, 0];
        byte[] block = [4, 0, 0, 0, (byte)(record.Length + 12), 0, 0, 0, .. record, (byte)(record.Length + 12), 0, 0, 0];
        await File.WriteAllBytesAsync(folder.File("named.pcapng"), [.. capture[..section], .. block, .. capture[section..]]);
        await ChildProcess.RunAsync(
            Repository.Binary, "export", "-r", folder.File("named.pcapng"), "--to", "pcapng", "-q", "-w", folder.File("r.pcapng"));
        Assert.Equal("shop.example\n", await ChildProcess.RunAsync(
            "tshark", "-N", "n", "-r", folder.File("r.pcapng"), "-Y", "http.request", "-T", "fields", "-e", "ip.dst_host"));
    }

    private static async Task<string> ReceiveAsync(TcpListener listener)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        var text = new StringBuilder();
        var buffer = new byte[65536];
        while (!IsWhole(text.ToString()))
        {
            int count = await stream.ReadAsync(buffer);
            Assert.NotEqual(0, count);
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        return text.ToString();
    }

    private static bool IsWhole(string text)
    {
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string? length = text.Split("\r\n").FirstOrDefault(x => x.StartsWith("Content-Length: ", StringComparison.Ordinal))?[16..];
        return end >= 0 && text.Length - end - 4 >= int.Parse(length ?? "0", CultureInfo.InvariantCulture);
    }

    // Start line, header fields in any order, body.
    private static string[] Parts(string request)
    {
        int end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        string[] head = request[..end].Split("\r\n");
        return [head[0], .. head.Skip(1).Select(x => x.TrimEnd()).Order(StringComparer.Ordinal), request[(end + 4)..]];
    }

    // A pcap file (raw IP) with the request in one segment and a short answer.
    private static byte[] Capture(byte[] request)
    {
        byte[] answer = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var file = new MemoryStream();
        file.Write([0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0]);
        Packet(file, isRequest: true, 100, 500, request);
        Packet(file, isRequest: false, 500, 100 + (uint)request.Length, answer);
        return file.ToArray();
    }

    private static void Packet(MemoryStream file, bool isRequest, uint sequence, uint acknowledgement, byte[] payload)
    {
        var packet = new byte[40 + payload.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        (packet[8], packet[9], packet[12], packet[16]) = (64, 6, 10, 10);
        (packet[15], packet[19]) = isRequest ? ((byte)1, (byte)2) : ((byte)2, (byte)1);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), isRequest ? (ushort)40000 : (ushort)80);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), isRequest ? (ushort)80 : (ushort)40000);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(24), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(28), acknowledgement);
        (packet[32], packet[33]) = (0x50, 0x18);
        payload.CopyTo(packet, 40);
        Span<byte> header = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], (uint)packet.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], (uint)packet.Length);
        file.Write(header);
        file.Write(packet);
    }

    [GeneratedRegex("\"client.port\":([0-9]+),.*\"server.port\":([0-9]+)")]
    private static partial Regex Ports();

    private sealed class Batch
    {
        public HashSet<(string Client, string Server)> Ports { get; } = [];

        public SortedSet<string> Servers { get; } = new(StringComparer.Ordinal);

        public List<string> Sessions { get; } = [];

        public List<string> Recordings { get; } = [];
    }
}
