// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;

namespace L7Trace.Micro;

/// <summary>
/// One connection from its first byte to its close, as segments that lie in memory: what the parsers are given, and nothing else. A
/// round is the whole of it, with offsets and times as they come from a kernel.
/// </summary>
internal sealed class ParserLoad : IExchangeHandler
{
    private const long Epoch = 1_700_000_000_000_000_000;
    private const int CallSize = 16 * 1024;

    private readonly List<(Direction Direction, byte[] Bytes)> _calls = [];
    private readonly TraceEngine _engine;
    private ulong _connection;
    private long _time = Epoch;

    /// <summary>Makes one; bytes are put into it by <see cref="Ask"/> and <see cref="Answer"/>.</summary>
    public ParserLoad(string name, int port)
    {
        Name = name;
        Port = port;
        _engine = new TraceEngine(this, ParseLimits.Default with { MaxBodyPrefix = 0 });
    }

    /// <summary>Its name, a word.</summary>
    public string Name { get; }

    /// <summary>The server's port.</summary>
    public int Port { get; }

    /// <summary>Exchanges in a round; also those of the login and the goodbye.</summary>
    public int Exchanges { get; init; }

    /// <summary>Bytes in a round, both directions.</summary>
    public long Bytes => _calls.Sum(static call => (long)call.Bytes.Length);

    /// <summary>Segments in a round.</summary>
    public int Segments => _calls.Count;

    /// <summary>Exchanges found so far that are complete and done.</summary>
    public long Whole { get; private set; }

    /// <summary>Exchanges found so far.</summary>
    public long Found { get; private set; }

    /// <summary>The client sends these bytes, in calls of at most 16 KiB.</summary>
    public ParserLoad Ask(params byte[] bytes) => Add(Direction.Egress, bytes);

    /// <summary>The server sends these bytes, in calls of at most 16 KiB.</summary>
    public ParserLoad Answer(params byte[] bytes) => Add(Direction.Ingress, bytes);

    /// <summary>The same bytes in calls of at most so many.</summary>
    public ParserLoad InCallsOf(int bytes)
    {
        var cut = new ParserLoad(Name, Port) { Exchanges = Exchanges };
        cut._calls.AddRange(_calls.SelectMany(call => call.Bytes.Chunk(bytes), static (call, part) => (call.Direction, part)));
        return cut;
    }

    /// <summary>Plays one round.</summary>
    public void Play()
    {
        var id = new ConnectionId(++_connection);
        _engine.Open(new ConnectionInfo
        {
            Id = id,
            Role = EndpointRole.Client,
            RoleEvidence = RoleEvidence.Connect,
            FromStart = true,
            OffsetsKnown = true,
            Local = new IPEndPoint(IPAddress.Loopback, 50_000),
            Remote = new IPEndPoint(IPAddress.Loopback, Port),
        });
        Span<ulong> offsets = [0, 0];
        foreach (var (direction, bytes) in _calls)
        {
            _time += 1_000;
            _engine.Accept(new Segment
            {
                Connection = id,
                Direction = direction,
                StreamOffset = offsets[(int)direction],
                ByteCount = (ulong)bytes.Length,
                Head = bytes,
                Time = new SegmentTime(_time - 500, _time),
            });
            offsets[(int)direction] += (ulong)bytes.Length;
        }

        _engine.Close(id, _time);
    }

    void IExchangeHandler.OnExchange(Exchange exchange)
    {
        Found++;
        Whole += exchange is { State: ExchangeState.Done or ExchangeState.OneWay, Completeness.Kind: CompletenessKind.Complete } ? 1 : 0;
    }

    private ParserLoad Add(Direction direction, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; at += CallSize)
        {
            _calls.Add((direction, bytes[at..Math.Min(bytes.Length, at + CallSize)]));
        }

        return this;
    }
}
