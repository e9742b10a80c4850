// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using Xunit;

namespace L7Trace.UnitTests.Connections;

public sealed class TraceEngineTests : IExchangeHandler
{
    private const long Millisecond = 1_000_000;

    private readonly LineProtocol _protocol = new();
    private readonly List<string> _pairs = [];
    private readonly List<(ulong Id, Protocol Protocol)> _found = [];
    private readonly ulong[] _offsets = new ulong[2];
    private TraceEngine _engine;
    private long _clock = 1;

    public TraceEngineTests() => _engine = MakeEngine(ParseLimits.Default);

    [Fact]
    public void A_question_and_its_answer_are_one_exchange()
    {
        Open(1);
        Out("?1\n");
        In("!1\n");
        Assert.Equal(["?1!1"], _pairs);
        Assert.Equal([(1ul, Protocol.Http1)], _found);
    }

    [Fact]
    public void An_answer_that_reaches_the_ring_first_waits_for_its_question()
    {
        Open(1);
        Out("?1\n");
        In("!1\n");
        In("!2\n");
        Assert.Equal(["?1!1"], _pairs);
        Out("?2\n");
        Assert.Equal(["?1!1", "?2!2"], _pairs);
    }

    [Fact]
    public void An_answer_whose_question_never_comes_goes_alone_after_the_wait()
    {
        Open(1);
        Out("?1\n");
        In("!1\n");
        In("!2\n");
        _engine.Advance(_clock + ParseLimits.Default.ResponseWait);
        Assert.Equal(["?1!1"], _pairs);
        _engine.Advance(_clock + ParseLimits.Default.ResponseWait + 2);
        Assert.Equal(["?1!1", "!2"], _pairs);
    }

    [Fact]
    public void The_role_is_learnt_from_the_first_message()
    {
        Open(1, EndpointRole.Unknown);
        In("?1\n");
        Out("!1\n");
        Assert.Equal(["?1!1"], _pairs);
        Assert.Equal(EndpointRole.Server, _protocol.Made[0].Connection.Role);
        Assert.Equal(RoleEvidence.FirstMessage, _protocol.Made[0].Connection.RoleEvidence);
    }

    [Fact]
    public void A_role_that_the_kernel_proved_is_not_overruled_by_bytes()
    {
        Open(1, EndpointRole.Client);
        In("?1\n");
        Out("!1\n");
        Assert.Empty(_pairs);
    }

    [Fact]
    public void A_connection_joined_in_the_middle_begins_at_the_first_call_that_shows_it()
    {
        Open(1, fromStart: false);
        In("est of an answer\n");
        Out("half a question");
        Out("?5\n");
        In("!5\n");
        Assert.Equal(["?5!5"], _pairs);
        Assert.False(_protocol.Made[0].FromStart);
    }

    [Fact]
    public void After_a_gap_nothing_is_paired_before_a_boundary_is_shown()
    {
        Open(1);
        Out("?1\n");
        In("!1\n");
        Out("?2\n", lost: true);
        Out("xx\n");
        Out("?3\n");
        Expire();
        In("!3\n");
        Assert.Equal(["?1!1", "?3!3"], _pairs);
        Assert.Equal(1ul, _engine.Counters.Gaps);
        Assert.Equal(3ul, _engine.Counters.GapBytes);
        Assert.Equal(1ul, _engine.Counters.Resyncs);
    }

    [Fact]
    public void A_boundary_may_ask_for_more_bytes()
    {
        Open(1);
        Out("?1\n");
        In("!1\n");
        In("!2\n", lost: true);
        In("~");
        Expire();
        In("~\n");
        Assert.Equal(["?1!1"], _pairs);
        Assert.Equal(0ul, _engine.Counters.Faults);
    }

    [Fact]
    public void Many_invalid_messages_make_it_ask_again_which_protocol_it_is()
    {
        Open(1);
        Out("?x\n");
        for (var i = 0; i < 20; i++)
        {
            In("!\n");
        }

        Assert.True(_protocol.Made.Count > 1);
        Assert.Equal(["?x"], _pairs); // how it ended is not known, that it was asked is
        Out("?1\n");
        In("!1\n");
        Assert.Equal(["?x", "?1!1"], _pairs);
    }

    [Fact]
    public void A_new_protocol_may_begin_where_the_old_one_ends()
    {
        Open(1);
        Out("?a\n");
        In("!end\n");
        Out("?b\n");
        In("!b\n");
        Assert.Equal(["?a!end", "?b!b"], _pairs);
        Assert.Equal(2, _protocol.Made.Count);
        Assert.True(_protocol.Made[1].FromStart);
    }

    [Fact]
    public void A_new_protocol_behind_a_gap_is_not_taken_for_one_seen_from_its_start()
    {
        Open(1);
        Out("?a\n");
        Out("?x\n", lost: true);
        Out("?b\n");
        Expire();
        In("!end\n");
        Out("?c\n");
        Assert.False(_protocol.Made[1].FromStart);
        Assert.True(_protocol.Made[1].IsMissing);
    }

    [Theory]
    [InlineData("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n", true)]
    [InlineData("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n?0\n", false)]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0021\u0011\0\u0002ab", true)]
    [InlineData("something else", false)]
    public void Of_bytes_in_front_of_a_protocol_only_a_proxy_header_is_known_to_hold_no_message(string first, bool fromStart)
    {
        Open(1);
        Out(first);
        Out("?1\n");
        In("!1\n");
        Assert.Equal(["?1!1"], _pairs);
        Assert.Equal(fromStart, _protocol.Made[0].FromStart);
    }

    [Fact]
    public void What_is_clearly_something_else_is_given_up_and_the_source_is_told()
    {
        Open(1);
        for (var i = 0; i < 8; i++)
        {
            Out("SSH-2.0-x\n");
        }

        Assert.Equal([(1ul, Protocol.Other)], _found);
    }

    [Fact]
    public void TLS_is_named()
    {
        Open(1);
        Out("\u0016\u0003\u0001\u0001\u0000\u0001abcdef");
        Assert.Equal([(1ul, Protocol.Tls)], _found);
    }

    [Fact]
    public void A_bug_in_a_parser_costs_one_connection_and_is_counted()
    {
        Open(1);
        Out("?crash\n");
        Assert.Equal(1ul, _engine.Counters.Faults);
        Open(2);
        Out("?1\n", id: 2);
        In("!1\n", id: 2);
        Assert.Equal(["?1!1"], _pairs);
    }

    [Fact]
    public void What_is_outstanding_at_the_close_is_given_out_and_late_records_open_nothing()
    {
        Open(1);
        Out("?1\n");
        _engine.Close(new ConnectionId(1), _clock);
        Assert.Equal(["?1"], _pairs);
        Out("?2\n");
        Assert.Equal(0, _engine.ConnectionCount);
        Assert.Equal(1ul, _engine.Counters.Late);
    }

    [Fact]
    public void Ten_thousand_connections_leave_the_table_empty()
    {
        for (var i = 1ul; i <= 10_000; i++)
        {
            Open(i);
            Out("?1\n", id: i);
            In("!1\n", id: i);
            _engine.Close(new ConnectionId(i), ++_clock);
        }

        Assert.Equal(10_000, _pairs.Count);
        Assert.Equal(0, _engine.ConnectionCount);
    }

    [Fact]
    public void A_full_table_drops_the_longest_idle_connections_and_says_so()
    {
        _engine = MakeEngine(new ParseLimits { MaxConnections = 100 });
        for (var i = 1ul; i <= 150; i++)
        {
            Open(i);
            Out("?1\n", id: i);
        }

        Assert.InRange(_engine.ConnectionCount, 90, 100);
        Assert.True(_engine.Counters.Evicted >= 50);
        In("!1\n", id: 150);
        Assert.Contains("?1!1", _pairs);
    }

    [Fact]
    public void Where_memory_is_short_those_with_most_unread_bytes_go_first_and_then_the_longest_idle()
    {
        for (var i = 1ul; i <= 100; i++)
        {
            Open(i);
            Out("?1\n", id: i);
        }

        Out("?" + new string('2', 100_000), id: 50);
        _engine.GiveUp(50_000);
        Assert.Equal(1ul, _engine.Counters.Evicted);
        Assert.Null(_engine.FindConnection(new ConnectionId(50)));

        _engine.GiveUp(40_000);
        Assert.Equal(11ul, _engine.Counters.Evicted);
        Assert.Null(_engine.FindConnection(new ConnectionId(1)));
        Assert.NotNull(_engine.FindConnection(new ConnectionId(100)));

        _engine.GiveUp(long.MaxValue / 2);
        Assert.Equal(0, _engine.ConnectionCount);
        Assert.Equal(100ul, _engine.Counters.Evicted);
    }

    [Fact]
    public void Where_memory_is_short_no_more_connections_go_than_hold_what_is_wanted()
    {
        for (var i = 1ul; i <= 100; i++)
        {
            Open(i);
            Out("?" + new string('1', 50_000), id: i);
        }

        _engine.GiveUp(1_000_000);

        Assert.InRange(_engine.Counters.Evicted, 18ul, 20ul);
    }

    [Fact]
    public void The_end_of_the_trace_leaves_what_runs_in_flight()
    {
        Open(1);
        Out("?1\n");
        _engine.End(++_clock);
        var running = new List<Exchange>();
        _engine.VisitInFlight(running.Add);
        Assert.Single(running);
        Assert.Empty(_pairs);
    }

    void IExchangeHandler.OnExchange(Exchange exchange)
    {
        var line = (LineProtocol.LineExchange)exchange;
        _pairs.Add(line.Question + line.Answer);
    }

    private TraceEngine MakeEngine(ParseLimits limits) =>
        new(this, limits, [_protocol]) { ProtocolFound = (id, protocol) => _found.Add((id.Value, protocol)) };

    private void Open(ulong id, EndpointRole role = EndpointRole.Client, bool fromStart = true)
    {
        _offsets[0] = _offsets[1] = 0;
        _engine.Open(new ConnectionInfo
        {
            Id = new ConnectionId(id),
            Role = role,
            RoleEvidence = role == EndpointRole.Unknown ? RoleEvidence.None : RoleEvidence.Connect,
            FromStart = fromStart,
            OffsetsKnown = true,
        });
    }

    private void Expire() => _engine.Advance(_clock + ParseLimits.Default.ReorderWindow + 1);

    private void Out(string text, ulong id = 1, bool lost = false) => Send(Direction.Egress, text, id, lost);

    private void In(string text, ulong id = 1, bool lost = false) => Send(Direction.Ingress, text, id, lost);

    private void Send(Direction direction, string text, ulong id, bool lost)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (id != 1)
        {
            _offsets[(int)direction] = 0;
        }

        var offset = _offsets[(int)direction];
        _offsets[(int)direction] += (ulong)bytes.Length;
        _clock += Millisecond;
        if (!lost)
        {
            _engine.Accept(new Segment
            {
                Connection = new ConnectionId(id),
                Direction = direction,
                StreamOffset = offset,
                ByteCount = (ulong)bytes.Length,
                Head = bytes,
                Time = new SegmentTime(_clock, _clock),
            });
        }
    }
}
