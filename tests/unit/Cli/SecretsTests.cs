// SPDX-License-Identifier: Apache-2.0
using System.IO.Compression;
using System.Text;
using L7Trace.Cli;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Captures.Recording;
using L7Trace.UnitTests.Cli.Spans;
using L7Trace.UnitTests.Http2;
using Xunit;

namespace L7Trace.UnitTests.Cli;

/// <summary>Secrets in every place where HTTP has some, and every output searched for them.</summary>
public sealed class SecretsTests : IDisposable
{
    private const string Secret = "5esame";

    // All of these hold the secret, in a value.
    private static readonly string[] s_requestHeaders =
    [
        "Authorization: Bearer 5esame1", "Proxy-Authorization: Basic 5esame2", "Cookie: sid=5esame3; 5esame4", "X-Api-Key: 5esame5",
        "api-key: 5esame6", "X-Amz-Security-Token: 5esame7", "X-Unheard-Of: 5esame8",
        "Referer: https://u:5esame9@shop.test/a;s=5esame10?token=5esame11#access_token=5esame12", "X-CSRF-Token: 5esame13",
        "Cookie2: 5esame14", "Authorization: 5esame15", "Origin: http://u:5esame16@shop.test",
    ];

    private static readonly string[] s_responseHeaders =
    [
        "Set-Cookie: sid=5esame21; Path=/; HttpOnly", "Location: /next?code=5esame22#id_token=5esame23", "X-Auth-Token: 5esame24",
        "WWW-Authenticate: Digest nonce=5esame25", "Proxy-Authenticate: 5esame26", "Set-Cookie: 5esame27", "ETag: 5esame28",
        "Content-Location: //u:5esame29@h/x?sig=5esame30",
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("l7secrets-");
    private readonly string _file;
    private readonly List<string> _planted = [];

    public SecretsTests()
    {
        _file = Path.Combine(_folder.FullName, "in.pcapng");
        var recorded = new RecordingRun();
        Http1(recorded);
        Http2(recorded);
        recorded.Finish();
        File.WriteAllBytes(_file, recorded.Files[0].ToArray());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    public static TheoryData<string> Outputs =>
    [
        "watch -o plain", "watch -o jsonl", "watch -o table", "report -o plain", "report -o jsonl", "report -o table",
        "slow --min-latency 1ns -o plain", "slow --min-latency 1ns -o jsonl", "follow", "export --to jsonl", "export --to har", "export --to curl",
        "export --to slowlog",
    ];

    [Theory]
    [MemberData(nameof(Outputs))]
    public void No_output_has_a_secret_unless_it_is_asked_for(string output)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run([.. output.Split(' '), "-r", _file]));

        Assert.DoesNotContain(Secret, run.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Secret, run.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(Encoding.ASCII.GetBytes(Secret)), run.Output, StringComparison.Ordinal);
        Assert.True(output == "export --to slowlog" || run.Output.Contains("/plain", StringComparison.Ordinal), run.Output);
    }

    [Fact]
    public void No_span_has_a_secret()
    {
        using var collector = new LoopbackCollector();
        Assert.Equal(ExitCode.Done, new CliRun().Run("watch", "-o", "none", "-r", _file, "--otlp=" + collector.Address));

        Assert.DoesNotContain(Secret, string.Join('\n', collector.Requests), StringComparison.OrdinalIgnoreCase);
        Assert.Contains(collector.Spans, static span => span.Attributes.Any(static x => x.Value.StringValue.Contains("/plain", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_secret_that_was_planted_is_seen_when_it_is_asked_for()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("follow", "-r", _file, "--show-secrets"));

        Assert.All(_planted, secret => Assert.Contains(secret, run.Output, StringComparison.Ordinal));
        Assert.True(_planted.Count > 40, $"{_planted.Count}");
    }

    [Fact]
    public void The_shape_of_what_is_withheld_stays()
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("follow", "-r", _file));

        foreach (var line in new[]
        {
            "> Authorization: Bearer ?\n", "> Cookie: sid=?; ?\n", "> X-Unheard-Of: ?\n", "> Referer: https://?@shop.test/a;s=??token=?#?\n",
            "< Set-Cookie: sid=?; Path=/; HttpOnly\n", "< Location: /next?code=?#?\n", "< WWW-Authenticate: Digest ?\n",
            ">   \"password\": ?\n", "> POST /plain;v=??api_key=?&X-Amz-Signature=?&? HTTP/1.1\n", "> user=?\n", "< x-sum: ?\n",
        })
        {
            Assert.Contains(line, run.Output, StringComparison.Ordinal);
        }
    }

    private void Http1(RecordingRun recorded)
    {
        var request = string.Join("\r\n", s_requestHeaders);
        var response = string.Join("\r\n", s_responseHeaders);
        recorded.Open(RecordingRun.Tcp(7));
        var (up, down) = (5000UL, 1000UL);
        Exchange(
            $"POST /plain;v=5esame41?api_key=5esame42&X-Amz-Signature=5esame43&5esame44 HTTP/1.1\r\nHost: shop.test\r\n{request}\r\n" +
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n{\"password\": \"5esame45\"}\r\n0\r\nX-Signature: 5esame46\r\n\r\n",
            $"HTTP/1.1 302 Found\r\n{response}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n5esame47\r\n0\r\nX-Sum: 5esame48\r\n\r\n");
        Exchange(
            "POST http://user:5esame51@shop.test/plain?t=5esame52 HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\nuser=5esame53",
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
        Exchange("GET /plain HTTP/1.1\r\nHost: user:5esame54@shop.test\r\n\r\n", "HTTP/1.1 503 5esame\r\nContent-Length: 0\r\n\r\n");
        Exchange("CONNECT user:5esame55@shop.test:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
        _planted.AddRange(["5esame54", "5esame55", "5esame51", "5esame52", "5esame53"]);
        _planted.AddRange(Enumerable.Range(41, 8).Select(n => Secret + n));
        _planted.AddRange(Enumerable.Range(1, 16).Concat(Enumerable.Range(21, 10)).Select(n => Secret + n));

        void Exchange(string ask, string answer)
        {
            recorded.Call(7, Direction.Ingress, up, RecordingRun.Ascii(ask));
            recorded.Call(7, Direction.Egress, down, RecordingRun.Ascii(answer));
            up += (ulong)ask.Length;
            down += (ulong)answer.Length;
        }
    }

    private void Http2(RecordingRun recorded)
    {
        recorded.Open(RecordingRun.Tcp(8));
        byte[] ask =
        [
            .. Http2Wire.Preface, .. Http2Wire.Settings(),
            .. Http2Wire.Headers(1, end: false, (":method", "POST"), (":scheme", "https"), (":authority", "u:5esame60@shop.test"),
                (":path", "/plain;a=5esame61?access_token=5esame62"), ("authorization", "Bearer 5esame63"), ("cookie", "a=5esame64"), ("x-api-key", "5esame65")),
            .. Http2Wire.Data(1, Encoding.ASCII.GetBytes("5esame66")), .. Http2Wire.Headers(1, end: true, ("x-sum", "5esame67")),
        ];
        byte[] answer =
        [
            .. Http2Wire.Settings(), .. Http2Wire.Headers(1, end: false, (":status", "200"), ("set-cookie", "a=5esame68"), ("content-encoding", "gzip")),
            .. Http2Wire.Data(1, Gzip("5esame69 and text that goes on")), .. Http2Wire.Headers(1, end: true, ("x-sum", "5esame70")),
        ];
        recorded.Call(8, Direction.Ingress, 5000, ask);
        recorded.Call(8, Direction.Egress, 1000, answer);
        _planted.AddRange(Enumerable.Range(60, 11).Select(n => Secret + n));
    }

    private static byte[] Gzip(string text)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Encoding.ASCII.GetBytes(text));
        }

        return target.ToArray();
    }
}
