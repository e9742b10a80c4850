// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Packets;
using L7Trace.UnitTests.Captures;
using L7Trace.UnitTests.Captures.Recording;
using Xunit;

namespace L7Trace.UnitTests.Cli;

public sealed class ReadCaptureTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly string _other = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        File.Delete(_path);
        File.Delete(_other);
    }

    [Theory]
    [InlineData("watch")]
    [InlineData("report")]
    public void A_capture_is_read_without_starting_a_trace(string verb)
    {
        File.WriteAllBytes(_path, Talk(1).Build());
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run(verb, "-r", _path));
        Assert.Null(run.Settings);
        Assert.Contains("GET", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 exchange on 1 connection", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("watch")]
    [InlineData("report")]
    public void With_no_output_only_standard_error_says_what_there_was(string verb)
    {
        File.WriteAllBytes(_path, Talk(1).Build());
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run(verb, "-r", _path, "-o", "none"));
        Assert.Equal("", run.Output);
        Assert.Contains("1 exchange on 1 connection", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_files_are_merged_by_time_whatever_their_order()
    {
        File.WriteAllBytes(_path, Talk(1).Build());
        File.WriteAllBytes(_other, Talk(2, waitFirst: 5000, port: 40001).Build());
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("watch", "-r", _other, _path));
        Assert.True(run.Output.IndexOf(":40000", StringComparison.Ordinal) < run.Output.IndexOf(":40001", StringComparison.Ordinal));
        Assert.Contains("10.0.0.1:40001 > 10.0.0.2:80", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_cut_shows_what_was_found_and_where_it_ends()
    {
        var file = Talk(1).Build();
        File.WriteAllBytes(_path, [.. file, 1, 2, 3]);
        var run = new CliRun();
        Assert.Equal(ExitCode.Failure, run.Run("watch", "-r", _path));
        Assert.Contains("GET", run.Output, StringComparison.Ordinal);
        Assert.Contains($"is damaged at byte {file.Length}: the file ends inside the header of packet 6", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "--pid", "12")]
    [InlineData(true, "--pid", "11,12")]
    [InlineData(true, "--name", "web server")]
    [InlineData(true, "--pid", "12", "--name", "web server")]
    [InlineData(false, "--pid", "13")]
    [InlineData(false, "--name", "web")]
    [InlineData(false, "--pid", "12", "--name", "web")]
    public void A_recording_is_narrowed_to_processes_because_it_names_them(bool shown, params string[] scope)
    {
        var recording = new RecordingRun();
        recording.Open(RecordingRun.Tcp(7));
        recording.Call(7, Direction.Ingress, 5000, RecordingRun.Ascii("GET /narrow HTTP/1.1\r\nHost: a\r\n\r\n"));
        recording.Call(7, Direction.Egress, 1000, RecordingRun.Ascii("HTTP/1.1 204 No Content\r\n\r\n"));
        recording.Close(7);
        recording.Finish();
        File.WriteAllBytes(_path, recording.Files[0].ToArray());
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run(["watch", "-r", _path, .. scope]));
        Assert.Equal(shown, run.Output.Contains("/narrow", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--port", "80", true)]
    [InlineData("--port", "40000", true)]
    [InlineData("--port", "81", false)]
    [InlineData("--remote-port", "80", true)]
    [InlineData("--local-port", "80", false)]
    [InlineData("--protocol", "mysql", false)]
    public void Ports_and_protocols_narrow_a_capture(string option, string value, bool isShown)
    {
        File.WriteAllBytes(_path, Talk(1).Build());
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("watch", "-r", _path, option, value));
        Assert.Equal(isShown, run.Output.Contains("GET", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--pid", "1")]
    [InlineData("--name", "a")]
    [InlineData("--cgroup", "/a")]
    [InlineData("--side", "server")]
    public void What_a_capture_can_not_say_is_a_usage_error(string option, string value)
    {
        File.WriteAllBytes(_path, Talk(1).Build());
        Assert.Equal(ExitCode.Usage, new CliRun().Run("watch", "-r", _path, option, value));
    }

    [Fact]
    public void More_exchanges_than_the_queue_holds_all_come_out()
    {
        var talk = new TcpTalk().Handshake();
        var (sent, got) = (0, 0);
        for (var i = 0; i < 66_000; i++)
        {
            var (request, answer) = (TcpTalk.Get(i), TcpTalk.Ok(i));
            talk.Client(TcpFlag.Ack, sent, request, got);
            sent += request.Length;
            talk.Server(TcpFlag.Ack, got, answer, sent);
            got += answer.Length;
        }

        File.WriteAllBytes(_path, talk.Build());
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run("watch", "-r", _path));
        Assert.Equal(66_000, run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("nothing was lost", run.Error, StringComparison.Ordinal);
    }

    private static TcpTalk Talk(int number, int waitFirst = 0, ushort port = 40000)
    {
        var request = TcpTalk.Get(number);
        return new TcpTalk { ClientPort = port }.Wait(waitFirst).Handshake()
            .Client(TcpFlag.Ack, 0, request).Server(TcpFlag.Ack, 0, TcpTalk.Ok(number), request.Length);
    }
}
