// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Tls;
using Xunit;

namespace L7Trace.UnitTests.Tls;

public sealed class TlsWriteOrderTests
{
    private const ulong Object = 5;

    private readonly List<string> _taken = [];
    private readonly TlsWriteOrder _order;

    public TlsWriteOrderTests() => _order = new TlsWriteOrder(Take);

    [Fact]
    public void A_read_that_overtook_a_write_comes_behind_it()
    {
        Call("reset", Direction.Ingress, exit: 200, SegmentFlags.WritePending);
        Assert.Empty(_taken);
        Call("data", Direction.Egress, exit: 300);
        Assert.Equal(["data", "reset"], _taken);
    }

    [Fact]
    public void What_is_read_next_stays_behind_it()
    {
        Call("one", Direction.Ingress, exit: 200, SegmentFlags.WritePending);
        Call("two", Direction.Ingress, exit: 210);
        Call("three", Direction.Ingress, exit: 320, SegmentFlags.WritePending);
        Call("four", Direction.Ingress, exit: 330);
        Call("written", Direction.Egress, exit: 300);
        Assert.Equal(["written", "one", "two"], _taken);
        Call("written too", Direction.Egress, exit: 340);
        Assert.Equal(["written", "one", "two", "written too", "three", "four"], _taken);
    }

    [Fact]
    public void Without_a_write_under_way_nothing_waits()
    {
        Call("one", Direction.Ingress, exit: 200);
        Call("two", Direction.Egress, exit: 210);
        Assert.Equal(["one", "two"], _taken);
    }

    [Fact]
    public void Objects_do_not_wait_for_each_other()
    {
        Call("one", Direction.Ingress, exit: 200, SegmentFlags.WritePending);
        Call("two", Direction.Ingress, exit: 210, id: 6);
        Call("three", Direction.Egress, exit: 220, id: 6);
        Assert.Equal(["two", "three"], _taken);
    }

    [Fact]
    public void A_write_that_does_not_end_is_waited_for_a_short_time()
    {
        Call("one", Direction.Ingress, exit: 200, SegmentFlags.WritePending);
        _order.Advance(199 + TlsWriteOrder.Wait);
        Assert.Empty(_taken);
        _order.Advance(200 + TlsWriteOrder.Wait);
        Assert.Equal(["one"], _taken);
    }

    [Fact]
    public void What_waits_says_since_when()
    {
        Assert.Equal(long.MaxValue, _order.OldestHeld);
        Call("one", Direction.Ingress, exit: 300, SegmentFlags.WritePending);
        Call("two", Direction.Ingress, exit: 200, SegmentFlags.WritePending, id: 6);
        Assert.Equal(200, _order.OldestHeld);
        Call("written", Direction.Egress, exit: 250, id: 6);
        Assert.Equal(300, _order.OldestHeld);
        _order.Advance(300 + TlsWriteOrder.Wait);
        Assert.Equal(long.MaxValue, _order.OldestHeld);
    }

    [Fact]
    public void The_end_of_an_object_lets_all_go()
    {
        Call("one", Direction.Ingress, exit: 200, SegmentFlags.WritePending);
        Call("two", Direction.Ingress, exit: 300, SegmentFlags.WritePending);
        _order.Flush(new ConnectionId(Object));
        Assert.Equal(["one", "two"], _taken);
    }

    private void Call(string text, Direction direction, long exit, SegmentFlags flags = SegmentFlags.None, ulong id = Object) =>
        _order.Accept(new Segment
        {
            Connection = new ConnectionId(id),
            Direction = direction,
            Source = SegmentSource.GoTls,
            Flags = flags,
            StreamOffset = 0,
            ByteCount = (ulong)text.Length,
            Head = Encoding.ASCII.GetBytes(text),
            Time = new SegmentTime(exit - 10, exit),
        });

    private void Take(in Segment segment)
    {
        Assert.Equal(SegmentFlags.None, segment.Flags); // what is recorded is in order
        _taken.Add(Encoding.ASCII.GetString(segment.Head));
    }
}
