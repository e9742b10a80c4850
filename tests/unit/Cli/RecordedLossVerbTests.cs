// SPDX-License-Identifier: Apache-2.0
using L7Trace.Cli;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Recording;
using L7Trace.UnitTests.Captures;
using L7Trace.UnitTests.Captures.Recording;
using Xunit;

namespace L7Trace.UnitTests.Cli;

/// <summary>Whoever reads a recording is told the losses that were told while it was made.</summary>
public sealed class RecordedLossVerbTests : IDisposable
{
    private static readonly string[] Expected =
    [
        "lost: 3 calls did not fit into the data ring (a larger ring or a narrower scope helps)",
        "lost: 4,711 bytes moved by calls that did not fit into the data ring",
        "lost: 2 connections found no room in the recorder",
        "lost: 1 hole in the streams, of any cause: calls of which nothing came",
        "lost: 50 bytes in the holes of the streams",
        "lost: 9 events for a reason that this version of l7trace does not know",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("l7loss-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("watch")]
    [InlineData("watch", "-o", "jsonl")]
    [InlineData("report")]
    [InlineData("slow", "--min-latency", "1ns")]
    [InlineData("report", "-q")]
    [InlineData("report", "--pid", "12")]
    public void Every_verb_says_what_the_recording_lacks(params string[] verb)
    {
        Assert.Equal(Expected, Lost([.. verb, "-r", Record()]));
    }

    [Fact]
    public void Of_a_part_of_the_connections_only_the_holes_that_are_in_it_are_said()
    {
        Assert.Equal(Expected.Where(static x => !x.Contains("hole", StringComparison.Ordinal)), Lost("report", "--port", "1", "-r", Record()));
    }

    [Fact]
    public void What_export_makes_of_it_says_the_same()
    {
        var (first, second) = (Path.Combine(_folder, "b"), Path.Combine(_folder, "c"));
        Assert.Equal(Expected, Lost("export", "--to", "pcapng", "-r", Record(), "-w", first));
        Assert.Equal(Expected, Lost("export", "--to", "pcapng", "-r", first, "-w", second));
        Assert.Equal(Expected, Lost("report", "-r", second));
    }

    [Fact]
    public void Packets_that_the_capturing_program_dropped_are_said_of_the_capture_and_of_what_export_makes_of_it()
    {
        var (path, made) = (Path.Combine(_folder, "d"), Path.Combine(_folder, "e"));
        var builder = new PcapngBuilder();
        for (var section = 0; section < 2; section++)
        {
            byte[] time = [.. builder.U32(0), .. builder.U32(0)];
            builder.Section().Interface(101).Packet(1, [0x45])
                .Block(5, [.. builder.U32(0), .. time, .. builder.Option(5, builder.U64(20)), .. builder.Option(0, [])]);
        }

        File.WriteAllBytes(path, builder.Bytes);
        string[] expected = ["lost: 40 packets dropped by the program that took the capture, as it says itself"];
        Assert.Equal(expected, Lost("watch", "-r", path));
        Assert.Equal(expected, Lost("export", "--to", "pcapng", "-r", path, "-w", made));
        Assert.Equal(expected, Lost("watch", "-r", made));
    }

    [Fact]
    public void Files_that_belong_together_sum_and_a_missing_end_is_said()
    {
        var (first, second) = (Path.Combine(_folder, "f"), Path.Combine(_folder, "g"));
        var run = new RecordingRun(new RecorderOptions { Version = "test", RotateBytes = 1000 });
        run.Open(RecordingRun.Tcp(7));
        run.Call(7, Direction.Ingress, 5000, RecordingRun.Ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        run.Lose(3, new RecordedLoss("data_ring_full", 3));
        run.Pass();
        run.Call(7, Direction.Egress, 1000, RecordingRun.Ascii("HTTP/1.1 204 No Content\r\n\r\n"));
        run.Lose(4, new RecordedLoss("data_ring_full", 4));
        run.Finish();
        Assert.Equal(2, run.Files.Count);
        File.WriteAllBytes(first, run.Files[0].ToArray());
        File.WriteAllBytes(second, run.Files[1].ToArray());
        Assert.StartsWith("lost: 7 calls", Assert.Single(Lost("watch", "-r", first, second)), StringComparison.Ordinal);
        Assert.StartsWith("lost: 4 calls", Assert.Single(Lost("watch", "-r", second)), StringComparison.Ordinal);
        Assert.Contains("lacks its end", Run("watch", "-r", first).Error, StringComparison.Ordinal);
        Assert.DoesNotContain("lacks its end", Run("watch", "-r", first, second).Error, StringComparison.Ordinal);
    }

    // One hole of 50 bytes that reading finds again, and what only the recorder could know.
    private string Record()
    {
        var run = new RecordingRun();
        run.Open(RecordingRun.Tcp(7));
        run.Call(7, Direction.Ingress, 5000, RecordingRun.Ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        run.Lose(3, new("data_ring_full", 3), new("data_ring_bytes", 4711));
        run.Call(7, Direction.Ingress, 5077, RecordingRun.Ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        run.Pass(3_000_000_000);
        run.Lose(3, new("gaps", 1), new("gap_bytes", 50), new("recorder_connections", 2), new("of_a_later_version", 9));
        run.Close(7);
        run.Finish();
        var path = Path.Combine(_folder, "a");
        File.WriteAllBytes(path, run.Files[0].ToArray());
        return path;
    }

    private static CliRun Run(params string[] arguments)
    {
        var run = new CliRun();
        Assert.Equal(ExitCode.Done, run.Run(arguments));
        return run;
    }

    private static IEnumerable<string> Lost(params string[] arguments) =>
        Run(arguments).Error.Split('\n').Where(static x => x.Contains("lost: ", StringComparison.Ordinal))
            .Select(static x => x[x.IndexOf("lost: ", StringComparison.Ordinal)..]);
}
