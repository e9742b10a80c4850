// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Streams;
using Xunit;

namespace L7Trace.UnitTests.Streams;

public sealed class DirectionStreamTests
{
    private const ulong Start = 4_294_967_000; // crosses 2^32 soon: offsets are 64 bits wide

    private readonly Journal _journal = new();
    private readonly StreamCounters _counters = new();
    private readonly DirectionStream _stream;

    public DirectionStreamTests() =>
        _stream = new DirectionStream(Direction.Egress, Start, true, _journal, ParseLimits.Default, _counters);

    [Fact]
    public void Bytes_in_order_come_out_as_they_are()
    {
        Send(0, "hello ");
        Send(6, "world");
        Assert.Equal("hello world", _journal.Text);
    }

    [Fact]
    public void A_segment_that_arrives_early_waits_for_the_one_before_it()
    {
        Send(6, "world");
        Assert.Equal("", _journal.Text);
        Assert.True(_stream.IsHolding);
        Send(0, "hello ");
        Assert.Equal("hello world", _journal.Text);
        Assert.False(_stream.IsHolding);
    }

    [Fact]
    public void What_never_comes_is_a_gap_of_known_size_after_the_window()
    {
        Send(0, "ab");
        Send(10, "cd", now: 100);
        _stream.Expire(100 + ParseLimits.Default.ReorderWindow, all: false);
        Assert.Equal("ab", _journal.Text);
        _stream.Expire(101 + ParseLimits.Default.ReorderWindow, all: false);
        Assert.Equal("ab<8>cd", _journal.Text);
    }

    [Fact]
    public void Two_missing_places_are_two_gaps_in_order()
    {
        Send(20, "e");
        Send(10, "c");
        Send(0, "a");
        _stream.Expire(long.MaxValue, all: true);
        Assert.Equal("a<9>c<9>e", _journal.Text);
    }

    [Fact]
    public void Bytes_seen_twice_count_once_and_the_first_ones_win()
    {
        Send(0, "abcdef");
        Send(0, "XXXXXX");
        Send(3, "YYYghi");
        Assert.Equal("abcdefghi", _journal.Text);
        Assert.Equal(1ul, _counters.Duplicates);
    }

    [Fact]
    public void A_call_longer_than_the_capture_is_head_hole_and_tail()
    {
        Send(0, "head", count: 100, tail: "tail");
        Send(100, "next");
        Assert.Equal("head<92>tailnext", _journal.Text);
    }

    [Fact]
    public void An_overlap_may_end_inside_the_hole_of_a_cut_call()
    {
        Send(0, "0123456789");
        Send(0, "0123", count: 20, tail: "WXYZ");
        Assert.Equal("0123456789<6>WXYZ", _journal.Text);
    }

    [Fact]
    public void A_call_without_payload_is_a_hole_of_its_length()
    {
        Send(0, "", count: 5000, flags: SegmentFlags.LengthOnly);
        Send(5000, "x");
        Assert.Equal("<5000>x", _journal.Text);
    }

    [Fact]
    public void What_a_call_was_captured_without_is_no_loss_but_a_missing_call_is()
    {
        Send(0, "abc", count: 20, tail: "xyz");
        Send(20, "", count: 5);
        Assert.Equal((2ul, 19ul, 0ul), (_counters.Cuts, _counters.CutBytes, _counters.Gaps));
        Send(30, "after");
        _stream.Expire(long.MaxValue, all: true);
        Assert.Equal((2ul, 1ul, 5ul), (_counters.Cuts, _counters.Gaps, _counters.GapBytes));
    }

    [Theory]
    [InlineData(true, 1ul)]
    [InlineData(false, 0ul)]
    public void A_call_under_way_when_tracing_began_is_no_loss(bool fromStart, ulong gaps)
    {
        var stream = new DirectionStream(Direction.Egress, 100, fromStart, _journal, ParseLimits.Default, _counters);
        stream.Accept(MakeSegment(110, "later", 5, "", SegmentFlags.None), 0);
        stream.Expire(long.MaxValue, all: true);
        Assert.Equal("<10>later", _journal.Text);
        Assert.Equal(gaps, _counters.Gaps);
    }

    [Fact]
    public void An_unproven_segment_stays_a_hole()
    {
        Send(0, "ab");
        Send(2, "??", flags: SegmentFlags.OffsetUnproven);
        Send(4, "cd");
        _stream.Expire(long.MaxValue, all: true);
        Assert.Equal("ab<2>cd", _journal.Text);
        Assert.Equal(2ul, _counters.UnprovenBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_end_of_the_stream_is_told_also_when_the_FIN_was_counted(int fin)
    {
        Send(0, "ab");
        Send(2 + fin, "", flags: SegmentFlags.EndOfStream);
        Assert.Equal("ab.", _journal.Text);
    }

    [Fact]
    public void The_end_of_the_stream_waits_for_the_bytes_before_it()
    {
        Send(5, "", flags: SegmentFlags.EndOfStream);
        Send(0, "abcde");
        Assert.Equal("abcde.", _journal.Text);
    }

    [Fact]
    public void Segments_that_contradict_themselves_are_counted_and_dropped()
    {
        Send(0, "abc", count: 2);
        _stream.Accept(new Segment
        {
            Connection = default,
            Direction = Direction.Egress,
            StreamOffset = ulong.MaxValue - 1,
            ByteCount = 10,
            Time = default,
        }, 0);
        Assert.Equal(2ul, _counters.Malformed);
        Assert.Equal("", _journal.Text);
    }

    [Fact]
    public void Held_bytes_have_a_cap()
    {
        var limits = new ParseLimits { MaxReordered = 10_000 };
        var stream = new DirectionStream(Direction.Egress, 0, true, _journal, limits, _counters);
        for (var i = 0; i < 100; i++)
        {
            stream.Accept(MakeSegment((ulong)(10 + (i * 2000)), new string('x', 1000), 1000, "", SegmentFlags.None), 0);
        }

        Assert.Contains("<1000>", _journal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_without_a_known_start_begins_at_its_first_segment()
    {
        var stream = new DirectionStream(Direction.Egress, null, false, _journal, ParseLimits.Default, _counters);
        stream.Accept(MakeSegment(777, "abc", 3, "", SegmentFlags.None), 0);
        Assert.Equal("abc", _journal.Text);
    }

    [Fact]
    public void Unread_bytes_are_offered_again_with_what_follows()
    {
        _journal.ReadOnlyFrom = 4;
        Send(0, "ab");
        Assert.Equal("", _journal.Text);
        Send(2, "cd");
        Assert.Equal("abcd", _journal.Text);
        Assert.Equal(0, _stream.Buffered);
    }

    [Fact]
    public void Every_byte_knows_the_call_that_moved_it()
    {
        _journal.ReadOnlyFrom = 6;
        Send(0, "ab", time: 10);
        Send(2, "cd", time: 20);
        Send(4, "ef", time: 30);
        Assert.Equal([10, 10, 20, 20, 30, 30], _journal.Times);
    }

    [Fact]
    public void In_any_order_of_arrival_the_same_bytes_come_out()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var journal = new Journal();
            var stream = new DirectionStream(Direction.Egress, 0, true, journal, ParseLimits.Default, new StreamCounters());
            var text = string.Concat(Enumerable.Range(0, 50).Select(i => $"<{i}>"));
            var pieces = new List<(int At, string Text)>();
            for (var at = 0; at < text.Length;)
            {
                var n = Math.Min(random.Next(1, 9), text.Length - at);
                pieces.Add((at, text.Substring(at, n)));
                at += n;
            }

            foreach (var (at, piece) in pieces.OrderBy(_ => random.Next()))
            {
                stream.Accept(MakeSegment((ulong)at, piece, piece.Length, "", SegmentFlags.None), 0);
            }

            Assert.Equal(text, journal.Text);
        }
    }

    private void Send(
        int at, string head, int? count = null, string tail = "", SegmentFlags flags = SegmentFlags.None, long now = 0, long time = 0) =>
        _stream.Accept(MakeSegment(Start + (ulong)at, head, count ?? head.Length, tail, flags, time), now);

    private static Segment MakeSegment(ulong offset, string head, int count, string tail, SegmentFlags flags, long time = 0) => new()
    {
        Connection = new ConnectionId(1),
        Direction = Direction.Egress,
        StreamOffset = offset,
        ByteCount = (ulong)count,
        Head = Encoding.ASCII.GetBytes(head),
        Tail = Encoding.ASCII.GetBytes(tail),
        Flags = flags,
        Time = new SegmentTime(time, time),
    };

    private sealed class Journal : IStreamConsumer
    {
        private readonly StringBuilder _text = new();

        public int ReadOnlyFrom { get; set; }

        public List<long> Times { get; } = [];

        public string Text => _text.ToString();

        public void OnBytes(Direction direction, StreamWindow window)
        {
            if (window.Length < ReadOnlyFrom)
            {
                return;
            }

            for (var i = 0ul; i < (ulong)window.Length; i++)
            {
                Times.Add(window.TimeAt(window.Offset + i).Enter);
            }

            _text.Append(Encoding.ASCII.GetString(window.Buffer.ToArray()));
            window.Advance(window.Length);
        }

        public void OnGap(Direction direction, StreamWindow window, ulong length) =>
            _text.Append(System.Globalization.CultureInfo.InvariantCulture, $"<{length}>");

        public void OnEndOfStream(Direction direction, SegmentTime time) => _text.Append('.');
    }
}
