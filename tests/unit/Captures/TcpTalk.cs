// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Probe.Captures;
using L7Trace.Probe.Captures.Packets;

namespace L7Trace.UnitTests.Captures;

/// <summary>Packets of one client and one server as a pcap file, and what comes out of it.</summary>
internal sealed class TcpTalk : IExchangeHandler
{
    private readonly PcapBuilder _file = new(101);
    private readonly List<(uint Seconds, uint Micros, byte[] Packet, uint Original)> _packets = [];
    private long _micros = 1_000_000;

    public uint ClientIsn { get; set; } = 1000;

    public uint ServerIsn { get; set; } = 5000;

    public ushort ClientPort { get; set; } = 40000;

    public List<string> Exchanges { get; } = [];

    public List<Exchange> Found { get; } = [];

    public TraceEngine? Engine { get; private set; }

    public CapturePlayer? Player { get; private set; }

    public static string Get(int number) => $"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n";

    public static string Ok(int number) => $"HTTP/1.1 200 OK\r\nContent-Length: {number.ToString().Length}\r\n\r\n{number}";

    public TcpTalk Wait(long milliseconds)
    {
        _micros += milliseconds * 1000;
        return this;
    }

    public TcpTalk Handshake() => Client(TcpFlag.Syn, -1).Server(TcpFlag.Syn | TcpFlag.Ack, -1).Client(TcpFlag.Ack, 0);

    /// <summary>From the client: flags, offset of the first byte in its stream, text, what it acknowledges.</summary>
    public TcpTalk Client(TcpFlag flags, long at, string text = "", long ack = 0, int? captured = null) =>
        Send(true, flags, (uint)(ClientIsn + 1 + at), (uint)(ServerIsn + 1 + ack), text, captured);

    public TcpTalk Server(TcpFlag flags, long at, string text = "", long ack = 0, int? captured = null) =>
        Send(false, flags, (uint)(ServerIsn + 1 + at), (uint)(ClientIsn + 1 + ack), text, captured);

    public byte[] Build()
    {
        foreach (var (seconds, micros, packet, original) in _packets)
        {
            _file.Packet(seconds, micros, packet, original);
        }

        _packets.Clear();
        return _file.Bytes;
    }

    public TcpTalk Read()
    {
        Player = CapturePlayer.Open([("talk", (Stream)new MemoryStream(Build()))]);
        using (Player)
        {
            Engine = new TraceEngine(this);
            Player.Run(Engine, static _ => { }, CancellationToken.None);
            Engine.VisitInFlight(OnExchange);
        }

        return this;
    }

    public void OnExchange(Exchange exchange)
    {
        var http = (HttpExchange)exchange;
        Found.Add(exchange);
        Exchanges.Add($"{http.Target} {http.StatusCode} {Encoding.ASCII.GetString(http.ResponseBodyPrefix.Span)} {exchange.State} {exchange.Completeness.Kind}");
    }

    private TcpTalk Send(bool fromClient, TcpFlag flags, uint sequence, uint ack, string text, int? captured)
    {
        var packet = new byte[40 + text.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 6;
        packet[12] = packet[16] = 10;
        packet[15] = (byte)(fromClient ? 1 : 2);
        packet[19] = (byte)(fromClient ? 2 : 1);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(20), fromClient ? ClientPort : (ushort)80);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(22), fromClient ? (ushort)80 : ClientPort);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(24), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(28), ack);
        packet[32] = 0x50;
        packet[33] = (byte)flags;
        Encoding.ASCII.GetBytes(text).CopyTo(packet, 40);
        _micros += 100;
        _packets.Add(((uint)(_micros / 1_000_000), (uint)(_micros % 1_000_000),
            captured is { } keep ? packet[..(40 + keep)] : packet, (uint)packet.Length));
        return this;
    }
}
