// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>An execution that opens a cursor and its FETCHes are one statement. A call takes 1 µs, calls are 1 ms apart.</summary>
public sealed class MySqlCursorTests
{
    private const uint DeprecateEof = 1u << 24;
    private const ushort Cursor = 0x0040;
    private const ushort LastRow = 0x0080;
    private const long Millisecond = 1_000_000;

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public void The_rows_of_all_fetches_are_summed_and_think_time_is_not_latency(bool atClient, bool deprecateEof)
    {
        var exchanges = Opened(atClient, deprecateEof).Pause(50)
            .Client(Fetch(5, 3)).Server(Rows(deprecateEof, 3, Cursor)).Pause(70)
            .Client(Fetch(5, 3)).Server(Rows(deprecateEof, 3, Cursor))
            .Client(Fetch(5, 3)).Server(Rows(deprecateEof, 1, LastRow | 0x20))
            .Client(Wire.Close(5))
            .Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(deprecateEof, 1)).Finish().Cast<MySqlExchange>().Skip(2).ToList();

        Assert.Equal([MySqlCommand.StatementExecute, MySqlCommand.StatementClose, MySqlCommand.Query], exchanges.Select(e => e.Command));
        var statement = exchanges[0];
        Assert.Equal(("SELECT a FROM t", 7L, 3, ExchangeState.Done), (statement.StatementText, statement.ReturnedRows, statement.Fetches, statement.State));
        Assert.Equal((true, true, 1), (statement.HasCursor, statement.NoIndexUsed, statement.ResultSets));

        // Four parts of one millisecond each; between them 51, 71 and 1 milliseconds pass, less the microsecond of a call
        // at the client (from exit to entry) and not at the server (from exit to exit).
        var call = atClient ? 1000 : 0;
        Assert.Equal((4 * (Millisecond + call), 123 * Millisecond - (3 * call)), (statement.Duration!.Value, statement.IdleTime));
        Assert.Equal(Millisecond + call, statement.TimeToFirstByte);
        Assert.Equal(statement.Response.Last.Exit, statement.End);
        var bytes = Open(deprecateEof).Length + (2 * Rows(deprecateEof, 3, Cursor).Length) + Rows(deprecateEof, 1, LastRow).Length;
        Assert.Equal(bytes, statement.ResponseBytes);
    }

    [Theory]
    [InlineData("close")]
    [InlineData("reset")]
    [InlineData("execute")]
    [InlineData("quit")]
    [InlineData("reset connection")]
    [InlineData("end")]
    public void A_cursor_that_is_not_read_to_its_end_ends_with(string how)
    {
        var talk = Opened(true, true).Client(Fetch(5, 3)).Server(Rows(true, 3, Cursor)).Pause(500);
        _ = how switch
        {
            "close" => talk.Client(Wire.Close(5)),
            "reset" => talk.Client(Wire.Command(MySqlCommand.StatementReset, 5, 0, 0, 0)).Server(Wire.Ok()),
            "execute" => talk.Client(Wire.Execute(5)).Server(Wire.ResultSet(true, 9)),
            "quit" => talk.Client(Wire.Command(MySqlCommand.Quit)),
            "reset connection" => talk.Client(Wire.Command(MySqlCommand.ResetConnection)).Server(Wire.Ok()),
            _ => talk,
        };
        var exchanges = talk.Finish(close: how == "end").Cast<MySqlExchange>().Skip(2).ToList();

        var statement = exchanges[0];
        Assert.Equal((MySqlCommand.StatementExecute, ExchangeState.Done, 3L, 1), (statement.Command, statement.State, statement.ReturnedRows, statement.Fetches));
        Assert.Equal(2 * (Millisecond + 1000), statement.Duration);
        Assert.Equal(how == "end" ? 1 : 2, exchanges.Count);
    }

    [Fact]
    public void Two_cursors_on_one_connection_are_told_apart()
    {
        var exchanges = Opened(true, true)
            .Client(Wire.Prepare("SELECT b FROM u")).Server(Wire.PrepareOk(true, 6, 1, 0))
            .Client(Wire.Execute(6)).Server(Open(true))
            .Client(Fetch(5, 2)).Server(Rows(true, 2, Cursor))
            .Client(Fetch(6, 9)).Server(Rows(true, 4, LastRow))
            .Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(true, 1))
            .Client(Fetch(5, 2)).Server(Rows(true, 1, LastRow))
            .Finish().Cast<MySqlExchange>().Where(e => e.Command == MySqlCommand.StatementExecute).ToList();

        Assert.Equal([("SELECT b FROM u", 4L), ("SELECT a FROM t", 3L)], exchanges.Select(e => (e.StatementText, e.ReturnedRows!.Value)));
    }

    [Fact]
    public void An_error_of_a_fetch_is_the_statements()
    {
        var statement = (MySqlExchange)Opened(true, true).Client(Fetch(5, 3)).Server(Rows(true, 3, Cursor))
            .Client(Fetch(5, 3)).Server(Wire.Err(1, 1317, "70100", "interrupted")).Finish()[2];

        Assert.Equal((MySqlCommand.StatementExecute, (ushort?)1317, "70100", true), (statement.Command, statement.ErrorCode, statement.SqlState, statement.IsError));
    }

    [Fact]
    public void While_it_is_open_it_runs_and_does_not_age_between_fetches()
    {
        var talk = Opened(true, true).Client(Fetch(5, 3)).Server(Rows(true, 3, Cursor)).Deliver();
        var later = Conversation.Epoch + (100_000 * Millisecond);

        var idle = (MySqlExchange)Assert.Single(talk.InFlight());
        Assert.Equal((MySqlCommand.StatementExecute, ExchangeState.Running, (long?)null), (idle.Command, idle.State, idle.ReturnedRows));
        Assert.Equal(2 * (Millisecond + 1000), idle.Age(later));

        talk.Client(Fetch(5, 3)).Deliver();
        var busy = (MySqlExchange)Assert.Single(talk.InFlight());
        Assert.Equal(idle.Id, busy.Id);
        Assert.Null(busy.IdleSince);
        Assert.True(busy.Age(later) > 50_000 * Millisecond);
        Assert.Equal(2 * (Millisecond + 1000), idle.Age(later)); // the snapshot did not change
    }

    [Fact]
    public void A_connection_that_ends_during_a_fetch_aborts_the_statement()
    {
        var exchanges = Opened(true, true).Client(Fetch(5, 3)).Server(Rows(true, 3, Cursor)).Client(Fetch(5, 3))
            .Finish(close: true).Cast<MySqlExchange>().Skip(2).ToList();

        var statement = Assert.Single(exchanges);
        Assert.Equal((MySqlCommand.StatementExecute, ExchangeState.Aborted, (long?)null), (statement.Command, statement.State, statement.ReturnedRows));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_loss_an_open_cursor_has_no_rows_and_no_duration(bool ofClient)
    {
        var talk = Opened(true, true).Client(Fetch(5, 3)).Server(Rows(true, 3, Cursor));
        talk.Client(Fetch(5, 3));
        talk = ofClient ? talk.Lost().Server(Rows(true, 3, Cursor)) : talk.Server(Rows(true, 3, Cursor)).Lost();
        var exchanges = talk.Pause(200).Client(Fetch(5, 3)).Server(Rows(true, 1, LastRow))
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok()).Pause(200)
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok()).Finish().Cast<MySqlExchange>().ToList();

        var statement = exchanges.Single(e => e.Command == MySqlCommand.StatementExecute);
        Assert.Equal((ExchangeState.Lost, (long?)null, (long?)null), (statement.State, statement.ReturnedRows, statement.Duration));
        Assert.All(exchanges.Where(e => e.Command == MySqlCommand.StatementFetch), e => Assert.True(e.ReturnedRows is null or 1 or 3));
    }

    [Fact]
    public void A_fetch_whose_execution_was_not_seen_stands_for_itself()
    {
        var fetch = (MySqlExchange)new Conversation(EndpointRole.Server, fromStart: false)
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok())
            .Client(Fetch(8, 3)).Server(Rows(true, 2, LastRow))
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok()).Finish()[1];

        Assert.Equal((MySqlCommand.StatementFetch, 8u, (long?)2), (fetch.Command, fetch.StatementId, fetch.ReturnedRows));
    }

    private static byte[] Fetch(uint id, uint rows) =>
        Wire.Command(MySqlCommand.StatementFetch, [.. BitConverter.GetBytes(id), .. BitConverter.GetBytes(rows)]);

    // Columns, and what stands in place of the rows: EOF or OK with the cursor's flag.
    private static byte[] Open(bool deprecateEof) => deprecateEof
        ? Wire.Join(Wire.Packet(1, 1), Wire.Definition(2), Wire.Ok(3, header: 0xfe, status: Cursor))
        : Wire.Join(Wire.Packet(1, 1), Wire.Definition(2), Wire.Eof(3, Cursor));

    private static byte[] Rows(bool deprecateEof, int rows, ushort status) => Wire.Join(
        [.. Enumerable.Range(1, rows).Select(i => Wire.Packet(i, 0, 0, 1, (byte)i)),
            deprecateEof ? Wire.Ok(rows + 1, header: 0xfe, status: status) : Wire.Eof(rows + 1, status)]);

    private static Conversation Opened(bool atClient, bool deprecateEof) =>
        new Conversation(atClient ? EndpointRole.Client : EndpointRole.Server)
            .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | (deprecateEof ? DeprecateEof : 0))).Server(Wire.Ok(2))
            .Client(Wire.Prepare("SELECT a FROM t")).Server(Wire.PrepareOk(deprecateEof, 5, 1, 0))
            .Client(Wire.Execute(5)).Server(Open(deprecateEof));
}
