// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>Payloads of 16 MiB and more: packets of 0xffffff bytes, joined, and one that is shorter behind them.</summary>
public sealed class MySqlLongPayloadTests
{
    private const int Full = 0xffffff;

    [Theory]
    [InlineData(EndpointRole.Client, Full - 1)]
    [InlineData(EndpointRole.Client, Full)]
    [InlineData(EndpointRole.Server, Full + 5)]
    public void A_statement_is_its_beginning_and_the_number_of_what_is_left_out(EndpointRole role, int length)
    {
        var payload = new byte[length];
        payload.AsSpan().Fill((byte)' ');
        payload[0] = (byte)MySqlCommand.Query;
        Wire.Text("SELECT 1").CopyTo(payload, 1);
        var packets = length / Full;

        var talk = LoggedIn(role).Client(Joined(0, payload)).Pause(100).Server(Wire.Ok(packets + 1, affected: 3))
            .Client(Wire.Query("SELECT 2")).Server(Wire.Ok(affected: 4)).InPiecesOf(1_000_003);
        var exchanges = talk.Finish().Skip(1).Cast<MySqlExchange>().ToList();

        Assert.Equal([3ul, 4ul], exchanges.Select(e => e.AffectedRows));
        Assert.StartsWith("SELECT 1  ", exchanges[0].StatementText, StringComparison.Ordinal);
        Assert.Equal(length - 1, exchanges[0].StatementText!.Length + exchanges[0].StatementTextMissing);
        Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
    }

    [Theory]
    [InlineData(Full)]
    [InlineData(Full + 5)]
    public void A_row_is_one_row_whatever_its_first_byte_is(int length)
    {
        foreach (var first in (byte[])[0xfd, 0xfe])
        {
            var row = new byte[length];
            row[0] = first; // 0xfe: a length of eight bytes; in a short packet it would be the end
            var head = Wire.Join(Wire.Packet(1, 1), Wire.Definition(2), Wire.Eof(3));
            var answer = Wire.Join(head, Joined(4, row), Wire.Packet(6, 1, 65), Wire.Eof(7));

            var exchanges = LoggedIn(EndpointRole.Client).Client(Wire.Query("SELECT 1")).Server(answer).Pause(100)
                .Client(Wire.Query("SELECT 2")).Server(Wire.Ok(affected: 4)).InPiecesOf(1_000_003)
                .Finish().Skip(1).Cast<MySqlExchange>().ToList();

            Assert.Equal([2L, null], exchanges.Select(e => e.ResultSets > 0 ? e.ReturnedRows : null));
            Assert.Equal(answer.Length, exchanges[0].ResponseBytes);
            Assert.All(exchanges, e => Assert.Equal(Completeness.Complete, e.Completeness));
        }
    }

    [Fact]
    public void A_hole_inside_a_packet_of_a_long_row_is_skipped_and_one_across_its_end_loses_framing()
    {
        var row = new byte[Full + 500];
        row[0] = 0xfd;
        var answer = Wire.Join(Wire.Packet(1, 1), Wire.Definition(2), Wire.Eof(3), Joined(4, row), Wire.Eof(6));
        var whole = ((MySqlExchange)LoggedIn(EndpointRole.Client).Client(Wire.Query("SELECT 1"))
            .ServerCut(answer, head: 1000, tail: 700).Finish()[1]);
        Assert.Equal((1L, CompletenessKind.Truncated), (whole.ReturnedRows, whole.Completeness.Kind));

        var lost = LoggedIn(EndpointRole.Client).Client(Wire.Query("SELECT 1"))
            .ServerCut(answer, head: 1000, tail: 100).Finish(close: true).Skip(1).Cast<MySqlExchange>();
        Assert.All(lost, e => Assert.Null(e.ReturnedRows));
    }

    [Fact]
    public void An_answer_of_which_little_was_captured_has_all_its_bytes_and_not_its_rows()
    {
        var row = new byte[1000];
        row[0] = 0xfc;
        (row[1], row[2]) = (997 & 0xff, 997 >> 8);
        var rows = Wire.Join([.. Enumerable.Range(0, 100).Select(i => Wire.Packet((4 + i) & 0xff, row))]);
        var answer = Wire.Join(Wire.Packet(1, 1), Wire.Definition(2), Wire.Eof(3), rows, Wire.Eof(104));
        var talk = LoggedIn(EndpointRole.Server).Client(Wire.Query("SELECT 1"));
        for (var at = 0; at < answer.Length; at += 16 * 1024)
        {
            talk = talk.ServerCut(answer[at..Math.Min(answer.Length, at + (16 * 1024))], head: 256, tail: 256);
        }

        var exchanges = talk.Pause(1).Client(Wire.Query("SELECT 2")).Server(Wire.Ok(affected: 4)).Finish().Skip(1).Cast<MySqlExchange>().ToList();
        Assert.Equal((default(long?), (long)answer.Length), (exchanges[0].ReturnedRows, exchanges[0].ResponseBytes));
        Assert.Equal((ExchangeState.Done, CompletenessKind.Truncated), (exchanges[0].State, exchanges[0].Completeness.Kind));
        Assert.InRange(exchanges[0].ReturnedRowsAtLeast ?? -1, 0, 100);
        Assert.Equal((4ul, CompletenessKind.Complete), (exchanges[1].AffectedRows, exchanges[1].Completeness.Kind));
    }

    private static Conversation LoggedIn(EndpointRole role) => new Conversation(role)
        .Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags)).Server(Wire.Ok(2));

    private static byte[] Joined(int sequence, byte[] payload)
    {
        var parts = new List<byte[]>();
        for (var at = 0; at <= payload.Length; at += Full)
        {
            parts.Add(Wire.Packet(sequence++, payload[at..Math.Min(payload.Length, at + Full)]));
        }

        var joined = new byte[parts.Sum(p => p.Length)];
        var end = 0;
        foreach (var part in parts)
        {
            part.CopyTo(joined, end);
            end += part.Length;
        }

        return joined;
    }
}
