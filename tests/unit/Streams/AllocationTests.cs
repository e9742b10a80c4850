// SPDX-License-Identifier: Apache-2.0
using System.Net;
using L7Trace.Parsers;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.MySql;
using Xunit;

namespace L7Trace.UnitTests.Streams;

/// <summary>
/// Bytes allocated from segment to exchange, which is what speed hangs on and, unlike time, the same in every run. The
/// bounds have room for a few fields more; they are not there to be raised for anything that is made per packet or row.
/// </summary>
public sealed class AllocationTests
{
    private const int Warm = 200;
    private const int Measured = 2000;

    [Theory]
    [InlineData(1)]
    [InlineData(400)]
    public void A_statement_costs_its_exchange_however_many_rows_answer_it(int rows) =>
        AssertPerExchange(900, Wire.Query("SELECT c FROM t WHERE id = 1"), Wire.ResultSet(false, rows: rows));

    [Fact]
    public void A_request_costs_its_exchange_and_its_headers_bytes() =>
        AssertPerExchange(900, HttpTalk.Bytes(HttpTalk.Get("/a", "User-Agent: x\r\nAccept: */*\r\n")), HttpTalk.Bytes(HttpTalk.Ok(1000)));

    // The answer comes in calls of a hundred bytes: segments cost nothing either.
    private static void AssertPerExchange(long most, byte[] request, byte[] response)
    {
        var counter = new Counter();
        var engine = new TraceEngine(counter, ParseLimits.Default with { MaxBodyPrefix = 0 });
        engine.Open(new ConnectionInfo
        {
            Id = new ConnectionId(1),
            Role = EndpointRole.Client,
            RoleEvidence = RoleEvidence.Connect,
            Local = new IPEndPoint(IPAddress.Loopback, 50000),
            Remote = new IPEndPoint(IPAddress.Loopback, 3306),
        });
        var (sent, received, time) = (0UL, 0UL, 1_000_000_000L);
        long before = 0;
        for (var i = 0; i < Warm + Measured; i++)
        {
            before = i == Warm ? GC.GetAllocatedBytesForCurrentThread() : before;
            Send(engine, Direction.Egress, request, ref sent, ref time);
            for (var at = 0; at < response.Length; at += 100)
            {
                Send(engine, Direction.Ingress, response.AsSpan(at, Math.Min(100, response.Length - at)), ref received, ref time);
            }
        }

        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / Measured;
        Assert.InRange(counter.Count, Warm + Measured - 2, Warm + Measured);
        Assert.InRange(allocated, 1, most);
    }

    private static void Send(TraceEngine engine, Direction direction, ReadOnlySpan<byte> bytes, ref ulong offset, ref long time)
    {
        time += 1000;
        engine.Accept(new Segment
        {
            Connection = new ConnectionId(1),
            Direction = direction,
            StreamOffset = offset,
            ByteCount = (ulong)bytes.Length,
            Head = bytes,
            Time = new SegmentTime(time, time),
        });
        offset += (ulong)bytes.Length;
    }

    private sealed class Counter : IExchangeHandler
    {
        public int Count { get; private set; }

        public void OnExchange(Exchange exchange) => Count++;
    }
}
