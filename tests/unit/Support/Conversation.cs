// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Compression;

namespace L7Trace.UnitTests.Support;

/// <summary>
/// A conversation as the tests tell it: the client sends, the server answers, bytes get lost, and the exchanges that
/// the engine makes of it come out. One millisecond passes between two messages.
/// </summary>
internal sealed class Conversation : IExchangeHandler
{
    public const long Epoch = 1_700_000_000_000_000_000;
    private const long Millisecond = 1_000_000;

    private readonly List<Call> _calls = [];
    private readonly ulong[] _offsets = [1000, 5000];
    private readonly ulong[] _plaintextOffsets = [0, 0];
    private long _clock = Epoch;

    public Conversation(EndpointRole role, bool fromStart = true, EndpointRole? knownRole = null, ParseLimits? limits = null)
    {
        Role = role;
        Connection = new ConnectionInfo
        {
            Id = new ConnectionId(42),
            Role = knownRole ?? role,
            RoleEvidence = (knownRole ?? role) == EndpointRole.Unknown ? RoleEvidence.None : RoleEvidence.Connect,
            ProcessId = 4242,
            ProcessCommand = "test",
            Local = new IPEndPoint(IPAddress.Loopback, role == EndpointRole.Client ? 50000 : 3306),
            Remote = new IPEndPoint(IPAddress.Loopback, role == EndpointRole.Client ? 3306 : 50000),
            FromStart = fromStart,
            OffsetsKnown = true,
            EgressOffset = _offsets[0],
            IngressOffset = _offsets[1],
            FirstSeen = Epoch,
        };
        Engine = new TraceEngine(this, limits, ProbeInflaters.All) { ProtocolFound = (_, protocol) => Found.Add(protocol) };
        Engine.Open(Connection);
    }

    /// <summary>Side of the traced process.</summary>
    public EndpointRole Role { get; }

    public ConnectionInfo Connection { get; }

    public TraceEngine Engine { get; }

    /// <summary>The protocols that the source was told, in order.</summary>
    public List<Protocol> Found { get; } = [];

    /// <summary>What came out so far.</summary>
    public List<Exchange> Exchanges { get; } = [];

    public static Conversation AtClient(bool fromStart = true) => new(EndpointRole.Client, fromStart);

    public static Conversation AtServer(bool fromStart = true) => new(EndpointRole.Server, fromStart);

    /// <summary>The client sends these bytes in one call.</summary>
    public Conversation Client(params byte[] bytes) => Add(Role.RequestDirection(), bytes, bytes.Length, 0);

    /// <summary>The server sends these bytes in one call.</summary>
    public Conversation Server(params byte[] bytes) => Add(Role.RequestDirection().Opposite(), bytes, bytes.Length, 0);

    /// <summary>The client writes these bytes through its TLS library.</summary>
    public Conversation ClientTls(params byte[] bytes) => AddTls(Role.RequestDirection(), bytes);

    /// <summary>The server writes these bytes through its TLS library.</summary>
    public Conversation ServerTls(params byte[] bytes) => AddTls(Role.RequestDirection().Opposite(), bytes);

    /// <summary>The client sends one call of which only the first and last bytes are captured.</summary>
    public Conversation ClientCut(byte[] bytes, int head, int tail = 0) => Add(Role.RequestDirection(), bytes, head, tail);

    /// <summary>The server sends one call of which only the first and last bytes are captured.</summary>
    public Conversation ServerCut(byte[] bytes, int head, int tail = 0) =>
        Add(Role.RequestDirection().Opposite(), bytes, head, tail);

    /// <summary>The direction of the client (or server) ends.</summary>
    public Conversation EndOfStream(bool ofServer)
    {
        var direction = ofServer ? Role.RequestDirection().Opposite() : Role.RequestDirection();
        _calls.Add(new Call(direction, _offsets[(int)direction], [], 0, 0, Tick(), SegmentFlags.EndOfStream));
        return this;
    }

    /// <summary>The last call is lost as a whole: its bytes moved, nothing of it was captured.</summary>
    public Conversation Lost()
    {
        _calls.RemoveAt(_calls.Count - 1);
        return this;
    }

    /// <summary>Time passes.</summary>
    public Conversation Pause(int milliseconds)
    {
        _clock += milliseconds * Millisecond;
        return this;
    }

    /// <summary>The last two calls reach the tracer in the wrong order.</summary>
    public Conversation SwapLastTwo()
    {
        (_calls[^1], _calls[^2]) = (_calls[^2], _calls[^1]);
        return this;
    }

    /// <summary>Every call so far is replaced by calls of at most this many bytes.</summary>
    public Conversation InPiecesOf(int size)
    {
        var whole = _calls.ToArray();
        _calls.Clear();
        foreach (var call in whole)
        {
            _calls.AddRange(call.Split(size));
        }

        return this;
    }

    /// <summary>Every byte of every call of the traced conversation, for tests that lose or cut at random.</summary>
    public IReadOnlyList<Call> Calls => _calls;

    /// <summary>Drops the call at this index.</summary>
    public void RemoveCall(int index) => _calls.RemoveAt(index);

    /// <summary>Hands the calls to the engine and forgets them.</summary>
    public Conversation Deliver()
    {
        foreach (var call in _calls)
        {
            Engine.Accept(new Segment
            {
                Connection = Connection.Id,
                Direction = call.Direction,
                StreamOffset = call.Offset,
                ByteCount = (ulong)call.Bytes.Length,
                Head = call.Bytes.AsSpan(0, call.Head),
                Tail = call.Bytes.AsSpan(call.Bytes.Length - call.Tail),
                Flags = call.Flags,
                Source = call.Source,
                Time = new SegmentTime(call.Time, call.Time + 1000, Connection.ProcessId, Connection.ProcessId),
            });
        }

        _calls.Clear();
        return this;
    }

    /// <summary>Delivers, waits until every wait is over, and gives what came out.</summary>
    public List<Exchange> Finish(bool close = false)
    {
        Deliver();
        _clock += 1_000 * Millisecond;
        Engine.Advance(_clock);
        if (close)
        {
            Engine.Close(Connection.Id, _clock);
        }

        return Exchanges;
    }

    /// <summary>What is in flight now.</summary>
    public List<Exchange> InFlight()
    {
        var list = new List<Exchange>();
        Engine.VisitInFlight(list.Add);
        return list;
    }

    void IExchangeHandler.OnExchange(Exchange exchange) => Exchanges.Add(exchange);

    private Conversation Add(Direction direction, byte[] bytes, int head, int tail)
    {
        _calls.Add(new Call(direction, _offsets[(int)direction], bytes, head, tail, Tick(), SegmentFlags.None));
        _offsets[(int)direction] += (ulong)bytes.Length;
        return this;
    }

    private Conversation AddTls(Direction direction, byte[] bytes)
    {
        _calls.Add(new Call(direction, _plaintextOffsets[(int)direction], bytes, bytes.Length, 0, Tick(), SegmentFlags.None) { Source = SegmentSource.OpenSsl });
        _plaintextOffsets[(int)direction] += (ulong)bytes.Length;
        return this;
    }

    private long Tick() => _clock += Millisecond;

    /// <summary>One call of the conversation.</summary>
    internal sealed record Call(
        Direction Direction, ulong Offset, byte[] Bytes, int Head, int Tail, long Time, SegmentFlags Flags)
    {
        /// <summary>When the call returned; null: soon.</summary>
        public long? Exit { get; init; }

        /// <summary>Where it was taken.</summary>
        public SegmentSource Source { get; init; }

        public IEnumerable<Call> Split(int size)
        {
            if (Bytes.Length == 0)
            {
                yield return this;
            }

            for (var at = 0; at < Bytes.Length; at += size)
            {
                var piece = Bytes[at..Math.Min(Bytes.Length, at + size)];
                yield return new Call(Direction, Offset + (ulong)at, piece, piece.Length, 0, Time + at, Flags) { Source = Source };
            }
        }
    }
}
