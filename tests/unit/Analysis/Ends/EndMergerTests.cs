// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Analysis.Ends;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Analysis.Ends;

public sealed class EndMergerTests : IExchangeHandler
{
    private const long Wait = 250 * Some.Millisecond;

    private readonly List<Exchange> _shown = [];
    private readonly ConnectionPairs _pairs = new();
    private readonly EndMerger _merger;

    public EndMergerTests()
    {
        _merger = new EndMerger(this, _pairs);
        _pairs.ConnectionOpened(Some.ClientConnection());
        _pairs.ConnectionOpened(Some.ServerConnection());
    }

    void IExchangeHandler.OnExchange(Exchange exchange) => _shown.Add(exchange);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_views_become_the_clients_with_the_servers_attached(bool clientFirst)
    {
        var (client, server) = Views();

        _merger.OnExchange(clientFirst ? client : server);
        Assert.Empty(_shown);
        _merger.OnExchange(clientFirst ? server : client);

        Assert.Same(client, Assert.Single(_shown));
        Assert.Same(server, client.OtherEnd);
        Assert.Equal((1, 0), (_merger.Merged, _merger.HeldCount));
        _merger.Flush();
        Assert.Single(_shown);
    }

    [Fact]
    public void The_more_complete_view_is_the_one_that_is_shown()
    {
        var (client, server) = Views();
        client.Completeness = new Completeness(CompletenessKind.Truncated, 5);

        Feed(client, server);

        Assert.Same(server, Assert.Single(_shown));
        Assert.Same(client, server.OtherEnd);
    }

    [Fact]
    public void Offsets_that_were_extended_differently_are_the_same_sequence_number()
    {
        var (client, server) = Views(clientOffset: 0x1_0000_03e8, serverOffset: 0x3e8);

        Feed(client, server);

        Assert.Single(_shown);
    }

    [Fact]
    public void Another_sequence_number_is_another_exchange()
    {
        var (client, server) = Views(serverOffset: 1001);

        Feed(client, server);
        _merger.Flush();

        Assert.Equal(2, _shown.Count);
        Assert.All(_shown, exchange => Assert.Null(exchange.OtherEnd));
    }

    [Fact]
    public void Addresses_mapped_into_ipv6_are_the_ipv4_ones()
    {
        var mapped = new ConnectionInfo
        {
            Id = new ConnectionId(3),
            Role = EndpointRole.Server,
            NetworkNamespace = 1,
            Local = new IPEndPoint(IPAddress.Parse("::ffff:127.0.0.1"), 3306),
            Remote = new IPEndPoint(IPAddress.Parse("::ffff:127.0.0.1"), 50000),
        };

        Feed(Views().Client, Some.Query("SELECT 1", start: 0.1, duration: 0.5, connection: mapped));

        Assert.Single(_shown);
    }

    [Fact]
    public void Loopback_addresses_of_two_namespaces_are_not_two_ends()
    {
        var elsewhere = Some.ServerConnection(id: 4, netns: 2);
        _pairs.ConnectionOpened(elsewhere);

        Feed(Views().Client, Some.Query("SELECT 1", start: 0.1, duration: 0.5, connection: elsewhere));
        _merger.Flush();

        Assert.Equal(2, _shown.Count);
    }

    [Fact]
    public void Views_that_contradict_each_other_are_both_shown()
    {
        var (client, _) = Views();
        var server = Some.Get("/", connection: Some.ServerConnection(), start: 0.1);
        Feed(client, server);
        Feed(Views(port: 1).Client, Some.Query("SELECT 1", command: MySqlCommand.Ping, connection: Some.ServerConnection(8, 1)));
        _merger.Flush();

        Assert.Equal(4, _shown.Count);
        Assert.Equal(0, _merger.Merged);
    }

    [Fact]
    public void A_server_can_t_receive_what_was_not_sent_yet()
    {
        var (client, server) = Views(serverStart: -1);

        Feed(client, server);
        _merger.Flush();

        Assert.Equal(2, _shown.Count);
    }

    [Fact]
    public void A_client_can_t_receive_what_was_not_sent_yet()
    {
        var (client, _) = Views(); // 0 to 1 ms
        var server = Some.Query("SELECT 1", start: 0.1, duration: 1.5, connection: Some.ServerConnection(), offset: 1000);

        Feed(client, server);
        _merger.Flush();

        Assert.Equal(2, _shown.Count);
    }

    [Theory]
    [InlineData(true, true, 40UL, 1)]
    [InlineData(true, true, 41UL, 2)] // another request
    [InlineData(true, false, 40UL, 2)] // what is counted began somewhere in the middle
    [InlineData(false, true, 40UL, 2)]
    [InlineData(false, false, 40UL, 2)]
    public void Plaintext_of_a_tls_library_is_compared_by_its_place_where_both_saw_the_beginning(
        bool clientFromStart, bool serverFromStart, ulong serverOffset, int shown)
    {
        var client = Some.Query("SELECT 1", connection: Some.ClientConnection(fromStart: true), offset: 40);
        var server = Some.Query("SELECT 1", start: 0.1, duration: 0.5, connection: Some.ServerConnection(fromStart: true), offset: serverOffset);
        (client.Tls, server.Tls) = (true, true);
        (client.IsPlaintextWhole, server.IsPlaintextWhole) = (clientFromStart, serverFromStart); // the socket's own beginning proves nothing

        Feed(client, server);
        _merger.Flush();

        Assert.Equal(shown, _shown.Count);
    }

    [Fact]
    public void The_place_of_plaintext_is_no_sequence_number()
    {
        var client = Some.Query("SELECT 1", connection: Some.ClientConnection(fromStart: true), offset: 40);
        var server = Some.Query("SELECT 1", start: 0.1, duration: 0.5, connection: Some.ServerConnection(fromStart: true), offset: 40);
        server.Tls = server.IsPlaintextWhole = true;

        Feed(client, server);
        _merger.Flush();

        Assert.Equal(2, _shown.Count);
    }

    [Theory]
    [InlineData(7u, 7u, 1)]
    [InlineData(7u, 9u, 2)]
    public void Streams_of_http2_inside_tls_have_the_same_number_at_both_ends(uint ofClient, uint ofServer, int shown)
    {
        Feed(Stream(Some.ClientConnection(), ofClient, start: 0), Stream(Some.ServerConnection(), ofServer, start: 0.1));
        _merger.Flush();

        Assert.Equal(shown, _shown.Count);

        static HttpExchange Stream(ConnectionInfo connection, uint stream, double start) => Some.Timed(
            new HttpExchange(Protocol.Http2) { Connection = connection, Method = "GET", Path = "/", StatusCode = 200, StreamId = stream, Tls = true },
            start, duration: 0.5 - start, offset: (ulong)(start * 1000) + 33);
    }

    [Fact]
    public void An_exchange_does_not_wait_when_its_other_end_is_not_traced()
    {
        var client = Some.Query("SELECT 1", connection: Some.ClientConnection(9, port: 60000));

        _merger.OnExchange(client);

        Assert.Same(client, Assert.Single(_shown));
    }

    [Fact]
    public void An_exchange_waits_a_bounded_time()
    {
        var (client, _) = Views();
        _merger.OnExchange(client);
        var held = client.Response.Last.Exit;

        _merger.Advance(held + Wait - 1);
        Assert.Empty(_shown);
        _merger.Advance(held + Wait);

        Assert.Same(client, Assert.Single(_shown));
        Assert.Equal(1, _merger.Alone);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_view_that_comes_too_late_is_not_a_second_exchange(bool clientFirst)
    {
        var (client, server) = Views();
        var (first, second) = clientFirst ? (client, server) : (server, client);
        _merger.OnExchange(first);
        _merger.Advance(client.Response.Last.Exit + (4 * Wait));
        Assert.Same(first, Assert.Single(_shown));

        _merger.OnExchange(second);
        _merger.Flush();

        Assert.Single(_shown);
        Assert.Equal((1, 1, 0), (_merger.Alone, _merger.Late, _merger.Merged));
    }

    [Fact]
    public void A_view_that_comes_too_late_is_shown_when_more_is_seen_in_it()
    {
        var (client, server) = Views();
        server.Completeness = new Completeness(CompletenessKind.Truncated, 5);
        _merger.OnExchange(server);
        _merger.Advance(client.Response.Last.Exit + (4 * Wait));

        _merger.OnExchange(client);
        _merger.Flush();

        Assert.Equal([server, client], _shown);
    }

    [Fact]
    public void A_view_that_is_not_whole_waits_four_times_as_long()
    {
        var (client, server) = Views();
        var (whole, _) = Views(clientOffset: 9000);
        server.Completeness = new Completeness(CompletenessKind.Truncated, 5);
        Feed(server, whole);
        var held = server.Response.Last.Exit;

        _merger.Advance(held + (4 * Wait) - 1);
        Assert.Same(whole, Assert.Single(_shown));
        Assert.True(_merger.HoldsAnyOf(_merger.Taken));
        Feed(client);

        Assert.Equal([whole, client], _shown);
        Assert.Same(server, client.OtherEnd);
        Assert.False(_merger.HoldsAnyOf(_merger.Taken));
    }

    [Fact]
    public void A_view_that_is_not_whole_does_not_wait_for_ever()
    {
        var (client, _) = Views();
        var (whole, _) = Views(clientOffset: 9000);
        client.State = ExchangeState.Aborted;
        Feed(client, whole);

        _merger.Advance(client.Response.Last.Exit + (4 * Wait));

        Assert.Equal([client, whole], _shown);
        Assert.Equal((0, 2), (_merger.HeldCount, _merger.Alone));
    }

    [Fact]
    public void A_view_that_comes_far_too_late_is_not_remembered()
    {
        var (client, server) = Views();
        _merger.OnExchange(server);
        _merger.Advance(client.Response.Last.Exit + (2 * Wait));
        _merger.Advance(client.Response.Last.Exit + (100 * Wait));

        _merger.OnExchange(client);
        _merger.Flush();

        Assert.Equal([server, client], _shown);
    }

    [Fact]
    public void Whoever_waits_for_those_held_so_far_waits_for_no_later_ones()
    {
        var (client, server) = Views(clientOffset: 1000);
        var (second, _) = Views(clientOffset: 2000);
        var (later, _) = Views(clientOffset: 3000);
        Assert.False(_merger.HoldsAnyOf(_merger.Taken));
        Feed(client, second);
        var taken = _merger.Taken;
        Feed(later);
        Assert.True(_merger.HoldsAnyOf(taken));

        Feed(server); // the first found its other view
        Assert.True(_merger.HoldsAnyOf(taken));
        Assert.False(_merger.HoldsAnyOf(1));

        Feed(Views(clientOffset: 2000).Server);
        Assert.False(_merger.HoldsAnyOf(taken));
        Assert.True(_merger.HoldsAnyOf(_merger.Taken));
        _merger.Flush();
        Assert.False(_merger.HoldsAnyOf(_merger.Taken));
    }

    [Fact]
    public void A_bounded_number_of_exchanges_waits()
    {
        var merger = new EndMerger(this, _pairs, maxHeld: 10);
        for (var i = 0; i < 25; i++)
        {
            merger.OnExchange(Views(clientOffset: 1000 + (ulong)i).Client);
        }

        Assert.Equal((15, 10), (_shown.Count, merger.HeldCount));
        Assert.Equal([1000UL, 1001UL], _shown.Take(2).Select(exchange => exchange.Request.StartOffset));
    }

    [Fact]
    public void A_second_view_of_the_same_side_does_not_replace_the_first()
    {
        var (client, server) = Views();
        var again = Views().Client;

        Feed(client, again, server);

        Assert.Equal([again, client], _shown);
        Assert.Same(server, client.OtherEnd);
    }

    [Fact]
    public void A_connection_that_was_closed_a_moment_ago_still_has_two_ends()
    {
        var (client, server) = Views();
        _pairs.ConnectionClosed(new ConnectionId(1), Some.Epoch);
        _pairs.ConnectionClosed(new ConnectionId(2), Some.Epoch);

        Feed(server, client);

        Assert.Single(_shown);
    }

    [Fact]
    public void Ten_thousand_connections_opened_and_closed_leave_nothing_behind()
    {
        for (var i = 0; i < 10_000; i++)
        {
            var info = Some.ClientConnection((ulong)i + 100, port: 1 + (i % 60_000));
            _pairs.ConnectionOpened(info);
            _pairs.ConnectionOpened(info);
            _pairs.ConnectionClosed(info.Id, Some.Epoch + i);
            _pairs.ConnectionClosed(info.Id, Some.Epoch + i);
        }

        _merger.Advance(Some.Epoch + (10 * Wait));

        Assert.Equal(2, _pairs.Count);
        Assert.False(_pairs.HasMirror(Some.ServerConnection(port: 5)));
    }

    [Fact]
    public void Connections_beyond_the_bound_are_refused_and_counted()
    {
        var pairs = new ConnectionPairs(maxConnections: 1);
        pairs.ConnectionOpened(Some.ClientConnection());
        pairs.ConnectionOpened(Some.ServerConnection());

        Assert.Equal((1, 1), (pairs.Count, pairs.Refused));
    }

    [Fact]
    public void Unix_sockets_are_paired_by_inodes_and_bytes_since_the_beginning()
    {
        Feed(UnixView(EndpointRole.Client, 10, 11, fromStart: true), UnixView(EndpointRole.Server, 11, 10, fromStart: true));

        Assert.NotNull(Assert.Single(_shown).OtherEnd);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_unix_client_that_wrote_before_the_accept_is_paired_by_what_the_servers_end_says(bool clientEndedFirst)
    {
        var client = UnixView(EndpointRole.Client, 10, 0, fromStart: true);
        var server = UnixView(EndpointRole.Server, 11, 10, fromStart: true);
        if (clientEndedFirst)
        {
            _pairs.ConnectionClosed(client.Connection.Id, Some.Epoch);
        }

        Feed(client, server);

        Assert.NotNull(Assert.Single(_shown).OtherEnd);
        _pairs.ConnectionClosed(client.Connection.Id, Some.Epoch);
        _pairs.ConnectionClosed(server.Connection.Id, Some.Epoch);
        _merger.Advance(Some.Epoch + (1000 * Wait));
        Assert.Null(_pairs.PairOf(client.Connection));
    }

    [Fact]
    public void The_first_exchange_of_a_unix_server_that_was_seen_before_its_client_is_shown_once()
    {
        var server = UnixView(EndpointRole.Server, 11, 10, fromStart: true, position: 0);
        Feed(server);
        Assert.Same(server, Assert.Single(_shown));

        Feed(UnixView(EndpointRole.Client, 10, 11, fromStart: true, position: 0));
        _merger.Flush();

        Assert.Single(_shown);
        Assert.Equal(1, _merger.Late);
    }

    [Fact]
    public void The_same_waits_when_it_is_not_whole()
    {
        var server = UnixView(EndpointRole.Server, 11, 10, fromStart: true, position: 0);
        server.Completeness = new Completeness(CompletenessKind.Truncated, 1);
        Feed(server);
        Assert.Empty(_shown);
        var client = UnixView(EndpointRole.Client, 10, 11, fromStart: true, position: 0);

        Feed(client);

        Assert.Same(client, Assert.Single(_shown));
        Assert.Same(server, client.OtherEnd);
    }

    [Theory]
    [InlineData(12UL, 10UL, true)] // another socket
    [InlineData(11UL, 0UL, true)] // its peer is not known
    [InlineData(11UL, 10UL, false)] // its beginning was not seen
    public void Unix_sockets_without_proof_are_shown_from_both_ends(ulong inode, ulong peer, bool fromStart)
    {
        Feed(UnixView(EndpointRole.Client, 10, 11, fromStart: true), UnixView(EndpointRole.Server, inode, peer, fromStart));
        _merger.Flush();

        Assert.Equal(2, _shown.Count);
        Assert.Equal(0, _merger.Merged);
    }

    [Theory]
    [InlineData(SideSelection.Client, "client")]
    [InlineData(SideSelection.Server, "server")]
    [InlineData(SideSelection.Both, "client server")]
    public void Other_selections_show_views_as_they_are(SideSelection side, string roles)
    {
        var merger = new EndMerger(this, _pairs, side);
        var (client, server) = Views();
        merger.OnExchange(client);
        merger.OnExchange(server);

        Assert.Equal(roles, string.Join(' ', _shown.Select(exchange => L7Trace.Export.Words.Of(exchange.Connection.Role))));
        Assert.All(_shown, exchange => Assert.Null(exchange.OtherEnd));
        Assert.Equal(roles.Split(' '), merger.SelectInFlight([client, server])
            .Select(exchange => L7Trace.Export.Words.Of(exchange.Connection.Role)));
    }

    [Fact]
    public void Of_two_views_in_flight_the_clients_is_listed()
    {
        var (client, server) = Views();
        var (other, _) = Views(clientOffset: 7777);

        Assert.Equal([client, other], _merger.SelectInFlight([Some.Running(server), Some.Running(client), other]));
    }

    private static (MySqlExchange Client, MySqlExchange Server) Views(
        ulong clientOffset = 1000, ulong? serverOffset = null, double serverStart = 0.1, int port = 50000) => (
        Some.Query("SELECT 1", duration: 1, connection: Some.ClientConnection(port: port), offset: clientOffset),
        Some.Query("SELECT 1", start: serverStart, duration: 0.5, connection: Some.ServerConnection(port: port),
            offset: serverOffset ?? clientOffset));

    private MySqlExchange UnixView(EndpointRole role, ulong inode, ulong peer, bool fromStart, ulong position = 40)
    {
        var begin = role == EndpointRole.Client ? 0UL : 500UL;
        var info = new ConnectionInfo
        {
            Id = new ConnectionId(100 + inode),
            Role = role,
            UnixPath = "/run/x.sock",
            Inode = inode,
            PeerInode = peer,
            FromStart = fromStart,
            OffsetsKnown = true,
            EgressOffset = begin,
            IngressOffset = begin,
        };
        _pairs.ConnectionOpened(info);
        return Some.Query("SELECT 1", connection: info, offset: begin + position);
    }

    private void Feed(params Exchange[] exchanges)
    {
        foreach (var exchange in exchanges)
        {
            _merger.OnExchange(exchange);
        }
    }
}
