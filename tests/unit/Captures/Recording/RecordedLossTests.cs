// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Recording;
using Xunit;
using static L7Trace.UnitTests.Captures.Recording.RecordingRun;

namespace L7Trace.UnitTests.Captures.Recording;

/// <summary>What was lost while it was recorded stands in the file, each time on its own.</summary>
public sealed class RecordedLossTests
{
    private static readonly byte[] Request = Ascii("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");

    [Fact]
    public void What_was_lost_is_summed_by_reason_and_is_no_traffic()
    {
        var run = new RecordingRun();
        run.Lose(0);
        run.Open(Tcp(7));
        run.Call(7, Direction.Ingress, 5000, Request);
        run.Lose(3, new("data_ring_full", 3), new("data_ring_bytes", 4711));
        run.Pass();
        run.Lose(2, new RecordedLoss("data_ring_full", 2));
        run.Close(7);
        run.Finish();
        var (found, reader) = ReadBack(run.Files);
        Assert.Equal(run.Shown, found);
        Assert.Equal(Losses(("data_ring_full", 5), ("data_ring_bytes", 4711)), reader.Losses);
        Assert.Equal((0, 0, 0), (reader.Malformed, reader.Incomplete, reader.Foreign));
        Assert.True(reader.HasEnded);
    }

    [Fact]
    public void The_number_of_lost_calls_is_where_other_programs_look_for_dropped_packets()
    {
        var run = new RecordingRun();
        run.Lose(3, new RecordedLoss("data_ring_full", 3));
        run.Lose(4, new RecordedLoss("data_ring_full", 4));
        run.Finish();
        using var input = CaptureReader.Open(new MemoryStream(run.Files[0].ToArray()));
        while (input.Read())
        {
            Assert.Equal(147u, input.Packet.Interface.LinkType);
        }

        Assert.Equal([7UL, 0], input.Section.Interfaces.Select(static x => x.DroppedPackets));
        Assert.Equal(7UL, input.DroppedPackets);
    }

    [Fact]
    public void Each_rotated_file_has_its_own_part_and_together_they_have_all()
    {
        var run = Rotated(out var lost);
        Assert.True(run.Files.Count > 3);
        var parts = run.Files.ConvertAll(static file => ReadBack(file).Reader.Losses.GetValueOrDefault("data_ring_full"));
        Assert.True(parts.Count(static x => x > 0) > 2, string.Join(' ', parts));
        Assert.Equal(lost, parts.Aggregate((x, y) => x + y));
        Assert.Equal(lost, ReadBack(run.Files).Reader.Losses["data_ring_full"]);
        Assert.Equal(
            parts,
            run.Files.ConvertAll(static file =>
            {
                using var input = CaptureReader.Open(new MemoryStream(file.ToArray()));
                while (input.Read())
                {
                }

                return input.DroppedPackets;
            }));
    }

    [Fact]
    public void A_file_that_is_cut_has_what_was_said_before_and_lacks_its_end()
    {
        var run = Rotated(out _);
        var file = run.Files[^1].ToArray();
        ulong before = 0;
        for (var length = 500; length < file.Length; length++)
        {
            var reader = Read(file[..length]);
            var lost = reader.Losses.GetValueOrDefault("data_ring_full");
            Assert.True(lost >= before, $"at {length}");
            Assert.Equal(0, reader.Malformed);
            before = lost;
        }

        Assert.Equal(ReadBack(run.Files[^1]).Reader.Losses["data_ring_full"], before);
        Assert.False(Read(file[..^200]).HasEnded);
        Assert.True(Read(file).HasEnded);
    }

    [Fact]
    public void A_hostile_file_can_neither_overflow_the_counts_nor_name_reasons_without_end()
    {
        var reader = new RecordingReader(new TraceEngine(new Nobody()));
        var builder = new PcapngBuilder();
        builder.Section(builder.Comment(RecordingWords.SectionMark)).Interface(147);
        for (var i = 0; i < 1000; i++)
        {
            builder.Packet(0, [], options: builder.Comment($"l7trace loss at=1 n{i}=1 gaps={ulong.MaxValue}"));
        }

        using var input = CaptureReader.Open(new MemoryStream(builder.Bytes));
        while (input.Read())
        {
            reader.Accept(input.Packet);
        }

        Assert.Equal(65, reader.Losses.Count);
        Assert.Equal(ulong.MaxValue, reader.Losses["gaps"]);
        Assert.Equal(1000UL - 63, reader.Losses["other"]);
    }

    private static RecordingRun Rotated(out ulong lost)
    {
        var run = new RecordingRun(new RecorderOptions { Version = "test", RotateBytes = 3000 });
        run.Open(Tcp(7));
        lost = 0;
        for (var i = 0UL; i < 40; i++)
        {
            run.Call(7, Direction.Ingress, 5000 + (i * (ulong)Request.Length), Request);
            run.Lose(i, new RecordedLoss("data_ring_full", i));
            lost += i;
            run.Pass();
        }

        run.Close(7);
        run.Finish();
        return run;
    }

    private static RecordingReader Read(byte[] file)
    {
        var reader = new RecordingReader(new TraceEngine(new Nobody()));
        using var input = CaptureReader.Open(new MemoryStream(file));
        while (input.Read())
        {
            reader.Accept(input.Packet);
        }

        reader.Finish();
        return reader;
    }

    private static Dictionary<string, ulong> Losses(params (string Name, ulong Count)[] losses) =>
        losses.ToDictionary(static x => x.Name, static x => x.Count);

    private sealed class Nobody : IExchangeHandler
    {
        public void OnExchange(Exchange exchange)
        {
        }
    }
}
