// SPDX-License-Identifier: Apache-2.0
using System.Text;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>
/// Definitions that are left out: by MariaDB because the client has them (CACHE_METADATA), by MySQL because it does not want
/// them (OPTIONAL_RESULTSET_METADATA). <see cref="RecordedTalkTests"/> and <see cref="RecordedJoinTests"/> have the servers' own bytes.
/// </summary>
public sealed class MySqlMetadataTests
{
    private const uint OptionalMetadata = 1u << 25;
    private const uint DeprecateEof = 1u << 24;

    [Fact]
    public void The_recorded_conversations_have_what_they_are_recorded_for()
    {
        Assert.Contains(PacketsOf("prepared"), p => p.Sequence == 1 && p.Payload.SequenceEqual(new byte[] { 2, 0 })); // two columns, no definitions
        Assert.Contains(PacketsOf("metadata"), p => p.Sequence == 1 && p.Payload.SequenceEqual(new byte[] { 2, 0 }));
        Assert.Contains(PacketsOf("metadata-eof"), p => p is { Sequence: 3, Payload: [0xfe, _, _, _, _] }); // a PREPARE's second EOF, no definition
        Assert.Contains(PacketsOf("extended"), p => Encoding.Latin1.GetString(p.Payload).Contains("\u0004json", StringComparison.Ordinal));
        Assert.DoesNotContain(PacketsOf("text"), p => p.Sequence == 1 && p.Payload is [_, 0]);
    }

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void Metadata_that_MariaDb_knows_to_be_cached_is_not_missed(EndpointRole role)
    {
        var executions = new Conversation(role).Tell("prepared").Finish(close: true).Cast<MySqlExchange>()
            .Where(e => e is { Command: MySqlCommand.StatementExecute, ResultSets: 1 }).ToList();

        Assert.Equal([2L, 2L, 1L], executions.Select(e => e.ReturnedRows));
        Assert.All(executions, e => Assert.Equal(Completeness.Complete, e.Completeness));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_first_guess_that_the_answer_had_ended_is_corrected_by_the_EOF_behind_it(bool atClient, bool definitions)
    {
        // Nothing negotiated was seen, and the answer to PREPARE might be whole: then the EOF packets come, by a call of their own.
        byte[] ok = Wire.Packet(1, [0, 5, 0, 0, 0, (byte)(definitions ? 0 : 1), 0, 1, 0, 0, 0, 0, .. definitions ? [] : (byte[])[0]]);
        var talk = (atClient ? Conversation.AtClient(fromStart: false) : Conversation.AtServer(fromStart: false))
            .Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok())
            .Client(Wire.Prepare("DO ?"));
        _ = definitions
            ? talk.Server(Wire.Join(ok, Wire.Definition(2))).Server(Wire.Eof(3))
            : talk.Server(ok).Server(Wire.Eof(2)).Server(Wire.Eof(3));
        for (var i = 1; i < 12; i++)
        {
            talk.Client(Wire.Query($"SELECT {i}")).Server(Wire.ResultSet(false, i));
        }

        var exchanges = talk.Client(Wire.Command(MySqlCommand.Ping)).Server(Wire.Ok()).Finish().Cast<MySqlExchange>().ToList();

        var prepare = Assert.Single(exchanges, e => e.Command == MySqlCommand.StatementPrepare);
        Assert.Equal(5u, prepare.StatementId);
        Assert.All(exchanges, e => Assert.True(e.State == ExchangeState.Done || (atClient && e.State == ExchangeState.Lost), $"{e.Command} {e.State}"));
        Assert.All(exchanges.Where(e => e is { Command: MySqlCommand.Query, State: ExchangeState.Done }), e => Assert.Equal($"SELECT {e.ReturnedRows}", e.StatementText));
        Assert.InRange(exchanges.Count(e => e is { Command: MySqlCommand.Query, State: ExchangeState.Done }), 10, 11);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_answer_without_definitions_is_read_also_where_the_login_said_otherwise(bool deprecateEof)
    {
        // Behind a proxy the flags of one side may not be what the other side's server was told.
        byte[] end = deprecateEof ? Wire.Ok(4, header: 0xfe) : Wire.Eof(5);
        byte[] rows = deprecateEof
            ? Wire.Join(Wire.Packet(1, 1, 0), Wire.Packet(2, 1, 65), Wire.Packet(3, 1, 66), end)
            : Wire.Join(Wire.Packet(1, 1, 0), Wire.Eof(2), Wire.Packet(3, 1, 65), Wire.Packet(4, 1, 66), end);
        foreach (var told in (uint[])[0, OptionalMetadata])
        {
            var exchanges = Conversation.AtClient().Server(Wire.Greeting())
                .Client(Wire.Login(Wire.ClientFlags | told | (deprecateEof ? DeprecateEof : 0))).Server(Wire.Ok(2))
                .Client(Wire.Query("SELECT a")).Server(rows).Client(Wire.Query("SELECT b")).Server(rows).Finish().Cast<MySqlExchange>().ToList();

            Assert.Equal([2L, 2L], exchanges.Skip(1).Select(e => e.ReturnedRows));
        }
    }

    private static IEnumerable<(int Sequence, byte[] Payload)> PacketsOf(string name)
    {
        byte[] bytes = [.. RecordedTalk.Calls(name).Where(call => !call.FromClient).SelectMany(call => call.Bytes)];
        for (var at = 0; at + 4 <= bytes.Length;)
        {
            var length = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16);
            yield return (bytes[at + 3], bytes[(at + 4)..(at + 4 + length)]);
            at += 4 + length;
        }
    }
}
