// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>
/// Recorded conversations joined at every call, so that what the login has negotiated is guessed from the answers: what is
/// shown as done is what the whole conversation shows there.
/// </summary>
public sealed class RecordedJoinTests
{
    public static TheoryData<string, EndpointRole> All =>
        [.. RecordedTalk.Names.SelectMany(name => (EndpointRole[])[EndpointRole.Client, EndpointRole.Server], (name, role) => (name, role))];

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_shown_of_a_recorded_talk_that_was_joined_is_what_took_place(string name, EndpointRole role)
    {
        var whole = new Conversation(role).Tell(name).Finish(close: true).Cast<MySqlExchange>().ToDictionary(e => e.Id);
        var calls = RecordedTalk.Calls(name).Count;
        var shown = 0;
        for (var joined = 1; joined < calls; joined++)
        {
            var talk = new Conversation(role, fromStart: false).Tell(name);
            for (var i = 0; i < joined; i++)
            {
                talk.RemoveCall(0);
            }

            foreach (var found in talk.Finish(close: true).Cast<MySqlExchange>().Where(e => e is { State: ExchangeState.Done, Command: not MySqlCommand.Unknown }))
            {
                shown++;
                var real = whole[found.Id];
                Assert.Equal(
                    (real.Command, real.ReturnedRows, real.AffectedRows, real.ErrorCode, real.ResultSets, real.Response.StartOffset),
                    (found.Command, found.ReturnedRows, found.AffectedRows, found.ErrorCode, found.ResultSets, found.Response.StartOffset));
                Assert.True(found.StatementText is null || found.StatementText == real.StatementText, found.StatementText);
            }
        }

        Assert.True(shown > 0 || name.StartsWith("before41", StringComparison.Ordinal) || name == "binlog-follow", "nothing was shown");
    }

    [Theory]
    [InlineData("metadata")]
    [InlineData("metadata-eof")]
    [InlineData("prepared")]
    public void Executions_without_definitions_are_read_to_their_end_where_the_login_was_not_seen(string name)
    {
        var calls = RecordedTalk.Calls(name);
        var first = Enumerable.Range(0, calls.Count).First(i => calls[i].FromClient && calls[i].Bytes[3] == 0); // the first command
        var talk = Conversation.AtServer(fromStart: false).Tell(name);
        for (var i = 0; i < first; i++)
        {
            talk.RemoveCall(0);
        }

        var whole = Conversation.AtServer().Tell(name).Finish(close: true).Cast<MySqlExchange>().Skip(1).ToList();
        var joined = talk.Finish(close: true).Cast<MySqlExchange>().ToList();

        Assert.Equal(whole.Select(Facts), joined.Select(Facts));
    }

    private static (string, ExchangeState, MySqlCommand, string?, long?, ulong?, int) Facts(MySqlExchange e) =>
        (e.Id, e.State, e.Command, e.StatementText, e.ReturnedRows, e.AffectedRows, e.ResultSets);
}
