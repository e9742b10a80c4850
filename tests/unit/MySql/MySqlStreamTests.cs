// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>Commands that are answered by a stream: a dump of the binary log, a clone. What is behind it is never an answer.</summary>
public sealed class MySqlStreamTests
{
    private const uint DeprecateEof = 1u << 24;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stream_of_the_binary_log_is_one_way_and_nothing_behind_it_is_an_answer(bool gtid)
    {
        var talk = LoggedIn().Client(gtid ? DumpByGtid(flags: 0, server: 9) : Dump(flags: 0, server: 9));
        var over = 0;
        talk.Engine.NothingMoreIsRead = _ => over++;
        Assert.Equal(ExchangeState.Running, Assert.Single(talk.Deliver().InFlight()).State); // not refused yet

        talk.Server(Event(1)).Deliver();
        var dump = (MySqlExchange)talk.Exchanges[1];
        Assert.Equal((ExchangeState.OneWay, true, null), (dump.State, dump.IsStream, dump.BinlogEvents));
        Assert.Equal(new MySqlBinlogDump("log.000007", 0x1_0000_0004 & (gtid ? ulong.MaxValue : uint.MaxValue), 9, IsFinite: false), dump.BinlogDump);

        for (var sequence = 2; sequence < 600; sequence++)
        {
            talk.Server(Event((byte)sequence)).Client(Wire.Query("SELECT 1")); // a replica's acknowledgement may look like anything
        }

        Assert.Empty(talk.Deliver().InFlight());
        Assert.Equal(2, talk.Finish(close: true).Count);
        Assert.Equal((1, Protocol.MySql), (over, Assert.Single(talk.Found))); // the source may leave the rest out
    }

    [Theory]
    [InlineData(1, 9)]
    [InlineData(0, 0)]
    public void A_dump_that_ends_with_the_log_is_one_exchange_with_the_number_of_its_events(int flags, uint server)
    {
        foreach (var size in (int[])[1, 3, 7, 1000])
        {
            var over = 0;
            var talk = LoggedIn().Client(Dump((ushort)flags, server));
            talk.Engine.NothingMoreIsRead = _ => over++;
            for (var sequence = 1; sequence <= 300; sequence++)
            {
                talk.Server(Event((byte)sequence));
            }

            var exchanges = talk.Server(Wire.Eof(301 & 0xff)).Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(true, 3))
                .InPiecesOf(size).Finish().Cast<MySqlExchange>().ToList();

            Assert.Equal((ExchangeState.Done, 300L, false, Completeness.Complete),
                (exchanges[1].State, exchanges[1].BinlogEvents, exchanges[1].IsStream, exchanges[1].Completeness));
            Assert.Null(exchanges[1].ReturnedRows);
            Assert.Equal(("SELECT 1", 3L), (exchanges[2].StatementText, exchanges[2].ReturnedRows));
            Assert.Equal(0, over);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_dump_that_is_refused_has_its_error(int flags)
    {
        var exchanges = LoggedIn().Client(Dump((ushort)flags, 9)).Server(Wire.Err(1, 1236, "HY000"))
            .Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(true, 3)).Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal((ExchangeState.Done, (ushort?)1236, false, null),
            (exchanges[1].State, exchanges[1].ErrorCode, exchanges[1].IsStream, exchanges[1].BinlogEvents));
        Assert.Equal(3, exchanges[2].ReturnedRows);
    }

    [Fact]
    public void A_dump_that_fails_on_its_way_has_its_error_and_the_events_of_an_interrupted_one_are_no_rows()
    {
        var failed = LoggedIn().Client(Dump(1, 0)).Server(Event(1)).Server(Wire.Err(2, 1236, "HY000")).Finish();
        Assert.Equal((ushort?)1236, ((MySqlExchange)failed[1]).ErrorCode);

        var aborted = (MySqlExchange)LoggedIn().Client(Dump(1, 0)).Server(Event(1)).Finish(close: true)[1];
        Assert.Equal((ExchangeState.Aborted, null), (aborted.State, aborted.ReturnedRows));
    }

    [Fact]
    public void Where_calls_were_lost_in_front_of_a_dump_it_is_a_stream_at_once()
    {
        var talk = Conversation.AtClient(fromStart: false).Client(Wire.Query("SELECT 1")).Server(Wire.Ok())
            .Client(Dump(flags: 1, server: 9)).Server(Event(1));
        for (var sequence = 2; sequence < 520; sequence++)
        {
            talk.Server(Event((byte)sequence));
        }

        var exchanges = talk.Client(Wire.Query("SELECT 2")).Server(Wire.ResultSet(true, 3)).Finish(close: true).Cast<MySqlExchange>().ToList();

        var dump = Assert.Single(exchanges, e => e.Command == MySqlCommand.BinlogDump);
        Assert.Equal((ExchangeState.OneWay, true), (dump.State, dump.IsStream));
        Assert.Equal(["SELECT 1"], exchanges.Select(e => e.StatementText).Where(text => text is not null)); // the second one is part of the stream
    }

    [Fact]
    public void Whatever_is_lost_of_a_dump_nothing_is_taken_for_its_end()
    {
        for (var lost = 0; lost < 9; lost++)
        {
            var talk = LoggedIn().Client(Dump(flags: 1, server: 9));
            for (var sequence = 1; sequence < 8; sequence++)
            {
                talk.Server(Event(sequence));
                _ = sequence == lost ? talk.Lost() : talk;
            }

            talk.Server(Wire.Eof(8));
            _ = lost == 8 ? talk.Lost() : talk;
            var exchanges = talk.Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(true, 3))
                .Client(Wire.Query("SELECT 2")).Server(Wire.ResultSet(true, 4)).Finish(close: true).Cast<MySqlExchange>().ToList();

            var dump = Assert.Single(exchanges, e => e.Command == MySqlCommand.BinlogDump);
            Assert.True(lost == 0 ? dump.BinlogEvents == 7 : dump.State != ExchangeState.Done, $"{lost}: {dump.State} {dump.BinlogEvents}");
            Assert.All(exchanges.Where(e => e is { State: ExchangeState.Done, Command: MySqlCommand.Query }), e =>
                Assert.Equal(e.StatementText == "SELECT 1" ? 3 : 4, e.ReturnedRows));
        }
    }

    [Theory]
    [InlineData(MySqlCommand.Clone)]
    [InlineData(MySqlCommand.SubscribeGroupReplicationStream)]
    public void A_clone_is_a_stream_and_its_own_commands_are_none_of_ours(MySqlCommand command)
    {
        var exchanges = LoggedIn().Client(Wire.Command(command)).Server(Wire.Packet(1, 1, 2, 3))
            .Client(Wire.Packet(0, 2, 0, 0)).Server(Wire.Packet(1, 5)).Client(Wire.Packet(0, 1)).Finish(close: true);

        var clone = (MySqlExchange)exchanges[^1];
        Assert.Equal((command, ExchangeState.OneWay, true, 2), (clone.Command, clone.State, clone.IsStream, exchanges.Count));
    }

    [Fact]
    public void A_dump_that_is_cut_is_a_stream_of_which_nothing_more_is_known()
    {
        var whole = Dump(1, 9);
        var talk = LoggedIn().ClientCut(whole, head: 9, tail: 0).Server(Event(1));
        var dump = (MySqlExchange)talk.Finish(close: true)[1];

        Assert.Equal((ExchangeState.OneWay, true, null), (dump.State, dump.IsStream, dump.BinlogDump));
    }

    private static byte[] Event(int sequence) =>
        Wire.Packet((byte)sequence, [0, .. BitConverter.GetBytes(1_700_000_000), 2, 7, 0, 0, 0, 30, 0, 0, 0, 4, 0, 0, 0, 0, 0, (byte)sequence, 0xfe, 0xff]);

    private static byte[] Dump(ushort flags, uint server) => Wire.Command(MySqlCommand.BinlogDump,
        [4, 0, 0, 0, .. BitConverter.GetBytes(flags), .. BitConverter.GetBytes(server), .. Wire.Text("log.000007")]);

    private static byte[] DumpByGtid(ushort flags, uint server) => Wire.Command(MySqlCommand.BinlogDumpGtid,
        [.. BitConverter.GetBytes(flags), .. BitConverter.GetBytes(server), 10, 0, 0, 0, .. Wire.Text("log.000007"),
            .. BitConverter.GetBytes(0x1_0000_0004L), 8, 0, 0, 0, .. new byte[8]]);

    private static Conversation LoggedIn() => Conversation.AtClient()
        .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | DeprecateEof)).Server(Wire.Ok(2));
}
