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

            shown += AssertTookPlace(talk, whole, $"joined at {joined}");
        }

        Assert.True(shown > 0 || name.StartsWith("before41", StringComparison.Ordinal) || name == "binlog-follow", "nothing was shown");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Whichever_two_calls_of_a_recorded_talk_are_lost_what_is_shown_is_what_took_place(string name, EndpointRole role)
    {
        var whole = new Conversation(role).Tell(name).Finish(close: true).Cast<MySqlExchange>().ToDictionary(e => e.Id);
        var calls = RecordedTalk.Calls(name).Count;
        for (var first = 0; first < calls; first++)
        {
            for (var second = first + 1; second < calls; second++)
            {
                var talk = new Conversation(role).Tell(name);
                talk.RemoveCall(second);
                talk.RemoveCall(first);
                AssertTookPlace(talk, whole, $"without {first} and {second}");
            }
        }
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

    // What is done was asked there and answered there. Returns how many were.
    private static int AssertTookPlace(Conversation talk, Dictionary<string, MySqlExchange> whole, string how)
    {
        var done = talk.Finish(close: true).Cast<MySqlExchange>().Where(e => e is { State: ExchangeState.Done, Command: not MySqlCommand.Unknown }).ToList();
        Assert.All(done, found =>
        {
            Assert.True(whole.TryGetValue(found.Id, out var real), $"{how}: {found.Command} {found.StatementText} was never asked");
            var isTruncated = found.Completeness.MissingBytes > 0; // then it may say less
            Assert.Equal(
                (how, real.Command, real.ReturnedRows, real.AffectedRows, real.ErrorCode, real.Response.StartOffset),
                (how, found.Command, isTruncated ? found.ReturnedRows ?? real.ReturnedRows : found.ReturnedRows,
                    isTruncated ? found.AffectedRows ?? real.AffectedRows : found.AffectedRows, found.ErrorCode, found.Response.StartOffset));
            Assert.InRange(found.ResultSets, isTruncated ? 0 : real.ResultSets, real.ResultSets);
            Assert.True(found.StatementText is null || found.StatementText == real.StatementText, $"{how}: {found.StatementText}");
        });
        return done.Count;
    }

    private static (string, ExchangeState, MySqlCommand, string?, long?, ulong?, int) Facts(MySqlExchange e) =>
        (e.Id, e.State, e.Command, e.StatementText, e.ReturnedRows, e.AffectedRows, e.ResultSets);
}
