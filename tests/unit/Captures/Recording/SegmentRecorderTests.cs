// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Recording;
using Xunit;
using static L7Trace.UnitTests.Captures.Recording.RecordedSegment;
using static L7Trace.UnitTests.Captures.Recording.RecordingRun;

namespace L7Trace.UnitTests.Captures.Recording;

public sealed class SegmentRecorderTests
{
    private static readonly byte[] Request = Ascii("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    private static readonly byte[] Response = Ascii("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_exchange_comes_back_as_it_was_shown(bool fromStart)
    {
        var run = new RecordingRun();
        Converse(run, Tcp(7, fromStart));
        run.Close(7);
        run.Finish();
        AssertSame(run, 1);
    }

    [Fact]
    public void A_call_longer_than_a_packet_is_split_and_comes_back_with_both_ends()
    {
        var run = new RecordingRun();
        var body = new byte[150_000];
        new Random(1).NextBytes(body);
        byte[] head = [.. Ascii("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n"), .. body];
        var header = head.Length - body.Length;
        run.Open(Tcp(7));
        run.Call(7, Direction.Ingress, 5000, Request);
        run.Call(7, Direction.Egress, 1000, head, (ulong)(400_000 + header), body.AsSpan(0, 70_000));
        run.Finish();
        AssertSame(run, 1);
        var sizes = Packets(run.Files[0]).Where(x => x.LinkType == 101).Select(x => x.Payload.Length).ToArray();
        Assert.Equal(
            [0, 0, 0, Request.Length, 65495, 65495, head.Length - (2 * 65495), 65495, 70_000 - 65495], sizes);
    }

    [Fact]
    public void Sequence_numbers_wrap_and_a_hole_in_them_is_as_long_as_what_is_missing()
    {
        var run = new RecordingRun();
        const ulong Begin = (1UL << 32) - 10;
        run.Open(Tcp(7, egress: Begin, ingress: (3UL << 32) + 4));
        run.Call(7, Direction.Ingress, (3UL << 32) + 4, Request);
        run.Call(7, Direction.Egress, Begin, Ascii("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
        run.Call(7, Direction.Egress, Begin + 40, Ascii("0123456789"), 60);
        run.Call(7, Direction.Egress, Begin + 100, Ascii("0123456789"), 40, Ascii("9876543210"));
        run.Close(7);
        run.Finish();
        AssertSame(run, 1);
        var sent = Packets(run.Files[0]).Where(x => x.LinkType == 101 && x.SourcePort == 80).ToArray();
        Assert.Equal(
            [unchecked((uint)Begin - 1), unchecked((uint)Begin), 30u, 90u, 120u, 130u], sent.Select(x => x.Sequence));
        Assert.All(sent.Skip(1), x => Assert.Equal(4u + (uint)Request.Length, x.Acknowledgement));
        Assert.Equal([18, 24, 24, 16, 24, 17], sent.Select(x => x.Flags)); // SYN+ACK, PSH where a call ends, FIN
    }

    [Fact]
    public void What_is_not_recognised_is_not_in_the_file_and_the_connection_is()
    {
        var run = new RecordingRun();
        run.Open(Tcp(7));
        run.Open(Tcp(8));
        for (var i = 0; i < 40; i++)
        {
            run.Call(7, Direction.Ingress, 5000 + ((ulong)i * 13), Ascii("secret words\n"));
        }

        run.Call(8, Direction.Ingress, 5000, [0x16, 3, 1, 0, 50, 1, .. Ascii("secret words in a hello of a TLS client")]);
        run.Close(7);
        run.Finish();
        var text = Encoding.Latin1.GetString(run.Files[0].ToArray());
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.Contains("l7trace connection id=7 ", text, StringComparison.Ordinal);
        Assert.Contains("l7trace connection id=8 ", text, StringComparison.Ordinal);
        Assert.Equal(2, run.Recorder.Withheld);
    }

    [Fact]
    public void After_an_upgrade_the_answer_is_in_the_file_and_what_follows_is_not()
    {
        var run = new RecordingRun();
        run.Open(Tcp(7));
        run.Call(7, Direction.Ingress, 5000, Ascii("GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"));
        var answer = Ascii("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
        run.Call(7, Direction.Egress, 1000, answer);
        for (var i = 0; i < 40; i++)
        {
            run.Call(7, Direction.Egress, 1000 + (ulong)answer.Length + ((ulong)i * 8), Ascii("\u0001secret\n"));
        }

        run.Close(7);
        run.Finish();
        AssertSame(run, 1);
        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(run.Files[0].ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_views_of_one_connection_are_no_two_halves_of_one_tcp_stream()
    {
        var run = new RecordingRun();
        Converse(run, Tcp(7));
        run.Open(Tcp(8, egress: 5000, ingress: 1000, swap: true));
        run.Call(8, Direction.Egress, 5000, Request);
        run.Call(8, Direction.Ingress, 1000, Response);
        run.Finish();
        AssertSame(run, 2);
        var packets = Packets(run.Files[0]);
        Assert.Equal(2, packets.Count(x => x.LinkType == 101 && x.Payload.Length > 0));
        Assert.Equal(2, packets.Count(x => x.LinkType == 147 && x.Payload.Length > 0));
    }

    [Fact]
    public void Unproven_lost_out_of_order_and_unannounced_calls_come_back()
    {
        var run = new RecordingRun();
        run.Open(Tcp(7));
        run.Call(7, Direction.Ingress, 5000, Request);
        run.Call(7, Direction.Egress, 1000 + 10, Response.AsSpan(10));
        run.Call(7, Direction.Egress, 1000, Response.AsSpan(0, 10));
        run.Call(7, Direction.Ingress, 5000 + (ulong)Request.Length, Request);
        run.Call(7, Direction.Egress, 999_999, Response, flags: SegmentFlags.OffsetUnproven);
        run.Call(7, Direction.Ingress, 5000 + (3 * (ulong)Request.Length), Request);
        run.Pass(400_000_000);
        run.Call(7, Direction.Ingress, 5000 + (4 * (ulong)Request.Length), default, flags: SegmentFlags.EndOfStream);
        run.Call(99, Direction.Ingress, 17, Request);
        run.Call(99, Direction.Egress, 4, Response);
        run.Pass(400_000_000);
        run.Close(7);
        run.Finish();
        AssertSame(run, run.Shown.Count);
        Assert.True(run.Shown.Count >= 2, string.Join('\n', run.Shown));
    }

    [Fact]
    public void Files_that_are_rotated_give_all_together_and_each_tells_its_connections()
    {
        var run = new RecordingRun(new RecorderOptions { Version = "test", RotateBytes = 4000 });
        run.Open(Tcp(7));
        for (var i = 0; i < 50; i++)
        {
            run.Call(7, Direction.Ingress, 5000 + ((ulong)i * (ulong)Request.Length), Request);
            run.Call(7, Direction.Egress, 1000 + ((ulong)i * (ulong)Response.Length), Response);
            run.Pass();
        }

        run.Close(7);
        run.Finish();
        Assert.True(run.Files.Count > 3);
        AssertSame(run, 50);
        foreach (var file in run.Files)
        {
            Assert.NotEmpty(ReadBack(file).Found);
            Assert.Contains("command=web%20server", Encoding.Latin1.GetString(file.ToArray()), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_ends_anywhere_is_read_up_to_there()
    {
        var run = new RecordingRun();
        Converse(run, Tcp(7));
        run.Close(7);
        run.Finish();
        var whole = run.Files[0].ToArray();
        for (var length = 60; length < whole.Length; length++)
        {
            using var input = CaptureReader.Open(new MemoryStream(whole[..length]));
            var reader = new RecordingReader(new L7Trace.Parsers.TraceEngine(run));
            while (input.Read())
            {
                reader.Accept(input.Packet);
            }

            reader.Finish();
        }
    }

    private static void Converse(RecordingRun run, ConnectionInfo connection)
    {
        run.Open(connection);
        run.Call(connection.Id.Value, Direction.Ingress, 5000, Request);
        run.Pass();
        run.Call(connection.Id.Value, Direction.Egress, 1000, Response);
    }

    private static void AssertSame(RecordingRun run, int count)
    {
        var (found, reader) = ReadBack(run.Files);
        Assert.Equal(run.Shown, found);
        Assert.Equal(count, found.Count);
        Assert.Equal((0, 0, 0), (reader.Malformed, reader.Incomplete, reader.Foreign));
        Assert.Null(run.Recorder.Failure);
    }
}
