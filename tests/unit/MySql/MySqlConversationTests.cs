// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

public sealed class MySqlConversationTests
{
    private const uint DeprecateEof = 1u << 24;
    private const uint SessionTrack = 1u << 23;
    private const uint QueryAttributes = 1u << 27;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_login_and_a_query_come_out_with_all_that_was_said(bool atClient)
    {
        var exchanges = LoggedIn(atClient, DeprecateEof)
            .Client(Wire.Query("SELECT 1"))
            .Server(Wire.ResultSet(true, rows: 3))
            .Finish();

        var login = MySql(exchanges[0]);
        Assert.Equal(MySqlCommand.Connect, login.Command);
        Assert.Equal(("app", "shop", "mysql_native_password"), (login.User, login.Schema, login.AuthenticationPlugin));
        Assert.Equal((77u, "8.0.36", false), (login.ServerConnectionId, login.ServerVersion, login.IsMariaDb));
        Assert.False(login.IsError);

        var query = MySql(exchanges[1]);
        Assert.Equal((MySqlCommand.Query, "SELECT 1", 3L, 1), (query.Command, query.StatementText, query.ReturnedRows, query.ResultSets));
        Assert.Equal((ExchangeState.Done, Completeness.Complete), (query.State, query.Completeness));
        Assert.Equal(("shop", "app", 77u), (query.Schema, query.User, query.ServerConnectionId));
        Assert.Equal(Wire.ResultSet(true, rows: 3).Length, query.ResponseBytes);
        Assert.Equal(1_001_000 - (atClient ? 0 : 1000), query.Duration);
        Assert.Equal(2, exchanges.Count);
    }

    [Fact]
    public void A_failed_login_has_its_error_code()
    {
        var login = MySql(Conversation.AtClient()
            .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags))
            .Server(Wire.Err(2, 1045, "28000", "Access denied")).Finish().Single());

        Assert.Equal((MySqlCommand.Connect, (ushort?)1045, "28000", "Access denied"),
            (login.Command, login.ErrorCode, login.SqlState, login.ErrorMessage));
        Assert.True(login.IsError);
    }

    [Fact]
    public void A_refused_connection_is_a_login_without_a_request()
    {
        var login = MySql(Conversation.AtClient()
            .Server(Wire.Packet(0, [0xff, 0x10, 0x04, .. Wire.Text("Too many connections")])).Finish().Single());

        Assert.Equal((MySqlCommand.Connect, (ushort?)1040, (string?)null), (login.Command, login.ErrorCode, login.SqlState));
        Assert.False(login.Request.Seen);
    }

    [Fact]
    public void Authentication_that_goes_to_and_fro_is_one_login()
    {
        var exchanges = Conversation.AtServer()
            .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags))
            .Server(Wire.Packet(2, [0xfe, .. Wire.Text("caching_sha2_password"), 0, .. new byte[20], 0]))
            .Client(Wire.Packet(3, new byte[32]))
            .Server(Wire.Packet(4, 1, 4)).Client(Wire.Packet(5, 2))
            .Server(Wire.Packet(6, [1, .. Wire.Text("-----BEGIN PUBLIC KEY-----")])).Client(Wire.Packet(7, new byte[256]))
            .Server(Wire.Ok(8))
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok()).Finish();

        Assert.Equal([MySqlCommand.Connect, MySqlCommand.Ping], exchanges.Select(e => MySql(e).Command));
        Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_prepared_execution_has_the_text_of_its_statement(bool deprecateEof)
    {
        var exchanges = LoggedIn(true, deprecateEof ? DeprecateEof : 0)
            .Client(Wire.Prepare("SELECT ? + 1")).Server(Wire.PrepareOk(deprecateEof, 5, columns: 2, parameters: 1))
            .Client(Wire.Execute(5)).Server(Wire.ResultSet(deprecateEof, 2, 2, row: _ => [0, 0, 0, 0]))
            .Client(Wire.Close(5))
            .Client(Wire.Execute(5)).Server(Wire.Err(1, 1243, "HY000")).Finish().Skip(1).Select(MySql).ToList();

        Assert.Equal([MySqlCommand.StatementPrepare, MySqlCommand.StatementExecute, MySqlCommand.StatementClose, MySqlCommand.StatementExecute],
            exchanges.Select(e => e.Command));
        Assert.Equal((5u, "SELECT ? + 1"), (exchanges[0].StatementId, exchanges[0].StatementText));
        Assert.Equal(("SELECT ? + 1", 2L), (exchanges[1].StatementText, exchanges[1].ReturnedRows));
        Assert.Equal(ExchangeState.OneWay, exchanges[2].State);
        Assert.Null(exchanges[3].StatementText);
    }

    [Fact]
    public void MariaDb_sends_prepare_and_execute_together()
    {
        var exchanges = LoggedIn(true, DeprecateEof)
            .Client(Wire.Join(Wire.Prepare("SELECT 7"), Wire.Execute(0xffffffff)))
            .Server(Wire.PrepareOk(true, 9, columns: 1, parameters: 0)).Server(Wire.ResultSet(true, 1))
            .Finish().Skip(1).Select(MySql).ToList();

        Assert.Equal(("SELECT 7", 9u, 1L), (exchanges[1].StatementText, exchanges[1].StatementId, exchanges[1].ReturnedRows));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Several_results_are_one_answer(bool deprecateEof)
    {
        const ushort more = 0x000a;
        var first = Wire.ResultSet(deprecateEof, 2, status: more);
        var next = deprecateEof ? 6 : 7;
        var query = MySql(LoggedIn(true, deprecateEof ? DeprecateEof : 0)
            .Client(Wire.Query("CALL p()"))
            .Server(Wire.Join(first, Wire.ResultSet(deprecateEof, 5, sequence: next, status: more),
                Wire.Ok(next + (deprecateEof ? 8 : 9), affected: 4, insertId: 300, warnings: 1)))
            .Finish()[1]);

        Assert.Equal((2, 7L, 4ul, 300ul, (ushort)1),
            (query.ResultSets, query.ReturnedRows, query.AffectedRows, query.LastInsertId, query.Warnings));
    }

    [Fact]
    public void The_schema_follows_every_command_that_changes_it()
    {
        var track = Wire.LengthEncoded("").Concat((byte[])[7, 1, 5, 4, .. Wire.Text("four")]).ToArray();
        var schemas = LoggedIn(true, DeprecateEof | SessionTrack)
            .Client(Wire.Query("SELECT 1")).Server(Wire.Ok())
            .Client(Wire.Command(MySqlCommand.InitDb, Wire.Text("two"))).Server(Wire.Ok())
            .Client(Wire.Query("use `thr``ee`;")).Server(Wire.Ok())
            .Client(Wire.Query("BEGIN")).Server(Wire.Ok(status: 0x4002, rest: track))
            .Client(Wire.Query("USE nowhere")).Server(Wire.Err(1, 1049))
            .Client(Wire.Query("SELECT 2")).Server(Wire.Ok())
            .Finish().Skip(1).Select(e => MySql(e).Schema);

        Assert.Equal(["shop", "shop", "two", "thr`ee", "four", "four"], schemas);
    }

    [Fact]
    public void Query_attributes_are_no_part_of_the_text()
    {
        byte[] none = [0, 1];
        byte[] two = [2, 1, 0b10, 1, 0xfe, 0, .. Wire.LengthEncoded("traceparent"), 3, 0, .. Wire.LengthEncoded("n"), .. Wire.LengthEncoded("00-ab")];
        var texts = LoggedIn(true, QueryAttributes | DeprecateEof)
            .Client(Wire.Command(MySqlCommand.Query, [.. none, .. Wire.Text("SELECT 1")])).Server(Wire.Ok())
            .Client(Wire.Command(MySqlCommand.Query, [.. two, .. Wire.Text("SELECT 2")])).Server(Wire.Ok())
            .Finish().Skip(1).Select(e => MySql(e).StatementText);

        Assert.Equal(["SELECT 1", "SELECT 2"], texts);
    }

    [Fact]
    public void A_progress_report_is_no_error()
    {
        var query = MySql(LoggedIn(true, DeprecateEof)
            .Client(Wire.Query("ALTER TABLE t FORCE"))
            .Server(Wire.Packet(1, [0xff, 0xff, 0xff, 1, 1, 2, 0, 0, 0, 3, .. Wire.Text("abc")]))
            .Server(Wire.Ok(2, affected: 8)).Finish()[1]);

        Assert.Equal((false, 8ul), (query.IsError, query.AffectedRows));
    }

    [Fact]
    public void A_local_file_is_part_of_its_statement()
    {
        var exchanges = LoggedIn(true, 0)
            .Client(Wire.Query("LOAD DATA LOCAL INFILE 'x' INTO TABLE t"))
            .Server(Wire.Packet(1, [0xfb, .. Wire.Text("x")]))
            .Client(Wire.Join(Wire.Packet(2, new byte[300]), Wire.Packet(3)))
            .Server(Wire.Ok(4, affected: 30))
            .Client(Wire.Command(MySqlCommand.Quit)).Finish().Select(MySql).ToList();

        Assert.Equal(30ul, exchanges[1].AffectedRows);
        Assert.Equal((MySqlCommand.Quit, ExchangeState.OneWay), (exchanges[2].Command, exchanges[2].State));
    }

    [Fact]
    public void Commands_of_every_kind_are_answered_in_their_own_way()
    {
        var talk = LoggedIn(true, 0)
            .Client(Wire.Command(MySqlCommand.Statistics)).Server(Wire.Packet(1, Wire.Text("Uptime: 1")))
            .Client(Wire.Command(MySqlCommand.FieldList, [.. Wire.Text("t"), 0])).Server(Wire.Join(Wire.Definition(1), Wire.Definition(2), Wire.Eof(3)))
            .Client(Wire.Command(MySqlCommand.SetOption, 0, 0)).Server(Wire.Eof(1))
            .Client(Wire.Command(MySqlCommand.ProcessKill, 1, 0, 0, 0)).Server(Wire.Err(1, 1094))
            .Client(Wire.Command(MySqlCommand.StatementReset, 1, 0, 0, 0)).Server(Wire.Ok())
            .Client(Wire.Command(MySqlCommand.StatementSendLongData, 1, 0, 0, 0, 0, 0, 65))
            .Client(Wire.Command(MySqlCommand.StatementFetch, 1, 0, 0, 0, 9, 0, 0, 0)).Server(Wire.Join(Wire.Packet(1, 0, 0, 1), Wire.Packet(2, 0, 0, 2), Wire.Eof(3, 0x82)))
            .Client(Wire.Command(MySqlCommand.ChangeUser, [.. Wire.Text("bob"), 0, 1, 0xaa, .. Wire.Text("crm"), 0])).Server(Wire.Packet(1, [0xfe, .. Wire.Text("p"), 0, 1])).Client(Wire.Packet(2, 9)).Server(Wire.Ok(3))
            .Client(Wire.Command(MySqlCommand.ResetConnection)).Server(Wire.Ok())
            .Client(Wire.Command((MySqlCommand)0x77, 1)).Server(Wire.Err(1, 1047, "08S01"))
            .Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(false, 1));
        var exchanges = talk.Finish().Skip(1).Select(MySql).ToList();

        Assert.Equal([MySqlCommand.Statistics, MySqlCommand.FieldList, MySqlCommand.SetOption, MySqlCommand.ProcessKill,
            MySqlCommand.StatementReset, MySqlCommand.StatementSendLongData, MySqlCommand.StatementFetch, MySqlCommand.ChangeUser,
            MySqlCommand.ResetConnection, (MySqlCommand)0x77, MySqlCommand.Query], exchanges.Select(e => e.Command));
        Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
        Assert.Equal((2L, "t"), (exchanges[6].ReturnedRows, exchanges[1].Argument));
        Assert.Equal(("bob", "crm"), (exchanges[10].User, exchanges[10].Schema));
    }

    [Fact]
    public void Nothing_is_said_about_what_follows_a_switch_to_tls()
    {
        var talk = Conversation.AtClient()
            .Server(Wire.Greeting())
            .Client(Wire.Packet(1, [.. BitConverter.GetBytes(Wire.ClientFlags | 0x800u), 0, 0, 0, 1, 45, .. new byte[23]]))
            .Client(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0).Server(0x16, 3, 3, 0, 1, 2);

        Assert.Empty(talk.Finish(close: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_switch_to_tls_is_told_to_the_source_and_what_is_not_shipped_then_is_no_loss(bool atClient)
    {
        var talk = (atClient ? Conversation.AtClient() : Conversation.AtServer())
            .Server(Wire.Greeting())
            .Client(Wire.Packet(1, [.. BitConverter.GetBytes(Wire.ClientFlags | 0x800u), 0, 0, 0, 1, 45, .. new byte[23]]))
            .ClientCut(new byte[300], head: 0).ServerCut(new byte[2000], head: 0)
            .Client(0x17, 3, 3, 0, 1, 9).Lost().Client(0x17, 3, 3, 0, 1, 9);
        var found = new List<Protocol>();
        talk.Engine.ProtocolFound = (_, protocol) => found.Add(protocol);

        Assert.Empty(talk.Finish(close: true));
        Assert.Equal([Protocol.MySql, Protocol.Tls], found);
        Assert.Equal((0ul, 0ul, 0ul, 0ul),
            (talk.Engine.Counters.Gaps, talk.Engine.Counters.Cuts, talk.Engine.Counters.Resyncs, talk.Engine.Counters.Faults));
    }

    [Fact]
    public void An_unfinished_statement_is_in_flight_and_then_aborted()
    {
        var talk = LoggedIn(true, 0).Client(Wire.Query("SELECT SLEEP(9)")).Deliver();

        var running = MySql(Assert.Single(talk.InFlight()));
        Assert.Equal(("SELECT SLEEP(9)", ExchangeState.Running), (running.StatementText, running.State));
        Assert.Equal(ExchangeState.Aborted, talk.Finish(close: true)[1].State);
    }

    private static Conversation LoggedIn(bool atClient, uint extra) =>
        (atClient ? Conversation.AtClient() : Conversation.AtServer())
        .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | extra)).Server(Wire.Ok(2));

    private static MySqlExchange MySql(Exchange exchange) => Assert.IsType<MySqlExchange>(exchange);
}
