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
}
