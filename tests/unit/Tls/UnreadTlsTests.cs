// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Probe.Tls;
using Xunit;

namespace L7Trace.UnitTests.Tls;

public sealed class UnreadTlsTests
{
    private static readonly ConnectionId Connection = new(7);

    private readonly Dictionary<uint, bool?> _known = [];
    private readonly List<uint> _looked = [];
    private readonly UnreadTls _unread;

    public UnreadTlsTests() => _unread = new UnreadTls(
        process => _known.GetValueOrDefault(process), _looked.Add, static _ => "rustls 0.23.5: its functions are compiled into their callers");

    [Fact]
    public void A_connection_of_a_process_without_a_library_that_is_read_counts_when_it_ends()
    {
        _known[5] = false;
        Begin(5);
        Assert.Equal(0UL, _unread.Count);
        _unread.Closed(Connection);
        Assert.Equal(1UL, _unread.Count);
        SpinWait.SpinUntil(() => _unread.Processes[0].Reason is not null, 10_000);
        Assert.Equal(new UnreadTlsProcess(5, 1, "rustls 0.23.5: its functions are compiled into their callers"), Assert.Single(_unread.Processes));
        _unread.End();
        Assert.Equal(1UL, _unread.Count);
    }

    [Fact]
    public void One_that_goes_on_counts_when_the_trace_ends()
    {
        _known[5] = false;
        Begin(5);
        _unread.End();
        Assert.Equal(1UL, _unread.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(null)]
    public void One_of_a_process_that_has_a_library_or_was_not_looked_at_does_not_count(bool? isUser)
    {
        _known[5] = isUser;
        Begin(5);
        _unread.Closed(Connection);
        Assert.Equal(0UL, _unread.Count);
        Assert.Empty(_unread.Processes);
        Assert.Equal(isUser is null ? [5U] : [], _looked);
    }

    [Fact]
    public void One_whose_plaintext_is_read_does_not_count_nor_one_that_is_no_tls_after_all()
    {
        _known[5] = false;
        Begin(5);
        _unread.Bound(Connection);
        _unread.Closed(Connection);
        Begin(5);
        _unread.Found(Connection, Protocol.Http1);
        _unread.Closed(Connection);
        Assert.Equal(0UL, _unread.Count);
    }

    private void Begin(uint process)
    {
        _unread.Open(new ConnectionInfo { Id = Connection, ProcessId = process });
        _unread.Found(Connection, Protocol.Tls);
    }
}
