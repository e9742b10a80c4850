// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>Connections that were open before the tracer came.</summary>
public sealed class MySqlJoinTests
{
    [Theory]
    [InlineData(EndpointRole.Client, EndpointRole.Client)]
    [InlineData(EndpointRole.Server, EndpointRole.Server)]
    [InlineData(EndpointRole.Client, EndpointRole.Unknown)]
    [InlineData(EndpointRole.Server, EndpointRole.Unknown)]
    public void Every_statement_is_complete_from_the_first_whole_one_on(EndpointRole role, EndpointRole known)
    {
        var talk = new Conversation(role, fromStart: false, knownRole: known);
        for (var i = 0; i < 20; i++)
        {
            talk.Client(Wire.Query($"select {i}"));
            talk.Server(Wire.ResultSet(deprecateEof: false, rows: 2, columns: 3));
        }

        var exchanges = talk.Finish().Cast<MySqlExchange>().ToList();
        Assert.Equal(20, exchanges.Count(e => e.State == ExchangeState.Done && e.Completeness.Kind == CompletenessKind.Complete && e.ReturnedRows == 2));
        Assert.Empty(talk.InFlight());
    }

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void The_rest_of_an_answer_in_several_calls_does_not_keep_it_from_reading_on(EndpointRole role)
    {
        var talk = new Conversation(role, fromStart: false);
        var answer = Wire.ResultSet(deprecateEof: false, rows: 200, columns: 3);
        talk.Server(answer[300..400]).Server(answer[400..]);
        for (var i = 0; i < 20; i++)
        {
            talk.Client(Wire.Query($"select {i}"));
            talk.Server(answer[..600]).Server(answer[600..]);
        }

        var exchanges = talk.Finish().Cast<MySqlExchange>().ToList();
        Assert.True(exchanges.Count(e => e.State == ExchangeState.Done && e.Completeness.Kind == CompletenessKind.Complete && e.ReturnedRows == 200) >= 19);
        Assert.Empty(talk.InFlight());
    }

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void An_answer_to_a_statement_from_before_is_read_over_all_its_calls(EndpointRole role)
    {
        var answer = Wire.ResultSet(deprecateEof: false, rows: 200, columns: 3);
        var talk = new Conversation(role, fromStart: false);
        talk.Server(answer[..600]).Server(answer[600..900]).Server(answer[900..]);
        talk.Client(Wire.Query("select 1")).Server(answer[..600]).Server(answer[600..]);
        talk.Client(Wire.Query("select 2")).Server(answer);

        var exchanges = talk.Finish().Cast<MySqlExchange>().ToList();
        var unmatched = Assert.Single(exchanges, e => e.Completeness.Kind == CompletenessKind.Unmatched);
        Assert.Equal(200, unmatched.ReturnedRows);
        Assert.Equal(["select 1", "select 2"], exchanges.Where(e => e.State == ExchangeState.Done).Select(e => e.StatementText));
    }

    /// <summary>The statement under way when tracing began is not known, and the connection never rests.</summary>
    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void A_whole_answer_to_a_statement_from_before_does_not_keep_a_busy_connection_from_being_read(EndpointRole role)
    {
        var talk = new Conversation(role, fromStart: false);
        talk.Server(Wire.ResultSet(deprecateEof: false, rows: 7, columns: 1));
        for (var i = 0; i < 20; i++)
        {
            talk.Client(Wire.Query($"select {i}"));
            talk.Server(Wire.ResultSet(deprecateEof: false, rows: 2, columns: 3));
        }

        talk.Deliver();
        Assert.InRange(talk.Exchanges.Count(e => e.State == ExchangeState.Done && e.Completeness.Kind == CompletenessKind.Complete), 19, 20);
        Assert.All(talk.Exchanges.Cast<MySqlExchange>().Where(e => e.StatementText is not null), e => Assert.Equal(2, e.ReturnedRows));
    }

    /// <summary>Where the stream stood when tracing began is known, so a lost first answer shows as a hole.</summary>
    [Theory]
    [InlineData(EndpointRole.Client, 1)]
    [InlineData(EndpointRole.Server, 1)]
    [InlineData(EndpointRole.Client, 3)]
    [InlineData(EndpointRole.Server, 3)]
    public void An_answer_lost_behind_the_join_shifts_no_pair(EndpointRole role, int lost)
    {
        var talk = new Conversation(role, fromStart: false);
        for (var i = 1; i <= 20; i++)
        {
            talk.Client(Wire.Query($"select {i}"));
            talk.Server(Wire.ResultSet(deprecateEof: false, rows: i, columns: 1));
            if (i <= lost)
            {
                talk.Lost();
            }
        }

        var answered = talk.Finish().Cast<MySqlExchange>().Where(e => e.State == ExchangeState.Done && e.StatementText is not null).ToList();
        Assert.All(answered, e => Assert.Equal($"select {e.ReturnedRows}", e.StatementText));
        Assert.True(answered.Count >= 20 - lost - 1, $"{answered.Count} answered");
    }
}
