// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Cli;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Packets;
using L7Trace.UnitTests.Captures;
using L7Trace.UnitTests.Captures.Recording;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class ExportCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("l7export-");
    private readonly string _in;
    private readonly string _out;

    public ExportCommandTests()
    {
        (_in, _out) = (Path.Combine(_folder.FullName, "in.pcap"), Path.Combine(_folder.FullName, "out"));
        var (request, answer) = (TcpTalk.Get(1), TcpTalk.Ok(1));
        File.WriteAllBytes(_in, new TcpTalk().Handshake().Client(TcpFlag.Ack, 0, request).Server(TcpFlag.Ack, 0, answer, request.Length).Build());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_recording_is_for_its_owner_says_what_it_reveals_and_shows_the_same_exchanges()
    {
        var export = new CliRun();
        Assert.Equal(ExitCode.Done, export.Run("export", "-q", "-r", _in, "--to", "pcapng", "-w", _out));
        Assert.Contains("payloads as they were sent", export.Error, StringComparison.Ordinal);
        Assert.Equal("", export.Output);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_out));
        Assert.Equal(Exchanges(_in), Exchanges(_out));
    }

    [Theory]
    [InlineData(1, "--port", "80")]
    [InlineData(1, "--remote-port", "80")]
    [InlineData(1, "--protocol", "http")]
    [InlineData(0, "--port", "81")]
    [InlineData(0, "--local-port", "80")]
    [InlineData(0, "--protocol", "mysql")]
    public void A_recording_has_the_connections_that_were_asked_for_and_nothing_of_others(int count, string option, string value)
    {
        Assert.Equal(ExitCode.Done, new CliRun().Run("export", "-r", _in, "--to", "pcapng", "-w", _out, option, value));
        Assert.Equal(count, Exchanges(_out).Length);
        if (count == 0)
        {
            Assert.DoesNotContain("connection id=", Text(_out), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, "--pid", "12")]
    [InlineData(1, "--name", "web server")]
    [InlineData(0, "--pid", "13")]
    [InlineData(0, "--name", "web")]
    public void Processes_choose_connections_of_a_recording(int count, string option, string value)
    {
        var recorded = new RecordingRun();
        recorded.Open(RecordingRun.Tcp(7));
        recorded.Call(7, Direction.Ingress, 5000, RecordingRun.Ascii(TcpTalk.Get(1)));
        recorded.Call(7, Direction.Egress, 1000, RecordingRun.Ascii(TcpTalk.Ok(1)));
        recorded.Finish();
        File.WriteAllBytes(_in, recorded.Files[0].ToArray());
        Assert.Equal(ExitCode.Done, new CliRun().Run("export", "-r", _in, "--to", "pcapng", "-w", _out, option, value));
        Assert.Equal(count, Exchanges(_out).Length);
        Assert.Equal(count > 0, Text(_out).Contains("connection id=", StringComparison.Ordinal));
        Assert.Equal(count > 0, Text(_out).Contains("GET /1", StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_capture_gives_a_recording_of_what_was_found_and_a_failure()
    {
        File.AppendAllText(_in, "xyz");
        var run = new CliRun();
        Assert.Equal(ExitCode.Failure, run.Run("export", "-r", _in, "--to", "pcapng", "-w", _out));
        Assert.Contains("is damaged at byte", run.Error, StringComparison.Ordinal);
        Assert.Single(Exchanges(_out));
    }

    [Theory]
    [InlineData("pcapng")]
    [InlineData("jsonl")]
    public void What_is_read_is_never_what_is_written(string format)
    {
        var before = File.ReadAllBytes(_in);
        var link = Path.Combine(_folder.FullName, "link");
        File.CreateSymbolicLink(link, _in);
        var second = Path.Combine(_folder.FullName, "second");
        var folder = Path.Combine(_folder.FullName, "folder");
        using (var ln = System.Diagnostics.Process.Start("ln", [_in, second]))
        {
            ln.WaitForExit();
        }

        Assert.True(File.Exists(second));
        File.CreateSymbolicLink(folder, _folder.FullName);
        foreach (var name in (string[])[_in, link, second, Path.Combine(folder, "second"), Path.Combine(_folder.FullName, ".", "in.pcap")])
        {
            var run = new CliRun();
            Assert.Equal(ExitCode.Usage, run.Run("export", "-r", _in, "--to", format, "-w", name));
            Assert.Contains("is a file that is read", run.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(_in));
    }

    [Fact]
    public void A_file_that_can_not_be_read_leaves_what_is_there_alone()
    {
        File.WriteAllText(_out, "mine");
        var nothing = Path.Combine(_folder.FullName, "nothing");
        File.WriteAllText(nothing, "no capture, whatever it is called");
        foreach (var (name, says) in new[] { (nothing + "-there", "nothing-there"), (nothing, "it is no capture") })
        {
            foreach (var format in (string[])["pcapng", "har"])
            {
                var run = new CliRun();
                Assert.Equal(ExitCode.Failure, run.Run("export", "-r", name, "--to", format, "-w", _out));
                Assert.Contains(says, run.Error, StringComparison.Ordinal);
            }
        }

        Assert.Equal("mine", File.ReadAllText(_out));
    }

    [Theory]
    [InlineData("choose exchanges", "--to", "pcapng", "-w", "x", "--count", "1")]
    [InlineData("choose exchanges", "--to", "pcapng", "-w", "x", "--min-latency", "1s")]
    [InlineData("choose exchanges", "--to", "pcapng", "-w", "x", "--where", "protocol == http")]
    [InlineData("nothing for a terminal", "--to", "pcapng")]
    [InlineData("nothing for a terminal", "--to", "pcapng", "-w", "-")]
    [InlineData("is none of jsonl, har", "--to", "hra")]
    public void What_can_not_be_meant_is_a_usage_error(string says, params string[] options)
    {
        var run = new CliRun { IsTerminal = true };
        Assert.Equal(ExitCode.Usage, run.Run(["export", "-r", _in, .. options]));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jsonl", "\"type\":\"exchange\"")]
    [InlineData("har", "\"entries\":[{")]
    [InlineData("curl", "curl 'http://a/1'")]
    public void A_dash_is_standard_output(string format, string says)
    {
        foreach (var options in (string[][])[[], ["-w", "-"]])
        {
            var run = new CliRun();
            Assert.Equal(ExitCode.Done, run.Run(["export", "-r", _in, "--to", format, .. options]));
            Assert.Contains(says, run.Output, StringComparison.Ordinal);
        }

        Assert.False(File.Exists("-"));
    }

    private static string Text(string path) => Encoding.Latin1.GetString(File.ReadAllBytes(path));

    private static string[] Exchanges(string path)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("watch", "-o", "jsonl", "-r", path));
        return [.. run.Output.Split('\n').Where(static line => line.Contains("\"type\":\"exchange\"", StringComparison.Ordinal))];
    }
}
