// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.Probe.Compression;

namespace L7Trace.Fuzz;

/// <summary>
/// The parsers fed as by a kernel that may say anything: calls of one connection with any offsets, lengths, holes,
/// times and bytes. A fault inside a parser, an exchange that contradicts itself, or memory beyond the limits is a find.
/// </summary>
internal static class SegmentTarget
{
    private const long Epoch = 1_700_000_000_000_000_000;

    // Small, so that their edges are met.
    private static readonly ParseLimits s_limits = new()
    {
        MaxStatementText = 512,
        MaxPreparedStatements = 8,
        MaxPreparedText = 1024,
        MaxHeaderBlock = 512,
        MaxOutstanding = 8,
        MaxBodyPrefix = 64,
        MaxBuffered = 4096,
        MaxReordered = 4096,
        MaxConnections = 4,
        MaxDetection = 256,
    };

    /// <summary>What was thrown last: the engine catches a parser's failure and only counts it.</summary>
    public static Exception? LastException { get; set; }

    /// <summary>One run. The first byte is the connection's role and age; then come calls: see the code.</summary>
    public static void Run(byte[] input)
    {
        var handler = new Checker();
        var engine = new TraceEngine(handler, s_limits, ProbeInflaters.All);
        var reader = new InputReader(input);
        var first = reader.Byte();
        var fromStart = (first & 4) != 0;
        var next = new ulong[4]; // of each direction on the socket, then in the plaintext
        var id = new ConnectionId(1);
        engine.Open(new ConnectionInfo
        {
            Id = id,
            Role = (EndpointRole)Math.Min(first & 3, 2),
            FromStart = fromStart,
            OffsetsKnown = fromStart || (first & 8) != 0,
        });
        var now = Epoch;
        while (!reader.IsAtEnd)
        {
            var what = reader.Byte();
            var direction = (Direction)(what & 1);
            now += (what & 2) != 0 ? reader.Byte() * 1_000_000L : 1000;
            var shift = (what & 4) != 0 ? (sbyte)reader.Byte() : 0;
            var length = (what & 8) != 0 ? BinaryPrimitives.ReadUInt16LittleEndian(reader.Bytes(2, pad: true)) : reader.Byte();
            var missing = (what & 16) != 0 ? reader.Byte() : 0;
            var tail = (what & 32) != 0 ? reader.Byte() : 0;
            var more = (what & 64) != 0 ? reader.Byte() : 0;
            var flags = (SegmentFlags)(more & 15);
            var source = (more & 16) != 0 ? SegmentSource.OpenSsl : SegmentSource.Socket;
            var head = reader.Bytes(length, pad: false);
            var end = reader.Bytes(missing > 0 ? tail : 0, pad: false);
            ref var offset = ref next[(int)direction + (source == SegmentSource.OpenSsl ? 2 : 0)];
            var count = (ulong)(head.Length + missing + end.Length);
            engine.Accept(new Segment
            {
                Connection = id,
                Direction = direction,
                Flags = flags,
                Source = source,
                StreamOffset = unchecked(offset + (ulong)shift),
                ByteCount = count,
                Head = head,
                Tail = end,
                Time = new SegmentTime(now - 500, now),
            });
            offset = unchecked(offset + (ulong)shift + count);
            if ((what & 128) != 0)
            {
                engine.Advance(now);
            }
        }

        engine.VisitInFlight(handler.OnExchange);
        engine.End(now + 1_000_000_000);
        engine.Close(id, now + 1_000_000_000);
        if (engine.Counters.Faults > 0)
        {
            throw new InvalidOperationException("a parser failed", LastException);
        }
    }

    private sealed class Checker : IExchangeHandler
    {
        public void OnExchange(Exchange exchange)
        {
            if (exchange.State == ExchangeState.Done && exchange.Completeness.Kind == CompletenessKind.Complete &&
                exchange is { Request.Seen: true, Response.Seen: true } &&
                exchange.Response.Last.Exit < exchange.Request.First.Enter)
            {
                throw new InvalidOperationException("an answer that ended before its request began");
            }
        }
    }

    private ref struct InputReader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public byte Byte()
        {
            if (_rest.IsEmpty)
            {
                return 0;
            }

            var value = _rest[0];
            _rest = _rest[1..];
            return value;
        }

        public ReadOnlySpan<byte> Bytes(int count, bool pad)
        {
            var taken = _rest[..Math.Min(count, _rest.Length)];
            _rest = _rest[taken.Length..];
            return pad && taken.Length < count ? new byte[count] : taken;
        }
    }
}
