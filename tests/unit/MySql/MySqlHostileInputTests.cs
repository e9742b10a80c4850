// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers;
using L7Trace.Parsers.Compression;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.Parsers.Streams;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

public sealed class MySqlHostileInputTests
{
    [Fact]
    public void Random_bytes_behind_a_login_never_throw()
    {
        var random = new Random(4711);
        for (var round = 0; round < 300; round++)
        {
            var talk = Conversation.AtClient().Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags)).Server(Wire.Ok(2));
            for (var i = 0; i < 30; i++)
            {
                var bytes = new byte[random.Next(1, 200)];
                random.NextBytes(bytes);
                if (random.Next(2) == 0 && bytes.Length > 4)
                {
                    (bytes[0], bytes[1], bytes[2], bytes[3]) = ((byte)(bytes.Length - 4), 0, 0, (byte)random.Next(3));
                }

                _ = random.Next(2) == 0 ? talk.Client(bytes) : talk.Server(bytes);
            }

            talk.Finish(close: true);
            Assert.True(talk.Engine.Counters.Faults == 0, $"round {round} threw");
        }
    }

    [Fact]
    public void A_conversation_is_the_same_however_it_is_cut()
    {
        for (var size = 1; size < 40; size++)
        {
            var exchanges = Conversation.AtServer()
                .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags)).Server(Wire.Ok(2))
                .Client(Wire.Query("SELECT 'ä'")).Server(Wire.ResultSet(false, 3, 2))
                .Client(Wire.Query("bad")).Server(Wire.Err(1, 1064))
                .Client(Wire.Command(MySqlCommand.Quit)).InPiecesOf(size).Finish();

            Assert.Equal([MySqlCommand.Connect, MySqlCommand.Query, MySqlCommand.Query, MySqlCommand.Quit],
                exchanges.Select(e => ((MySqlExchange)e).Command));
            Assert.Equal(3, ((MySqlExchange)exchanges[1]).ReturnedRows);
            Assert.Equal("SELECT 'ä'", ((MySqlExchange)exchanges[1]).StatementText);
            Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
        }
    }

    [Fact]
    public void Rows_are_counted_without_allocating()
    {
        var answer = Wire.ResultSet(true, 1000, row: i => Wire.LengthEncoded(new string('x', i % 200)));
        var window = new StreamWindow();
        var (session, offset) = SessionAfterQuery(window);
        window.Set(new ArraySegment<byte>(answer, 0, 100), offset);
        window.Mark(offset, offset + (ulong)answer.Length, new SegmentTime(10, 11));
        session.Read(Direction.Ingress, window);

        window.Set(new ArraySegment<byte>(answer, 100, answer.Length - 120), offset + 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        session.Read(Direction.Ingress, window);

        // Fewer bytes than an object for each row would take, more than a collection on another thread adds.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024);
        Assert.True(window.IsEmpty || window.Length < 4);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("*1\r\n$4\r\nPING\r\n")]
    [InlineData("\u0016\u0003\u0001\u0001\u0000\u0001\u0000\u0000\u0003\u0003")]
    [InlineData("\0\0\0\u0008\u0004\u0001\0\u0003")]
    public void Other_protocols_are_not_taken_for_it(string text)
    {
        var bytes = text.Select(c => (byte)c).ToArray();
        foreach (var fromStart in (bool[])[true, false])
        {
            foreach (var role in Enum.GetValues<EndpointRole>())
            {
                var result = new MySqlDetector(new InflaterPool(Inflaters.Default)).Detect(new ReadOnlySequence<byte>(bytes), Direction.Egress, role, fromStart, (ulong)bytes.Length);
                Assert.True(result is DetectionResult.No or DetectionResult.Maybe);
            }
        }
    }

    [Fact]
    public void A_command_is_recognised_in_mid_connection_also_when_its_header_is_read_alone()
    {
        var query = Wire.Query("SELECT 1");
        var detector = new MySqlDetector(new InflaterPool(Inflaters.Default));

        Assert.Equal(DetectionResult.FromClient, detector.Detect(new(query), Direction.Egress, EndpointRole.Client, false, (ulong)query.Length));
        Assert.Equal(DetectionResult.Maybe, detector.Detect(new(query[..4]), Direction.Ingress, EndpointRole.Server, false, 4));
        Assert.Equal(DetectionResult.FromClient, detector.Detect(new(query), Direction.Ingress, EndpointRole.Server, false, 4));
        Assert.Equal(DetectionResult.No, detector.Detect(new(query), Direction.Ingress, EndpointRole.Server, false, (ulong)query.Length + 1));
    }

    private static (MySqlSession Session, ulong Offset) SessionAfterQuery(StreamWindow window)
    {
        var connection = new ConnectionInfo { Id = new ConnectionId(1), Role = EndpointRole.Client };
        var session = new MySqlSession(new SessionContext(connection, new Conversation(EndpointRole.Client), ParseLimits.Default, true, false, SegmentSource.Socket));
        ulong client = 0, server = 0;
        foreach (var (fromClient, bytes) in new (bool, byte[])[]
                 {
                     (false, Wire.Greeting()), (true, Wire.Login(Wire.ClientFlags | 1u << 24)), (false, Wire.Ok(2)), (true, Wire.Query("SELECT 1")),
                 })
        {
            ref var offset = ref fromClient ? ref client : ref server;
            window.ClearMarks();
            window.Set(bytes, offset);
            window.Mark(offset, offset + (ulong)bytes.Length, new SegmentTime(1, 2));
            session.Read(fromClient ? Direction.Egress : Direction.Ingress, window);
            offset += (ulong)bytes.Length;
        }

        window.ClearMarks();
        return (session, server);
    }
}
