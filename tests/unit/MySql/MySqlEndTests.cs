// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>What comes out when the trace or the connection ends in the middle of something. Nothing is told twice.</summary>
public sealed class MySqlEndTests
{
    [Fact]
    public void An_answer_that_nothing_proves_by_the_end_of_the_trace_is_given_to_nobody()
    {
        var talk = Conversation.AtClient(fromStart: false).Client(Wire.Query("SELECT 1")).Server(Wire.Ok(affected: 7));

        var exchange = Ended(talk).Single();
        Assert.Equal(("SELECT 1", ExchangeState.Lost, CompletenessKind.Unmatched),
            (exchange.StatementText, exchange.State, exchange.Completeness.Kind));
        Assert.Null(exchange.AffectedRows);
        Assert.Empty(talk.InFlight());
    }

    [Fact]
    public void An_answer_that_the_next_command_proves_is_there_at_the_end_of_the_trace()
    {
        var talk = Conversation.AtClient(fromStart: false)
            .Client(Wire.Query("SELECT 1")).Server(Wire.Ok(affected: 7)).Client(Wire.Query("SELECT 2"));

        var exchange = Ended(talk).Single();
        Assert.Equal(("SELECT 1", 7ul, ExchangeState.Done), (exchange.StatementText, exchange.AffectedRows, exchange.State));
        Assert.Equal("SELECT 2", ((MySqlExchange)talk.InFlight().Single()).StatementText);
    }

    [Fact]
    public void An_answer_is_its_commands_own_when_the_client_quit_behind_it()
    {
        var exchange = (MySqlExchange)Conversation.AtClient(fromStart: false)
            .Client(Wire.Query("SELECT 1")).Server(Wire.Ok(affected: 7)).Client(Wire.Command(MySqlCommand.Quit))
            .Finish(close: true)[^1];

        Assert.Equal((7ul, ExchangeState.Done), (exchange.AffectedRows, exchange.State));
    }

    /// <summary>The last record may be the one that was lost: nothing behind it shows the hole.</summary>
    [Fact]
    public void An_answer_that_nothing_proves_by_the_close_is_given_to_nobody()
    {
        var exchange = (MySqlExchange)Conversation.AtClient(fromStart: false)
            .Client(Wire.Query("SELECT 1")).Server(Wire.Ok(affected: 7)).Finish(close: true).Single();

        Assert.Equal((null, ExchangeState.Lost), (exchange.AffectedRows, exchange.State));
    }

    /// <summary>Two answers are outstanding when tracing begins; the second reaches the tracer behind the next command.</summary>
    [Fact]
    public void Another_answer_that_arrives_late_takes_the_proof_away()
    {
        var exchanges = Conversation.AtClient(fromStart: false)
            .Client(Wire.Query("SELECT 3"))
            .Server(Wire.Ok(affected: 1))
            .Server(Wire.Ok(affected: 2)).Client(Wire.Query("SELECT 4")).SwapLastTwo()
            .Finish(close: true).Cast<MySqlExchange>();

        Assert.DoesNotContain(exchanges, e => e.StatementText == "SELECT 3" && e.AffectedRows is not null);
    }

    [Fact]
    public void Server_bytes_lost_behind_a_held_answer_take_the_proof_away()
    {
        var exchanges = Conversation.AtClient(fromStart: false)
            .Client(Wire.Query("SELECT 3"))
            .Server(Wire.Ok(affected: 1))
            .Server(Wire.Ok(affected: 2)).Lost()
            .Client(Wire.Query("SELECT 4")).Server(Wire.Ok(affected: 4))
            .Client(Wire.Query("SELECT 5")).Server(Wire.Ok(affected: 5))
            .Finish(close: true).Cast<MySqlExchange>().ToList();

        Assert.DoesNotContain(exchanges, e => e.StatementText == "SELECT 3" && e.AffectedRows is not null);
        Assert.Contains(exchanges, e => e.StatementText == "SELECT 4" && e.AffectedRows == 4);
    }

    [Fact]
    public void The_beginning_of_an_answer_that_may_be_another_commands_is_not_shown()
    {
        var answer = Wire.ResultSet(deprecateEof: false, rows: 5);
        var talk = Conversation.AtClient(fromStart: false).Client(Wire.Query("SELECT 1")).Server(answer[..^9]).Deliver();

        Assert.Equal(0, ((MySqlExchange)talk.InFlight().Single()).ResultSets);
        var exchange = (MySqlExchange)talk.Finish(close: true).Single();
        Assert.Equal((ExchangeState.Lost, 0, (long?)null), (exchange.State, exchange.ResultSets, exchange.ReturnedRows));
    }

    [Fact]
    public void A_one_way_command_behind_a_running_statement_is_told_once_when_the_trace_ends()
    {
        var talk = Conversation.AtClient().Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags)).Server(Wire.Ok(2))
            .Client(Wire.Query("SELECT SLEEP(9)")).Client(Wire.Close(3));

        Assert.Equal([MySqlCommand.Connect, MySqlCommand.StatementClose], Ended(talk).Select(e => e.Command));
        Assert.Equal(ExchangeState.OneWay, talk.Exchanges[1].State);
        Assert.Equal("SELECT SLEEP(9)", ((MySqlExchange)talk.InFlight().Single()).StatementText);
    }

    [Fact]
    public void An_answer_broken_off_by_a_gap_is_lost_when_the_trace_ends()
    {
        var answer = Wire.ResultSet(deprecateEof: false, rows: 50);
        var talk = Conversation.AtClient().Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags)).Server(Wire.Ok(2))
            .Client(Wire.Query("SELECT 1")).Server(answer[..200]).Server(answer[200..300]).Lost().Server(answer[300..400]);

        var exchanges = Ended(talk);
        Assert.Equal([(MySqlCommand.Connect, ExchangeState.Done), (MySqlCommand.Query, ExchangeState.Lost)],
            exchanges.Select(e => (e.Command, e.State)));
        Assert.Empty(talk.InFlight());
    }

    private static List<MySqlExchange> Ended(Conversation talk)
    {
        talk.Deliver();
        talk.Engine.End(Conversation.Epoch + 10_000_000_000);
        return [.. talk.Exchanges.Cast<MySqlExchange>()];
    }
}
