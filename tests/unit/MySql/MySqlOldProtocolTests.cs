// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>
/// Servers and clients of before protocol 4.1. (<see cref="RecordedTalkTests"/> has what a server of today answers to such
/// clients.)
/// </summary>
public sealed class MySqlOldProtocolTests
{
    private static readonly byte[] s_login = Wire.Packet(1, [0x0c, 0x20, 0, 0, 1, .. Wire.Text("old"), 0, .. Wire.Text("scramble"), 0, .. Wire.Text("shop"), 0]);

    [Fact]
    public void A_greeting_of_protocol_9_and_its_login_are_told_and_nothing_behind_them_is_guessed()
    {
        var greeting = Wire.Packet(0, [9, .. Wire.Text("3.20.32"), 0, 5, 0, 0, 0, .. Wire.Text("12345678"), 0]);
        foreach (var size in (int[])[1, 2, 5, 1000])
        {
            var talk = Conversation.AtClient().Server(greeting).Client(s_login).Server(Wire.Packet(2, 0, 0, 0));
            for (var i = 0; i < 6; i++)
            {
                talk.Client(Wire.Query("SELECT 1")).Server(Wire.Ok());
            }

            var login = (MySqlExchange)Assert.Single(talk.InPiecesOf(size).Finish(close: true));
            Assert.Equal((MySqlCommand.Connect, "old", "shop", "3.20.32", 5u), (login.Command, login.User, login.Schema, login.ServerVersion, login.ServerConnectionId));
            Assert.Equal((ExchangeState.Lost, null), (login.State, login.ErrorCode)); // how it ended is not known
            Assert.Equal([Protocol.MySql], talk.Found);
        }
    }

    [Theory]
    [InlineData("1234567")]
    [InlineData("123456789")]
    public void What_only_begins_like_protocol_9_is_left_alone(string scramble)
    {
        var talk = Conversation.AtClient().Server(Wire.Packet(0, [9, .. Wire.Text("3.20.32"), 0, 5, 0, 0, 0, .. Wire.Text(scramble), 0]));
        for (var i = 0; i < 6; i++)
        {
            talk.Client(Wire.Query("SELECT 1")).Server(Wire.Ok());
        }

        Assert.Empty(talk.Finish(close: true));
        Assert.Equal([Protocol.Other], talk.Found);
    }

    [Fact]
    public void An_error_of_before_4_1_has_a_number_and_a_message_and_no_state()
    {
        var exchanges = LoggedIn()
            .Client(Wire.Query("SELECT x")).Server(Wire.Packet(1, [0xff, 0x1e, 4, .. Wire.Text("Unknown column 'x'")]))
            .Client(Wire.Query("UPDATE t SET a=1")).Server(Wire.Packet(1, 0, 5, 0, 3, 0))
            .Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal(((ushort?)1054, null, "Unknown column 'x'"), (exchanges[1].ErrorCode, exchanges[1].SqlState, exchanges[1].ErrorMessage));
        Assert.Equal((5ul, true, null), (exchanges[2].AffectedRows, exchanges[2].InTransaction, exchanges[2].Warnings));
    }

    [Fact]
    public void After_a_loss_no_shape_of_today_is_read_into_an_old_answer()
    {
        byte[] rows = Wire.Join(Wire.Packet(1, 1), Wire.Packet(2, [0, 1, (byte)'c', 3, 1, 0, 0, 1, 3, 3, 0, 0, 0]), Wire.Packet(3, 0xfe),
            Wire.Packet(4, 1, (byte)'7'), Wire.Packet(5, 0xfe));
        for (var lost = 0; lost < 8; lost++)
        {
            var talk = LoggedIn();
            for (var i = 0; i < 4; i++)
            {
                talk.Client(Wire.Query($"SELECT {i}"));
                _ = lost == 2 * i ? talk.Lost() : talk;
                talk.Server(i % 2 == 0 ? rows : Wire.Packet(1, [0, (byte)i, 0, 2, 0]));
                _ = lost == (2 * i) + 1 ? talk.Lost() : talk;
            }

            Assert.All(talk.Finish(close: true).Skip(1).Cast<MySqlExchange>().Where(e => e.State == ExchangeState.Done), e =>
            {
                var number = e.StatementText![^1] - '0';
                Assert.Equal(number % 2 == 0 ? (1L, null) : ((long?)null ?? 0, (ulong)number), (e.ReturnedRows ?? 0, e.AffectedRows));
            });
        }
    }

    private static Conversation LoggedIn() => Conversation.AtClient()
        .Server(Wire.Greeting()).Client(s_login).Server(Wire.Packet(2, 0, 0, 0, 2, 0));
}
