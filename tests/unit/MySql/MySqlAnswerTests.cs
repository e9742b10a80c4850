// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>What an answer says beside rows and errors.</summary>
public sealed class MySqlAnswerTests
{
    private const uint DeprecateEof = 1u << 24;
    private const uint SessionTrack = 1u << 23;
    private const ushort Autocommit = 0x0002;

    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 3)]
    [InlineData(true, 4096)]
    [InlineData(false, 1)]
    [InlineData(false, 4096)]
    public void The_status_flags_of_an_answer_are_facts_of_the_statement(bool deprecateEof, int pieces)
    {
        const ushort transaction = 0x0001;
        const ushort noGoodIndex = 0x0010;
        const ushort noIndex = 0x0020;
        const ushort slow = 0x0800;
        var flags = deprecateEof ? DeprecateEof : 0;
        var exchanges = LoggedIn(flags)
            .Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(deprecateEof, 1))
            .Client(Wire.Query("SELECT 2")).Server(Wire.ResultSet(deprecateEof, 1, status: (ushort)(transaction | noIndex)))
            .Client(Wire.Query("SELECT 3")).Server(Wire.ResultSet(deprecateEof, 1, status: (ushort)(Autocommit | noGoodIndex | slow)))
            .Client(Wire.Query("SELECT 4")).Server(Wire.Err(1, 1064))
            .InPiecesOf(pieces).Finish().Skip(1).Cast<MySqlExchange>().ToList();

        Assert.Equal([false, true, false, null], exchanges.Select(e => e.InTransaction));
        Assert.Equal([true, false, true, null], exchanges.Select(e => e.Autocommit));
        Assert.Equal([false, true, false, null], exchanges.Select(e => e.NoIndexUsed));
        Assert.Equal([false, false, true, null], exchanges.Select(e => e.NoGoodIndexUsed));
        Assert.Equal([false, false, true, null], exchanges.Select(e => e.WasSlow));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_several_results_one_that_used_no_index_is_enough_and_the_last_one_tells_the_state(bool deprecateEof)
    {
        const ushort more = 0x0008;
        var first = Wire.ResultSet(deprecateEof, 2, status: more | 0x0021);
        var next = deprecateEof ? 6 : 7;
        var query = (MySqlExchange)LoggedIn(deprecateEof ? DeprecateEof : 0)
            .Client(Wire.Query("SELECT a FROM t; COMMIT"))
            .Server(Wire.Join(first, Wire.Ok(next, status: Autocommit))).Finish()[1];

        Assert.Equal((true, false, true), (query.NoIndexUsed, query.InTransaction, query.Autocommit));
        Assert.Equal((1, 2L), (query.ResultSets, query.ReturnedRows));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_result_set_of_out_parameters_is_marked(bool deprecateEof)
    {
        const ushort more = 0x0008;
        const ushort outParameters = 0x1000;
        var rows = Wire.ResultSet(deprecateEof, 3, status: more);
        var next = deprecateEof ? 7 : 8;
        var values = Wire.ResultSet(deprecateEof, 1, sequence: next, status: more | outParameters, row: _ => [0, 0, 1, 65]);
        var last = next + (deprecateEof ? 4 : 5);
        var call = (MySqlExchange)LoggedIn(deprecateEof ? DeprecateEof : 0)
            .Client(Wire.Prepare("CALL p(?)")).Server(Wire.PrepareOk(deprecateEof, 5, columns: 0, parameters: 1))
            .Client(Wire.Execute(5)).Server(Wire.Join(rows, values, Wire.Ok(last))).Finish()[2];

        Assert.Equal((true, 2, 4L), (call.HasOutParameters, call.ResultSets, call.ReturnedRows));
    }

    [Fact]
    public void An_ok_tells_its_text_and_the_sessions_state()
    {
        byte[] state =
        [
            .. Piece(0, [.. Wire.LengthEncoded("autocommit"), .. Wire.LengthEncoded("OFF")]),
            .. Piece(1, Wire.LengthEncoded("orders")),
            .. Piece(2, Wire.LengthEncoded("1")),
            .. Piece(3, [0, .. Wire.LengthEncoded("3e11fa47-71ca-11e1-9e33-c80aa9429562:23")]),
            .. Piece(4, Wire.LengthEncoded("START TRANSACTION;")),
            .. Piece(5, Wire.LengthEncoded("T_______")),
            .. Piece(0, [.. Wire.LengthEncoded("time_zone"), .. Wire.LengthEncoded("UTC"), .. Wire.LengthEncoded("sql_mode"), .. Wire.LengthEncoded("")]),
            .. Piece(99, [1, 2, 3]),
        ];
        byte[] rest = [.. Wire.LengthEncoded("Rows matched: 1  Changed: 1  Warnings: 0"), .. Wire.LengthEncoded((ulong)state.Length), .. state];
        var exchanges = LoggedIn(DeprecateEof | SessionTrack)
            .Client(Wire.Query("UPDATE t SET a = 1")).Server(Wire.Ok(1, 1, 9, 0x4003, 0, rest: rest))
            .Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(true, 1)).Finish().Cast<MySqlExchange>().ToList();

        var update = exchanges[1];
        Assert.Equal(("Rows matched: 1  Changed: 1  Warnings: 0", 1ul, 9ul), (update.Info, update.AffectedRows, update.LastInsertId));
        Assert.Equal(
            ("orders", "1", "3e11fa47-71ca-11e1-9e33-c80aa9429562:23", "START TRANSACTION;", "T_______"),
            (update.SessionChanges!.Schema, update.SessionChanges.StateChange, update.SessionChanges.Gtids,
                update.SessionChanges.TransactionCharacteristics, update.SessionChanges.TransactionState));
        Assert.Equal(
            [new("autocommit", "OFF"), new("time_zone", "UTC"), new("sql_mode", "")], update.SessionChanges.SystemVariables!);
        Assert.Equal(("shop", "orders"), (update.Schema, exchanges[2].Schema));
        Assert.Null(exchanges[2].SessionChanges);
    }

    [Fact]
    public void The_text_of_an_ok_is_read_without_session_tracking_too()
    {
        var update = (MySqlExchange)LoggedIn(DeprecateEof).Client(Wire.Query("UPDATE t SET a = 1"))
            .Server(Wire.Ok(1, 1, rest: Wire.LengthEncoded("Rows matched: 1"))).Finish()[1];

        Assert.Equal("Rows matched: 1", update.Info);
        Assert.Null(update.SessionChanges);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_progress_report_is_no_error_and_no_answer(bool deprecateEof)
    {
        // stage, stages, progress in thousandths of a per cent, what it does
        byte[] report = [0xff, 0xff, 0xff, 1, 1, 2, 0x10, 0x27, 0, .. Wire.LengthEncoded("copy to tmp table")];
        var alter = (MySqlExchange)LoggedIn(deprecateEof ? DeprecateEof : 0)
            .Client(Wire.Query("ALTER TABLE t ADD b INT"))
            .Server(Wire.Packet(1, report)).Server(Wire.Packet(2, report)).Server(Wire.Ok(3, warnings: 4)).Finish()[1];

        Assert.Equal((false, (ushort?)4, ExchangeState.Done), (alter.IsError, alter.Warnings, alter.State));
        Assert.Equal(3_001_000, alter.Duration);
        Assert.Equal(1_001_000, alter.TimeToFirstByte); // the first report is the answer's first byte
    }

    [Theory]
    [InlineData(1u << 25, 0u)] // OPTIONAL_RESULTSET_METADATA
    [InlineData(0u, 1u << 4)] // MariaDB's CACHE_METADATA
    public void A_result_set_without_definitions_has_its_rows(uint flag, uint extended)
    {
        // MariaDB leaves out CLIENT_MYSQL and has its own flags in the login's last four bytes.
        var flags = (Wire.ClientFlags | DeprecateEof | flag) & ~(extended != 0 ? 1u : 0);
        var login = Wire.Login(flags);
        BitConverter.GetBytes(extended).CopyTo(login, 4 + 4 + 4 + 1 + 19);
        byte[] rows = Wire.Join(Wire.Packet(1, 1, 0), Wire.Packet(2, 0, 0, 7), Wire.Packet(3, 0, 0, 8), Wire.Ok(4, header: 0xfe));
        var execution = (MySqlExchange)Conversation.AtClient()
            .Server(Wire.Greeting(flags: extended != 0 ? 0xfffffffe & ~(1u << 5) & ~(1u << 26) : 0xffffffff & ~(1u << 5) & ~(1u << 26), extended: extended))
            .Client(login).Server(Wire.Ok(2))
            .Client(Wire.Prepare("SELECT 7")).Server(Wire.PrepareOk(true, 5, 1, 0))
            .Client(Wire.Execute(5)).Server(rows).Finish()[2];

        Assert.Equal(("SELECT 7", 2L, 1, Completeness.Complete), (execution.StatementText, execution.ReturnedRows, execution.ResultSets, execution.Completeness));
    }

    private static byte[] Piece(byte kind, byte[] data) => [kind, .. Wire.LengthEncoded((ulong)data.Length), .. data];

    private static Conversation LoggedIn(uint flags) => Conversation.AtClient()
        .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | flags)).Server(Wire.Ok(2));
}
