// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Http1;
using Xunit;

namespace L7Trace.UnitTests.Streams;

/// <summary>
/// What a connection and its first exchange allocate: the same in every run, and no less than what the engine holds of the
/// connection while it is idle.
/// </summary>
public sealed class ConnectionMemoryTests
{
    private const int Warm = 100;
    private const int Measured = 1000;

    [Fact]
    public void A_connection_with_one_exchange_allocates_less_than_4_kib()
    {
        var request = HttpTalk.Bytes(HttpTalk.Get("/a", "User-Agent: x\r\nAccept: */*\r\n"));
        var response = HttpTalk.Bytes(HttpTalk.Ok(1000));
        var counter = new Counter();
        var engine = new TraceEngine(counter, ParseLimits.Default with { MaxBodyPrefix = 0 });
        long before = 0;
        for (var i = 1; i <= Warm + Measured; i++)
        {
            before = i == Warm + 1 ? GC.GetAllocatedBytesForCurrentThread() : before;
            var id = new ConnectionId((ulong)i);
            engine.Open(new ConnectionInfo
            {
                Id = id,
                FromStart = true,
                Role = EndpointRole.Client,
                RoleEvidence = RoleEvidence.Connect,
                Local = new IPEndPoint(IPAddress.Loopback, 50000),
                Remote = new IPEndPoint(IPAddress.Loopback, 3306),
            });
            Send(engine, id, Direction.Egress, request, 1_000_000_000L + (i * 2000));
            Send(engine, id, Direction.Ingress, response, 1_000_001_000L + (i * 2000));
        }

        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / Measured;
        Assert.Equal(Warm + Measured, counter.Count);
        Assert.InRange(allocated, 1000, 4096);
    }

    private static void Send(TraceEngine engine, ConnectionId id, Direction direction, byte[] bytes, long time) => engine.Accept(new Segment
    {
        Connection = id,
        Direction = direction,
        StreamOffset = 0,
        ByteCount = (ulong)bytes.Length,
        Head = bytes,
        Time = new SegmentTime(time, time),
    });

    private sealed class Counter : IExchangeHandler
    {
        public int Count { get; private set; }

        public void OnExchange(Exchange exchange) => Count++;
    }
}
