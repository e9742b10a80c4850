// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using L7Trace.Export;
using L7Trace.Parsers.Model;
using L7Trace.UnitTests.Http1;
using L7Trace.UnitTests.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySqlX;

/// <summary>MySQL's X Protocol is recognised from its first bytes and named; nothing else is taken for it, and it for nothing else.</summary>
public sealed class MySqlXDetectionTests
{
    private static readonly byte[] s_hello = Convert.FromHexString("050000000b08051a00");
    private static readonly EndpointRole[] s_roles = [EndpointRole.Client, EndpointRole.Server];

    [Theory]
    [InlineData("mysqlx")]
    [InlineData("mysqlx-auth")]
    public void The_X_protocol_is_recognised_and_named_and_its_messages_are_not_read(string name)
    {
        foreach (var (role, known, size) in Ways())
        {
            var talk = new Conversation(role, knownRole: known).Tell(name).InPiecesOf(size);

            Assert.Empty(talk.Finish(close: true));
            Assert.Equal([Protocol.MySqlX], talk.Found);
            Assert.Equal((1ul, 0ul), (talk.Engine.Counters.Unparsed, talk.Engine.Counters.Faults));
            Assert.Equal(role, talk.Connection.Role);
        }
    }

    [Theory]
    [InlineData("mysqlx")]
    [InlineData("mysqlx-auth")]
    public void A_server_that_says_nothing_first_is_known_by_what_it_answers(string name)
    {
        foreach (var (role, known, size) in Ways())
        {
            var talk = new Conversation(role, knownRole: known);
            foreach (var (fromClient, bytes) in RecordedTalk.Calls(name).Skip(1))
            {
                _ = fromClient ? talk.Client(bytes) : talk.Server(bytes);
            }

            Assert.Empty(talk.InPiecesOf(size).Finish(close: true));
            Assert.Equal([Protocol.MySqlX], talk.Found);
        }
    }

    [Fact]
    public void That_it_is_not_read_is_said_at_the_end()
    {
        var talk = Conversation.AtClient().Tell("mysqlx");
        talk.Finish(close: true);
        var summary = new TraceSummary();
        summary.Losses.Take(talk.Engine.Counters);

        Assert.Contains("1 connection of MySQL's X Protocol, which l7trace recognises and does not parse yet", LossText.Of(summary), StringComparison.Ordinal);
        Assert.Equal("mysqlx", Words.Of(talk.Found.Single()));
    }

    [Theory]
    [InlineData("mysqlx")]
    [InlineData("mysqlx-auth")]
    public void Joined_at_any_call_it_is_taken_for_nothing_else(string name)
    {
        var calls = RecordedTalk.Calls(name).Count;
        foreach (var role in s_roles)
        {
            for (var joined = 0; joined < calls; joined++)
            {
                foreach (var known in (EndpointRole[])[role, EndpointRole.Unknown])
                {
                    var talk = new Conversation(role, fromStart: false, knownRole: known).Tell(name);
                    for (var i = 0; i < joined; i++)
                    {
                        talk.RemoveCall(0);
                    }

                    Assert.Empty(talk.Finish(close: true));
                    Assert.DoesNotContain(Protocol.MySql, talk.Found);
                    Assert.DoesNotContain(Protocol.MySqlX, talk.Found); // its frames have no shape of their own there
                }
            }
        }
    }

    [Fact]
    public void No_stream_of_MySql_or_of_HTTP_is_taken_for_it()
    {
        foreach (var name in RecordedTalk.Names)
        {
            foreach (var (role, known, size) in Ways())
            {
                var talk = new Conversation(role, knownRole: known).Tell(name).InPiecesOf(size);
                talk.Finish(close: true);
                Assert.Equal([Protocol.MySql], talk.Found);
            }
        }

        foreach (var (role, known, size) in Ways())
        {
            var talk = new Conversation(role, knownRole: known).Ask(HttpTalk.Get("/a")).Answer(HttpTalk.Ok(10)).InPiecesOf(size);
            talk.Finish(close: true);
            Assert.Equal([Protocol.Http1], talk.Found);
            var http2 = new Conversation(role, knownRole: known).Client([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 }])
                .Server(0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100).InPiecesOf(size);
            http2.Finish(close: true);
            Assert.DoesNotContain(Protocol.MySqlX, http2.Found);
        }
    }

    [Theory]
    [InlineData("050000000b08061a00")]             // a notice of a type that there is not
    [InlineData("050000000b08051a01")]             // that ends behind its frame
    [InlineData("060000000b08051a0000")]           // with a byte too many
    [InlineData("0b000000040a05504c41496e1200")]   // a mechanism in lower case
    [InlineData("0100000002")]                     // a type without its body
    [InlineData("ffffff7f0b08051a00")]             // longer than anything
    [InlineData("0d000000020a0b0a0905414243440000")] // no protobuf
    public void What_only_begins_like_it_is_left_alone(string first)
    {
        var bytes = Convert.FromHexString(first);
        foreach (var fromClient in (bool[])[true, false])
        {
            var talk = new Conversation(EndpointRole.Client, knownRole: EndpointRole.Unknown);
            for (var i = 0; i < 12; i++)
            {
                _ = fromClient ? talk.Client(bytes) : talk.Server(bytes);
            }

            Assert.Empty(talk.Finish(close: true));
            Assert.DoesNotContain(Protocol.MySqlX, talk.Found);
        }
    }

    [Fact]
    public void Random_messages_are_read_without_an_exception_and_seldom_believed()
    {
        var random = new Random(3);
        var believed = 0;
        for (var round = 0; round < 5000; round++)
        {
            var body = new byte[random.Next(40)];
            random.NextBytes(body);
            for (var i = 0; i < body.Length; i++)
            {
                body[i] = random.Next(2) == 0 ? (byte)(body[i] & 0x1f) : body[i];
            }

            var frame = new byte[5 + body.Length];
            BinaryPrimitives.WriteInt32LittleEndian(frame, 1 + body.Length);
            frame[4] = (byte)((int[])[1, 2, 4, 11])[random.Next(4)];
            body.CopyTo(frame, 5);
            var talk = new Conversation(EndpointRole.Client, knownRole: EndpointRole.Unknown).Client(frame).Client(frame);
            talk.Finish(close: true);
            believed += talk.Found.Contains(Protocol.MySqlX) ? 1 : 0;
            Assert.Equal(0ul, talk.Engine.Counters.Faults);
        }

        Assert.InRange(believed, 0, 50);
    }

    [Fact]
    public void The_same_connection_in_tls_counts_once()
    {
        var talk = Conversation.AtClient().Server(s_hello).ServerTls(s_hello).ServerTls(s_hello);
        talk.Finish(close: true);

        Assert.Equal(1ul, talk.Engine.Counters.Unparsed);
    }

    private static IEnumerable<(EndpointRole Role, EndpointRole Known, int Size)> Ways() =>
        from role in s_roles
        from known in (EndpointRole[])[role, EndpointRole.Unknown]
        from size in (int[])[1, 2, 4, 5, 7, 100_000]
        select (role, known, size);
}
