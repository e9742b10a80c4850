// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Export.Json;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>
/// A connection that changes to TLS by SSLRequest, and goes on as the plaintext of a TLS library with offsets of its own,
/// while its ciphertext is on the socket.
/// </summary>
public sealed class MySqlTlsTests
{
    private const uint Flags = Wire.ClientFlags | (1u << 24) | (1u << 11);
    private static readonly byte[] s_clientHello = [0x16, 3, 1, 0, 4, 1, 0, 0, 0];
    private static readonly byte[] s_records = [0x17, 3, 3, 0, 32, .. Enumerable.Repeat((byte)0x5a, 32)];

    [Theory]
    [InlineData(EndpointRole.Client)]
    [InlineData(EndpointRole.Server)]
    public void A_connection_that_changes_to_tls_goes_on_in_its_plaintext(EndpointRole role)
    {
        foreach (var size in (int[])[1, 2, 3, 5, 20, 10_000])
        {
            var talk = Changed(new Conversation(role))
                .ClientTls(Wire.Login(Flags, sequence: 2)).Client(s_records)
                .ServerTls(Wire.Packet(3, [0xfe, .. Wire.Text("mysql_clear_password"), 0])).Server(s_records)
                .ClientTls(Wire.Packet(4, [.. Wire.Text("hunter2"), 0])).Client(s_records).ServerTls(Wire.Ok(5)).Server(s_records)
                .ClientTls(Wire.Prepare("SELECT ?")).ServerTls(Wire.PrepareOk(true, 3, 1, 0)).Client(s_records)
                .ClientTls(Wire.Execute(3)).Client(s_records).ServerTls(Wire.ResultSet(true, 4, row: _ => [0, 0, 0])).Server(s_records)
                .ClientTls(Wire.Command(MySqlCommand.Quit)).Client(s_records);
            var exchanges = talk.InPiecesOf(size).Finish(close: true).Cast<MySqlExchange>().ToList();

            Assert.Equal([MySqlCommand.Connect, MySqlCommand.StatementPrepare, MySqlCommand.StatementExecute, MySqlCommand.Quit], exchanges.Select(e => e.Command));
            Assert.All(exchanges, e => Assert.Equal(
                (true, Completeness.Complete, "8.0.36", 77u, "app"), (e.Tls, e.Completeness, e.ServerVersion, e.ServerConnectionId, e.User)));
            Assert.Equal(("SELECT ?", 4L, ExchangeState.Done), (exchanges[2].StatementText, exchanges[2].ReturnedRows, exchanges[2].State));
            Assert.Equal([Protocol.MySql, Protocol.Tls, Protocol.MySql], talk.Found);
            Assert.All(exchanges, e => Assert.DoesNotContain("hunter2", JsonSamples.Line(e, Redaction.Off), StringComparison.Ordinal));
            Assert.Equal(0ul, talk.Engine.Counters.Faults);
        }
    }

    [Fact]
    public void A_compressed_connection_changes_to_tls_too()
    {
        const uint compress = 1u << 5;
        var exchanges = Conversation.AtClient().Server(Wire.Greeting(0xffffffff)).Client(SslRequest(Flags | compress)).Client(s_clientHello).Server(s_records)
            .ClientTls(Wire.Login(Flags | compress, sequence: 2)).ServerTls(Wire.Ok(3))
            .ClientTls(Packing.Zlib.Pack(Wire.Query("SELECT 1"), 0)).ServerTls(Packing.Zlib.Pack(Wire.ResultSet(true, 200), 1))
            .Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal((200L, "zlib", true), (exchanges[1].ReturnedRows, exchanges[1].Compression, exchanges[1].Tls));
    }

    [Fact]
    public void What_is_missing_of_the_plaintext_is_a_gap_there()
    {
        var talk = Changed(Conversation.AtServer()).ClientTls(Wire.Login(Flags, sequence: 2)).ServerTls(Wire.Ok(3))
            .ClientTls(Wire.Query("SELECT 1")).ServerTls(Wire.ResultSet(true, 1))
            .ClientTls(Wire.Query("SELECT 2")).ServerTls(Wire.ResultSet(true, 2)).Lost()
            .ClientTls(Wire.Query("SELECT 3")).ServerTls(Wire.ResultSet(true, 3))
            .ClientTls(Wire.Query("SELECT 4")).ServerTls(Wire.ResultSet(true, 4));
        var exchanges = talk.Finish(close: true).Cast<MySqlExchange>().ToList();

        Assert.Equal([1L, null, 3L, 4L], exchanges.Skip(1).Select(e => e.ReturnedRows));
        Assert.Equal(ExchangeState.Lost, exchanges[2].State);
    }

    [Fact]
    public void A_login_whose_greeting_was_missed_is_found_in_the_plaintext()
    {
        var talk = Conversation.AtClient().Server(Wire.Greeting(0xffffffff)).Lost().Client(SslRequest(Flags)).Client(s_clientHello).Server(s_records)
            .ClientTls(Wire.Login(Flags, sequence: 2)).ServerTls(Wire.Ok(3)).ClientTls(Wire.Query("SELECT 1")).ServerTls(Wire.ResultSet(true, 1));
        var exchanges = talk.Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal(["app", "app"], exchanges.Select(e => e.User));
        Assert.Equal((1L, null, true), (exchanges[1].ReturnedRows, exchanges[1].ServerVersion, exchanges[1].Tls));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_connection_that_was_tls_before_we_looked_is_found_in_its_plaintext(bool ciphertextSeen)
    {
        var talk = Conversation.AtServer(fromStart: false);
        _ = ciphertextSeen ? talk.Client(s_records).Server(s_records) : talk;
        talk.ClientTls(Wire.Query("SELECT 1")).ServerTls(Wire.ResultSet(true, 1)).Client(s_records).Server(s_records)
            .ClientTls(Wire.Query("SELECT 2")).ServerTls(Wire.ResultSet(true, 2)).Client(s_records);
        var exchanges = talk.Finish(close: true).Cast<MySqlExchange>().ToList();

        Assert.Equal([("SELECT 1", 1L), ("SELECT 2", 2L)], exchanges.Select(e => (e.StatementText, e.ReturnedRows!.Value)));
        Assert.All(exchanges, e => Assert.True(e.Tls));
    }

    [Fact]
    public void Ciphertext_alone_gives_nothing_and_costs_nothing()
    {
        var talk = Changed(Conversation.AtClient());
        for (var i = 0; i < 50; i++)
        {
            talk.Client(s_records).Server(s_records);
        }

        Assert.Empty(talk.Finish(close: true));
        Assert.Equal([Protocol.MySql, Protocol.Tls], talk.Found);
    }

    [Fact]
    public void Calls_of_both_sources_in_any_order_never_throw_and_make_no_wrong_pair()
    {
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var talk = Changed(new Conversation(seed % 2 == 0 ? EndpointRole.Client : EndpointRole.Server))
                .ClientTls(Wire.Login(Flags, sequence: 2)).ServerTls(Wire.Ok(3));
            for (var i = 1; i < 20; i++)
            {
                talk.ClientTls(Wire.Query($"SELECT {i}"));
                Disturb(talk, random);
                talk.ServerTls(Wire.ResultSet(true, i));
                Disturb(talk, random);
                var noise = new byte[random.Next(60)];
                random.NextBytes(noise);
                _ = random.Next(2) == 0 ? talk.Client(noise) : talk.Server(noise);
            }

            var exchanges = talk.Finish(close: true).Cast<MySqlExchange>().ToList();
            Assert.Equal(0ul, talk.Engine.Counters.Faults);
            Assert.All(exchanges.Where(e => e is { State: ExchangeState.Done, Command: MySqlCommand.Query, ReturnedRows: not null }), e =>
                Assert.Equal($"SELECT {e.ReturnedRows}", e.StatementText));
        }
    }

    private static void Disturb(Conversation talk, Random random)
    {
        switch (random.Next(12))
        {
            case 0:
                talk.Lost();
                break;
            case 1:
                talk.SwapLastTwo();
                break;
            case 2:
                talk.Pause(80);
                break;
        }
    }

    private static Conversation Changed(Conversation talk) =>
        talk.Server(Wire.Greeting(0xffffffff & ~(1u << 5) & ~(1u << 26))).Client(SslRequest(Flags)).Client(s_clientHello).Server(s_records).Client(s_records);

    private static byte[] SslRequest(uint flags) => Wire.Packet(1, [.. BitConverter.GetBytes(flags), 0, 0, 0, 1, 45, .. new byte[23]]);
}
