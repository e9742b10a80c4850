// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Events;
using L7Trace.Probe.Live;
using L7Trace.UnitTests.Support;
using Xunit;
using static L7Trace.Probe.Events.EventLayout;
using Make = L7Trace.UnitTests.Support.Events;

namespace L7Trace.UnitTests.Live;

public sealed class EventPumpTests
{
    private readonly FakeRing _control = new(64 * 1024);
    private readonly FakeRing _data = new(64 * 1024);
    private readonly EventDecoder _decoder = new();
    private readonly Journal _journal = new();
    private readonly EventPump _pump;

    public EventPumpTests() => _pump = new EventPump(_control.Reader, _data.Reader, _decoder, _journal);

    [Fact]
    public void An_open_comes_before_the_data_behind_it()
    {
        _control.Append(Make.Bytes(Make.Open(1)));
        _data.Append(Make.Bytes(Make.Data(1, 2), "ab"u8));
        Assert.True(_pump.Drain());
        Assert.Equal(["open 1", "data 1 ab"], _journal.Lines);
    }

    [Fact]
    public void A_close_comes_behind_all_data_that_was_in_the_ring_when_it_was_read()
    {
        _data.Append(Make.Bytes(Make.Data(1, 2), "ab"u8));
        _control.Append(Make.Bytes(Make.Close(1)));
        _data.Append(Make.Bytes(Make.Data(1, 2), "cd"u8));
        _pump.Drain();
        Assert.Equal(["data 1 ab", "data 1 cd", "close 1"], _journal.Lines);
    }

    [Fact]
    public void A_close_waits_for_a_data_record_that_is_still_being_written()
    {
        var busy = _data.Reserve(Make.Bytes(Make.Data(1, 2), "ab"u8).Length);
        _control.Append(Make.Bytes(Make.Close(1)));
        Assert.False(_pump.Drain());
        Assert.Empty(_journal.Lines);
        Assert.Equal(1, _pump.PendingCloses);
        _data.Commit(busy, Make.Bytes(Make.Data(1, 2), "ab"u8));
        Assert.True(_pump.Drain());
        Assert.Equal(["data 1 ab", "close 1"], _journal.Lines);
    }

    [Fact]
    public void A_close_that_waits_is_not_held_up_by_data_that_comes_later()
    {
        _control.Append(Make.Bytes(Make.Close(1)));
        var busy = _data.Reserve(Make.Bytes(Make.Data(1, 2), "ab"u8).Length);
        _pump.Drain();
        _data.Commit(busy, Make.Bytes(Make.Data(1, 2), "ab"u8));
        _data.Reserve(100); // another call, not finished
        _control.Append(Make.Bytes(Make.Close(2)));
        _pump.Drain();
        Assert.Equal(["data 1 ab", "close 1"], _journal.Lines);
        Assert.Equal(1, _pump.PendingCloses);
    }

    [Fact]
    public void Data_waits_for_an_open_that_may_stand_behind_a_control_record_still_being_written()
    {
        var busy = _control.Reserve(Make.Bytes(Make.Open(1)).Length);
        _control.Append(Make.Bytes(Make.Open(2)));
        _data.Append(Make.Bytes(Make.Data(2, 2), "ab"u8));
        Assert.False(_pump.Drain());
        Assert.Empty(_journal.Lines);
        _control.Commit(busy, Make.Bytes(Make.Open(1)));
        Assert.True(_pump.Drain());
        Assert.Equal(["open 1", "open 2", "data 2 ab"], _journal.Lines);
    }

    [Fact]
    public void A_pass_that_went_on_without_a_control_record_says_so_until_it_has_come()
    {
        var busy = _control.Reserve(Make.Bytes(Make.Open(1)).Length);
        _data.Append(Make.Bytes(Make.Data(1, 2), "ab"u8));
        while (!_pump.Drain())
        {
            Assert.True(_pump.IsControlBlocked);
        }

        Assert.Equal(["data 1 ab"], _journal.Lines);
        Assert.True(_pump.IsControlBlocked);
        _control.Commit(busy, Make.Bytes(Make.Open(1)));
        Assert.True(_pump.Drain());
        Assert.False(_pump.IsControlBlocked);
    }

    [Fact]
    public void Process_events_are_passed_on()
    {
        _control.Append(Make.Bytes(Make.Process(9, L7ProcessChange.Fork)));
        _pump.Drain();
        Assert.Equal(["Fork 9"], _journal.Lines);
    }

    [Fact]
    public void Records_that_make_no_sense_are_counted_and_the_rest_goes_on()
    {
        _control.Append("garbage of some kind"u8);
        _control.Append(Make.Bytes(Make.Data(1, 0)));
        _control.Append(Make.Bytes(Make.Open(1) with { Family = 99 }));
        _control.Append(Make.Bytes(Make.Open(1)));
        _data.Append([1, 2, 3]);
        _data.Append(Make.Bytes(Make.Data(1, 2), "ab"u8));
        Assert.True(_pump.Drain());
        Assert.Equal(["open 1", "data 1 ab"], _journal.Lines);
        Assert.Equal(4UL, _decoder.Undecodable);
    }

    [Fact]
    public void A_long_pass_lets_others_have_a_turn()
    {
        var turns = 0;
        _pump.Breathe = () => turns++;
        for (var i = 0; i < 600; i++)
        {
            _data.Append(Make.Bytes(Make.Data(1, 0)));
        }

        _pump.Drain();
        Assert.InRange(turns, 2, 600);
    }

    [Fact]
    public void A_tls_object_is_bound_before_the_data_and_ends_behind_it()
    {
        _control.Append(Make.Bytes(Make.Tls(5, L7TlsChange.Open)));
        _control.Append(Make.Bytes(Make.Tls(5, L7TlsChange.Bound)));
        _control.Append(Make.Bytes(Make.Tls(5, L7TlsChange.Close)));
        _data.Append(Make.Bytes(Make.Data(5, 2), "ab"u8));
        Assert.True(_pump.Drain());
        Assert.Equal(["tls Open 5", "tls Bound 5", "data 5 ab", "tls Close 5"], _journal.Lines);
    }

    [Fact]
    public void Another_tls_object_of_a_connection_is_bound_behind_what_the_first_has_moved()
    {
        _control.Append(Make.Bytes(Make.Tls(5, L7TlsChange.Bound, connection: 9)));
        _control.Append(Make.Bytes(Make.Tls(5, L7TlsChange.Close, connection: 9)));
        _control.Append(Make.Bytes(Make.Tls(6, L7TlsChange.Open)));
        _control.Append(Make.Bytes(Make.Tls(6, L7TlsChange.Bound, connection: 9)));
        _control.Append(Make.Bytes(Make.Tls(7, L7TlsChange.Bound, connection: 8)));
        _data.Append(Make.Bytes(Make.Data(5, 2), "ab"u8));
        Assert.True(_pump.Drain());
        Assert.Equal(
            ["tls Bound 5", "tls Open 6", "tls Bound 7", "data 5 ab", "tls Close 5", "tls Bound 6"], _journal.Lines);
        _control.Append(Make.Bytes(Make.Tls(8, L7TlsChange.Bound, connection: 9)));
        _data.Append(Make.Bytes(Make.Data(8, 2), "cd"u8));
        Assert.True(_pump.Drain());
        Assert.Equal(["tls Bound 8", "data 8 cd"], _journal.Lines[6..]);
    }

    [Theory]
    [InlineData("Exit")]
    [InlineData("Exec")]
    public void What_a_process_had_is_gone_behind_the_data_that_it_moved(string change)
    {
        _control.Append(Make.Bytes(Make.Process(7, Enum.Parse<L7ProcessChange>(change))));
        _data.Append(Make.Bytes(Make.Data(1, 2), "ab"u8));
        _pump.Drain();
        Assert.Equal([$"{change} 7", "data 1 ab", "gone 7"], _journal.Lines);
    }

    private sealed class Journal : IEventTarget
    {
        public List<string> Lines { get; } = [];

        public void OnOpen(in L7OpenEvent value) => Lines.Add($"open {value.ConnectionId}");

        public void OnData(in DataRecord record) => Lines.Add(
            $"data {record.Event.ConnectionId} {System.Text.Encoding.UTF8.GetString(record.Head)}");

        public void OnClose(in L7CloseEvent value) => Lines.Add($"close {value.ConnectionId}");

        public void OnTls(in L7TlsEvent value) => Lines.Add($"tls {value.Change} {value.TlsId}");

        public void OnProcess(in L7ProcessEvent value) => Lines.Add($"{value.Change} {value.Tgid}");

        public void OnProcessGone(in L7ProcessEvent value) => Lines.Add($"gone {value.Tgid}");
    }
}
