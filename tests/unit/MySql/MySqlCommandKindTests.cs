// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>Commands that are answered in ways of their own, behind each of which a statement must pair again.</summary>
public sealed class MySqlCommandKindTests
{
    private const uint DeprecateEof = 1u << 24;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_list_of_fields_ends_with_an_EOF_or_with_an_OK_that_looks_like_one(bool deprecated)
    {
        var end = deprecated ? Wire.Ok(3, header: 0xfe) : Wire.Eof(3);
        var list = First(deprecated, Wire.Command(MySqlCommand.FieldList, [.. Wire.Text("orders"), 0, (byte)'%']),
            Wire.Join(Wire.Definition(1), Wire.Definition(2), end));
        Assert.Equal(("orders", ExchangeState.Done), (list.Argument, list.State));
    }

    [Fact]
    public void A_list_of_fields_of_no_table_is_an_error()
    {
        var list = First(true, Wire.Command(MySqlCommand.FieldList, [.. Wire.Text("none"), 0]), Wire.Err(1, 1146, "42S02"));
        Assert.Equal((ushort?)1146, list.ErrorCode);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void Setting_an_option_is_answered_by_an_EOF_or_by_an_OK(bool deprecated, bool eof)
    {
        var answer = eof ? Wire.Eof(1, warnings: 1) : Wire.Ok(1, warnings: 1, header: 0xfe);
        var option = First(deprecated, Wire.Command(MySqlCommand.SetOption, 0, 0), answer);
        Assert.Equal(((ushort?)1, ExchangeState.Done), (option.Warnings, option.State));
    }

    [Fact]
    public void Statistics_are_one_packet_of_text_whatever_it_begins_with()
    {
        Assert.Equal(ExchangeState.Done, First(false, Wire.Command(MySqlCommand.Statistics), Wire.Packet(1, Wire.Text("Uptime: 9"))).State);
        Assert.Equal((ushort?)1227, First(false, Wire.Command(MySqlCommand.Statistics), Wire.Err(1, 1227)).ErrorCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_change_of_user_that_fails_leaves_user_and_schema(bool fails)
    {
        var answer = fails ? Wire.Err(3, 1045, "28000") : Wire.Ok(3);
        var exchanges = LoggedIn(0)
            .Client(Wire.Command(MySqlCommand.ChangeUser, [.. Wire.Text("bob"), 0, 1, 0xaa, .. Wire.Text("crm"), 0]))
            .Server(Wire.Packet(1, [0xfe, .. Wire.Text("p"), 0, 1])).Client(Wire.Packet(2, 9)).Server(answer)
            .Client(Wire.Query("SELECT 1")).Server(Wire.Ok()).Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal(("bob", "crm"), (exchanges[1].User, exchanges[1].Argument ?? exchanges[1].Schema));
        Assert.Equal(fails ? ("app", "shop") : ("bob", "crm"), (exchanges[2].User, exchanges[2].Schema));
    }

    [Fact]
    public void A_local_file_refused_by_the_server_is_an_error_and_an_empty_one_is_none()
    {
        var exchanges = LoggedIn(0)
            .Client(Wire.Query("LOAD DATA LOCAL INFILE 'x' INTO TABLE t")).Server(Wire.Packet(1, [0xfb, .. Wire.Text("x")]))
            .Client(Wire.Packet(2)).Server(Wire.Ok(3, affected: 0))
            .Client(Wire.Query("LOAD DATA LOCAL INFILE 'y' INTO TABLE t")).Server(Wire.Packet(1, [0xfb, .. Wire.Text("y")]))
            .Client(Wire.Packet(2, new byte[500])).Client(Wire.Packet(3, new byte[500])).Client(Wire.Packet(4)).Server(Wire.Err(5, 1062, "23000"))
            .Client(Wire.Query("SELECT 1")).Server(Wire.Ok()).Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal((0ul, (ushort?)1062, "SELECT 1"), (exchanges[1].AffectedRows, exchanges[2].ErrorCode, exchanges[3].StatementText));
        Assert.All(exchanges, e => Assert.Equal((ExchangeState.Done, CompletenessKind.Complete), (e.State, e.Completeness.Kind)));
    }

    [Fact]
    public void The_second_of_several_statements_may_fail()
    {
        var query = First(false, Wire.Query("INSERT 1; SELECT 2; nonsense"),
            Wire.Join(Wire.Ok(1, affected: 1, status: 0x0a), Wire.ResultSet(false, 2, sequence: 2, status: 0x0a), Wire.Err(8, 1064)));
        Assert.Equal(((ushort?)1064, 1, 1ul), (query.ErrorCode, query.ResultSets, query.AffectedRows));
    }

    [Fact]
    public void Progress_reports_stand_anywhere_before_the_end_of_an_answer()
    {
        static byte[] Progress(int sequence) => Wire.Packet(sequence, [0xff, 0xff, 0xff, 1, 1, 2, 0, 0, 0, 3, .. Wire.Text("abc")]);
        var exchanges = LoggedIn(0)
            .Client(Wire.Query("ALTER TABLE t FORCE")).Server(Progress(1)).Server(Progress(2)).Server(Progress(3)).Server(Wire.Err(4, 1205))
            .Client(Wire.Query("CHECK TABLE t")).Server(Progress(1)).Server(Wire.ResultSet(false, 1, sequence: 2))
            .Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal(((ushort?)1205, (long?)1), (exchanges[1].ErrorCode, exchanges[2].ReturnedRows));
    }

    [Theory]
    [InlineData("#08004")]
    [InlineData("")]
    public void An_error_in_place_of_the_greeting_is_a_login_that_failed(string state)
    {
        var refusal = Wire.Packet(0, [0xff, 0x10, 0x04, .. Wire.Text(state + "Too many connections")]);
        for (var size = 1; size <= refusal.Length; size++)
        {
            var login = (MySqlExchange)Assert.Single(Conversation.AtServer().Server(refusal).InPiecesOf(size).Finish(close: true));
            Assert.Equal((MySqlCommand.Connect, (ushort?)1040, "Too many connections"), (login.Command, login.ErrorCode, login.ErrorMessage));
        }
    }

    // The exchange of one command, proven by the statement behind it.
    private static MySqlExchange First(bool deprecated, byte[] command, byte[] answer)
    {
        var exchanges = LoggedIn(deprecated ? DeprecateEof : 0).Client(command).Server(answer)
            .Client(Wire.Query("SELECT 'behind'")).Server(Wire.ResultSet(deprecated, 1)).Finish().Cast<MySqlExchange>().ToList();
        Assert.Equal(("SELECT 'behind'", (long?)1), (exchanges[2].StatementText, exchanges[2].ReturnedRows));
        Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
        return exchanges[1];
    }

    private static Conversation LoggedIn(uint extra) => Conversation.AtClient()
        .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | extra)).Server(Wire.Ok(2));
}
