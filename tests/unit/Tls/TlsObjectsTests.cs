// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Cli.Hosting;
using L7Trace.Export.Json;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Probe.Captures.Recording;
using L7Trace.Probe.Events;
using L7Trace.Probe.Tls;
using L7Trace.UnitTests.Export.Json;
using Xunit;
using static L7Trace.Probe.Events.EventLayout;
using Make = L7Trace.UnitTests.Support.Events;

namespace L7Trace.UnitTests.Tls;

public sealed class TlsObjectsTests : IExchangeHandler
{
    private const ulong Object = 1UL << 62 | 5;
    private const ulong Socket = 9;

    private readonly List<Exchange> _exchanges = [];
    private readonly List<(uint Pid, ulong Address)> _forgotten = [];
    private readonly Tap _tap = new();
    private readonly TraceEngine _engine;
    private readonly TlsObjects _tls;
    private long _clock = 10_000;

    public TlsObjectsTests()
    {
        _engine = new TraceEngine(this, ParseLimits.Default);
        _tls = new TlsObjects(_engine, _tap, new MonotonicClock(0), (gone, _) => _forgotten.AddRange(gone.Select(static x => (x.ProcessId, x.Address))));
        _engine.Open(new ConnectionInfo
        {
            Id = new ConnectionId(Socket),
            Role = EndpointRole.Client,
            ProcessId = 77,
            ProcessCommand = "curl",
            Local = IPEndPoint.Parse("10.0.0.1:4000"),
            Remote = IPEndPoint.Parse("10.0.0.2:443"),
            FromStart = true,
            FirstSeen = 1,
        });
    }

    [Fact]
    public void Plaintext_waits_for_the_proof_and_then_belongs_to_the_socket()
    {
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.Empty(_exchanges);
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        var exchange = Assert.IsAssignableFrom<HttpExchange>(Assert.Single(_exchanges));
        Assert.Equal("10.0.0.2:443", exchange.Connection.Remote?.ToString());
        Assert.Equal(PeerProof.CiphertextMatch, exchange.Connection.PeerProof);
        Assert.True(exchange.Tls);
        Assert.Equal(CompletenessKind.Complete, exchange.Completeness.Kind);
    }

    [Fact]
    public void What_the_engine_has_not_been_given_says_since_when()
    {
        Assert.Equal(long.MaxValue, _tls.OldestHeld);
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        var first = _clock + 1;
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(first, _tls.OldestHeld);
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Assert.Equal(long.MaxValue, _tls.OldestHeld);
        _tls.Accept(Plaintext(Direction.Ingress, "HTTP/1.1 200 OK\r\n", Object) with { Flags = SegmentFlags.WritePending });
        Assert.Equal(_clock + 1, _tls.OldestHeld); // behind a write that has not returned
    }

    [Fact]
    public void Without_a_proof_in_time_the_peer_is_unknown_and_learnt_when_the_proof_comes()
    {
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        var since = _clock + 1;
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        _tls.Advance(since + TlsObjects.ProofWait);
        Assert.Empty(_exchanges);
        _tls.Advance(since + TlsObjects.ProofWait + 1);
        var first = Assert.Single(_exchanges);
        Assert.Equal(PeerProof.Unknown, first.Connection.PeerProof);
        Assert.Null(first.Connection.Remote);

        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Assert.Same(first.Connection, Assert.Single(_tap.Learnt));
        Assert.Equal("10.0.0.2:443", first.Connection.Remote?.ToString());
        Call(Direction.Egress, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
        Call(Direction.Ingress, "HTTP/1.1 204 No\r\n\r\n");
        Assert.Equal(2, _exchanges.Count);
        Assert.Same(first.Connection, _exchanges[1].Connection);
    }

    [Fact]
    public void A_tap_is_told_of_bindings_and_of_peers_that_come_late()
    {
        var tap = new Tap();
        var tls = new TlsObjects(_engine, tap, new MonotonicClock(0), static (_, _) => { });
        tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Assert.Equal([(Socket, SegmentSource.OpenSsl, true, PeerProof.CiphertextMatch)], tap.Bound);
        tls.Changed(Make.Tls(Object + 1, L7TlsChange.Open));
        tls.Accept(Plaintext(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", Object + 1));
        tls.Flush();
        tls.Changed(Make.Tls(Object + 1, L7TlsChange.Bound, Socket));
        var learnt = Assert.Single(tap.Learnt);
        Assert.Equal((new ConnectionId(Object + 1), PeerProof.CiphertextMatch), (learnt.Id, learnt.PeerProof));
        Assert.Single(tap.Bound);
    }

    [Fact]
    public void An_exchange_that_was_shown_before_its_proof_is_amended_once()
    {
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        _tls.Flush();
        var shown = new AmendableExchanges();
        shown.Add(Assert.Single(_exchanges));
        Assert.False(shown.TryTake(out _));
        var stream = new MemoryStream();
        var lines = new JsonLinesWriter(stream);
        lines.Write(_exchanges[0]);
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Assert.True(shown.TryTake(out var amended));
        Assert.Same(_exchanges[0], amended);
        Assert.False(shown.TryTake(out _));
        lines.WriteAmendment(amended);
        lines.Flush();
        var written = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("\"peer.proof\":\"unknown\"", written[0], StringComparison.Ordinal);
        Assert.Contains($"\"type\":\"amendment\",\"id\":\"{amended.Id}\"", written[1], StringComparison.Ordinal);
        Assert.Contains("\"server.port\":443,\"peer.proof\":\"ciphertext_match\"", written[1], StringComparison.Ordinal);
        JsonSchemaTests.AssertValid(written[1]);
    }

    [Fact]
    public void What_waits_is_bounded()
    {
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        Call(Direction.Egress, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
        var part = new string('x', 16384);
        for (var i = 0; i < TlsObjects.MaxHeldByObject / part.Length; i++)
        {
            Call(Direction.Egress, part);
        }

        Assert.NotNull(_engine.FindConnection(new ConnectionId(Object)));
    }

    [Fact]
    public void Another_object_on_the_same_socket_goes_on_with_nothing_of_the_first()
    {
        const ulong Second = Object + 1;
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        _tls.Changed(Make.Tls(Object, L7TlsChange.Close));
        _tls.Changed(Make.Tls(Second, L7TlsChange.Open));
        _tls.Changed(Make.Tls(Second, L7TlsChange.Bound, Socket));
        Array.Clear(_offsets);
        Call(Direction.Ingress, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", Second);
        _engine.End(_clock + 10_000_000_000);
        Assert.DoesNotContain(_exchanges, exchange =>
            exchange is HttpExchange { StatusCode: 500 } && exchange.Request.Seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_place_in_the_plaintext_counts_only_for_the_first_object_seen_from_its_beginning(bool fromStart)
    {
        const ulong Second = Object + 1;
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open, fromStart: fromStart));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket, fromStart: fromStart));
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        _engine.VisitInFlight(exchange => Assert.Equal(fromStart, exchange.IsPlaintextWhole));
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Call(Direction.Egress, "GET /left HTTP/1.1\r\nHost: x\r\n\r\n");
        _tls.Changed(Make.Tls(Object, L7TlsChange.Close));
        _tls.Changed(Make.Tls(Second, L7TlsChange.Open));
        _tls.Changed(Make.Tls(Second, L7TlsChange.Bound, Socket));
        Array.Clear(_offsets);
        Call(Direction.Egress, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n", Second);
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Second);
        Assert.Equal(
            [("/a", fromStart), ("/left", fromStart), ("/b", false)],
            _exchanges.Cast<HttpExchange>().Select(static exchange => (exchange.Target, exchange.IsPlaintextWhole)));
    }

    [Fact]
    public void An_object_that_a_call_named_first_is_seen_from_its_beginning_when_its_handshake_is()
    {
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open, fromStart: false));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        _engine.VisitInFlight(static exchange => Assert.True(exchange.IsPlaintextWhole));
        Assert.Equal(1, _tls.Count);
    }

    [Fact]
    public void What_comes_late_of_an_object_is_not_the_next_ones()
    {
        const ulong Second = Object + 1;
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        _tls.Changed(Make.Tls(Second, L7TlsChange.Open));
        _tls.Changed(Make.Tls(Second, L7TlsChange.Bound, Socket));
        Call(Direction.Egress, "GET /old HTTP/1.1\r\nHost: x\r\n\r\n");
        Array.Clear(_offsets);
        Call(Direction.Egress, "GET /new HTTP/1.1\r\nHost: x\r\n\r\n", Second);
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Second);
        Assert.Equal("/new", Assert.IsAssignableFrom<HttpExchange>(Assert.Single(_exchanges)).Target);
        Assert.Equal(1ul, _engine.Counters.Late);
    }

    [Fact]
    public void The_first_exchange_on_a_connection_that_was_open_before_is_one_without_waiting_for_the_next()
    {
        _engine.Open(new ConnectionInfo
        {
            Id = new ConnectionId(8),
            Role = EndpointRole.Client,
            Local = IPEndPoint.Parse("10.0.0.1:4001"),
            Remote = IPEndPoint.Parse("10.0.0.2:443"),
            OffsetsKnown = true,
            EgressOffset = 123_456,
            IngressOffset = 654_321,
            FirstSeen = 1,
        });
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open, fromStart: false));
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, connection: 8, fromStart: false));
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var exchange = Assert.IsAssignableFrom<HttpExchange>(Assert.Single(_exchanges));
        Assert.Equal(("/a", 200, CompletenessKind.Complete), (exchange.Target, exchange.StatusCode, exchange.Completeness.Kind));
    }

    [Fact]
    public void A_process_that_ended_has_no_objects()
    {
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        _tls.ProcessEnded(78, _clock);
        Assert.Equal(1, _tls.Count);
        _tls.ProcessEnded(77, _clock);
        Assert.Equal(0, _tls.Count);
        Assert.Equal([(77u, 0x1000 + Object)], _forgotten);
    }

    [Fact]
    public void Objects_that_come_and_go_leave_nothing_behind()
    {
        for (var i = 0UL; i < 10_000; i++)
        {
            _tls.Changed(Make.Tls(Object + i, L7TlsChange.Open));
            _tls.Changed(Make.Tls(Object + i, L7TlsChange.Bound, Socket));
            _tls.Changed(Make.Tls(Object + i, L7TlsChange.Close));
        }

        Assert.Equal(0, _tls.Count);
        Assert.Equal(new ConnectionId(Socket), _tls.PlaintextOf(new ConnectionId(Socket)));
    }

    [Fact]
    public void Plaintext_is_muted_under_its_own_id()
    {
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        Assert.Equal(new ConnectionId(Socket), _tls.PlaintextOf(new ConnectionId(Socket)));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Assert.Equal(new ConnectionId(Object), _tls.PlaintextOf(new ConnectionId(Socket)));
        _tls.ConnectionClosed(new ConnectionId(Socket));
        Assert.Equal(new ConnectionId(Socket), _tls.PlaintextOf(new ConnectionId(Socket)));
    }

    [Fact]
    public void Plaintext_of_an_object_whose_events_were_lost_has_unknown_facts()
    {
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        _engine.End(_clock + 10_000_000_000);
        Assert.All(_exchanges, static exchange => Assert.Equal(PeerProof.Unknown, exchange.Connection.PeerProof));
    }

    [Fact]
    public void A_closed_socket_waits_for_the_last_call_of_another_goroutine()
    {
        var closed = new List<(ulong Connection, long Time, bool IsReset)>();
        _tls.CloseLate = (connection, time, isReset) => closed.Add((connection.Value, time, isReset));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open) with { Source = L7Source.GoTls });
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Assert.True(_tls.PutsOffClose(new ConnectionId(Socket), 20_000, isReset: true));
        Call(Direction.Ingress, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        Call(Direction.Egress, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Empty(closed);
        _tls.Changed(Make.Tls(Object, L7TlsChange.Close));
        Assert.Equal([(Socket, 20_000, true)], closed);
        Assert.Equal(0ul, _engine.Counters.Late);
    }

    [Fact]
    public void A_closed_socket_waits_a_short_time_and_only_where_two_goroutines_may_be_at_work()
    {
        var closed = new List<ulong>();
        _tls.CloseLate = (connection, _, _) => closed.Add(connection.Value);
        Assert.False(_tls.PutsOffClose(new ConnectionId(Socket), 20_000, isReset: false));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Open));
        _tls.Changed(Make.Tls(Object, L7TlsChange.Bound, Socket));
        Assert.False(_tls.PutsOffClose(new ConnectionId(Socket), 20_000, isReset: false));
        _tls.Changed(Make.Tls(Object + 1, L7TlsChange.Open) with { Source = L7Source.GoTls });
        _tls.Changed(Make.Tls(Object + 1, L7TlsChange.Bound, Socket));
        Assert.True(_tls.PutsOffClose(new ConnectionId(Socket), 20_000, isReset: false));
        _tls.Advance(20_000 + TlsObjects.CloseWait);
        Assert.Empty(closed);
        _tls.Advance(20_001 + TlsObjects.CloseWait);
        Assert.Equal([Socket], closed);
    }

    private readonly ulong[] _offsets = new ulong[2];

    void IExchangeHandler.OnExchange(Exchange exchange) => _exchanges.Add(exchange);

    private void Call(Direction direction, string text, ulong id = Object) => _tls.Accept(Plaintext(direction, text, id));

    private Segment Plaintext(Direction direction, string text, ulong id)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        _clock += 1000;
        var offset = _offsets[(int)direction];
        _offsets[(int)direction] += (ulong)bytes.Length;
        return new Segment
        {
            Connection = new ConnectionId(id),
            Direction = direction,
            Source = SegmentSource.OpenSsl,
            StreamOffset = offset,
            ByteCount = (ulong)bytes.Length,
            Head = bytes,
            Time = new SegmentTime(_clock, _clock + 1, 77, 78),
        };
    }

    private sealed class Tap : ISegmentTap
    {
        public List<(ulong Id, SegmentSource Source, bool FromStart, PeerProof Proof)> Bound { get; } = [];

        public List<ConnectionInfo> Learnt { get; } = [];

        public void Open(ConnectionInfo connection)
        {
        }

        public void Accept(in Segment segment)
        {
        }

        public void ProtocolFound(ConnectionId id, Protocol protocol)
        {
        }

        public void BindTls(ConnectionId id, SegmentSource source, bool fromStart, PeerProof proof) =>
            Bound.Add((id.Value, source, fromStart, proof));

        public void LearnPeer(ConnectionInfo connection) => Learnt.Add(connection);

        public void Close(ConnectionId id, long time)
        {
        }

        public void Advance(long now)
        {
        }
    }
}
