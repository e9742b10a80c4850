// SPDX-License-Identifier: Apache-2.0
using L7Trace.Export;
using L7Trace.Parsers.Model;
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Export.Json;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>The connection phase in all its shapes, and the commands that begin a session anew.</summary>
public sealed class MySqlAuthenticationTests
{
    private const uint ConnectWithDb = 1u << 3;
    private const uint SecureConnection = 1u << 15;
    private const uint PluginAuth = 1u << 19;
    private const uint ConnectAttributes = 1u << 20;
    private const uint LengthEncoded = 1u << 21;
    private const uint MultiFactor = 1u << 28;
    private static readonly byte[] s_secret = Wire.Text("hunter2-hunter2-hunter2");

    [Fact]
    public void A_login_has_its_parts_in_every_combination_of_flags()
    {
        uint[] flags = [ConnectWithDb, SecureConnection, PluginAuth, ConnectAttributes, LengthEncoded];
        for (var set = 0; set < 1 << flags.Length; set++)
        {
            var chosen = flags.Where((_, bit) => (set & (1 << bit)) != 0).Aggregate(0u, (all, flag) => all | flag);
            var longSecret = (chosen & LengthEncoded) != 0 ? Enumerable.Repeat((byte)0x41, 300).ToArray() : s_secret;
            byte[] payload =
            [
                .. BitConverter.GetBytes((1u << 9) | 1u | chosen), 0, 0, 0, 1, 45, .. new byte[23], .. Wire.Text("app"), 0,
                .. (chosen & LengthEncoded) != 0 ? Wire.LengthEncoded(300)
                    : (chosen & SecureConnection) != 0 ? [(byte)longSecret.Length] : (byte[])[],
                .. longSecret, .. (chosen & (LengthEncoded | SecureConnection)) == 0 ? [0] : (byte[])[],
                .. (chosen & ConnectWithDb) != 0 ? [.. Wire.Text("shop"), 0] : (byte[])[],
                .. (chosen & PluginAuth) != 0 ? [.. Wire.Text("plugin"), 0] : (byte[])[],
                .. (chosen & ConnectAttributes) != 0 ? Attributes("program_name", "cli") : [],
            ];
            var login = (MySqlExchange)Conversation.AtServer().Server(Wire.Greeting()).Client(Wire.Packet(1, payload)).Server(Wire.Ok(2)).Finish()[0];

            Assert.Equal(("app", (chosen & ConnectWithDb) != 0 ? "shop" : null, (chosen & PluginAuth) != 0 ? "plugin" : null),
                (login.User, login.Schema, login.AuthenticationPlugin));
            Assert.Equal((chosen & ConnectAttributes) != 0 ? ["cli"] : (string[])[], login.ClientAttributes.Select(a => a.Value));
            Assert.Equal(ExchangeState.Done, login.State);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10_000)]
    public void A_login_with_several_factors_is_one_login(int size)
    {
        var exchanges = Conversation.AtClient().Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | MultiFactor))
            .Server(Wire.Packet(2, 1, 4)).Client(Wire.Packet(3, [.. s_secret, 0]))
            .Server(Wire.Packet(4, [2, .. Wire.Text("authentication_ldap_simple_client"), 0])).Client(Wire.Packet(5, [.. s_secret, 0]))
            .Server(Wire.Packet(6, [2, .. Wire.Text("authentication_webauthn_client"), 0, .. new byte[40]])).Client(Wire.Packet(7, new byte[200]))
            .Server(Wire.Ok(8)).Client(Wire.Query("SELECT 1")).Server(Wire.ResultSet(false, 2)).InPiecesOf(size).Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal([(MySqlCommand.Connect, ExchangeState.Done), (MySqlCommand.Query, ExchangeState.Done)], exchanges.Select(e => (e.Command, e.State)));
        Assert.Equal(2, exchanges[1].ReturnedRows);
        AssertNoSecret(exchanges);
    }

    [Fact]
    public void A_second_factor_that_fails_fails_the_login()
    {
        var login = (MySqlExchange)Conversation.AtClient().Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags | MultiFactor))
            .Server(Wire.Packet(2, [2, .. Wire.Text("plugin"), 0])).Client(Wire.Packet(3, 1)).Server(Wire.Err(4, 1045, "28000")).Finish().Single();

        Assert.Equal(((ushort?)1045, "28000"), (login.ErrorCode, login.SqlState));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_change_of_user_brings_schema_method_and_attributes_and_clears_the_statements(bool withAttributes)
    {
        const uint flags = Wire.ClientFlags & ~ConnectAttributes;
        byte[] change =
        [
            .. Wire.Text("bob"), 0, (byte)s_secret.Length, .. s_secret, .. Wire.Text("crm"), 0, 45, 0, .. Wire.Text("caching_sha2_password"), 0,
            .. withAttributes ? Attributes("program_name", "pool") : [],
        ];
        var exchanges = Conversation.AtClient().Server(Wire.Greeting())
            .Client(Wire.Packet(1, [.. Wire.Login(flags | ConnectAttributes)[4..], .. Attributes("program_name", "cli")])).Server(Wire.Ok(2))
            .Client(Wire.Prepare("SELECT ?")).Server(Wire.PrepareOk(false, 4, 0, 0))
            .Client(Wire.Command(MySqlCommand.ChangeUser, change)).Server(Wire.Packet(1, 1, 3)).Server(Wire.Ok(2))
            .Client(Wire.Execute(4)).Server(Wire.Err(1, 1243, "HY000")).Finish().Cast<MySqlExchange>().ToList();

        var name = withAttributes ? "pool" : "cli"; // the process is the same, and may not say it again
        Assert.Equal(("bob", "crm", "caching_sha2_password", name),
            (exchanges[2].User, exchanges[2].Schema, exchanges[2].AuthenticationPlugin, Assert.Single(exchanges[2].ClientAttributes).Value));
        Assert.Equal(("bob", "crm", null, name),
            (exchanges[3].User, exchanges[3].Schema, exchanges[3].StatementText, Assert.Single(exchanges[3].ClientAttributes).Value));
        AssertNoSecret(exchanges);
    }

    [Fact]
    public void A_reset_connection_forgets_its_statements_and_keeps_user_and_schema()
    {
        var exchanges = Conversation.AtClient().Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags)).Server(Wire.Ok(2))
            .Client(Wire.Prepare("SELECT 'before'")).Server(Wire.PrepareOk(false, 1, 0, 0))
            .Client(Wire.Command(MySqlCommand.ResetConnection)).Server(Wire.Ok())
            .Client(Wire.Execute(1)).Server(Wire.Err(1, 1243, "HY000"))
            .Client(Wire.Prepare("SELECT 'behind'")).Server(Wire.PrepareOk(false, 1, 0, 0))
            .Client(Wire.Execute(1)).Server(Wire.ResultSet(false, 1, row: _ => [0, 0, 0])).Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal([null, "SELECT 'behind'"], exchanges.Where(e => e.Command == MySqlCommand.StatementExecute).Select(e => e.StatementText));
        Assert.Equal(("app", "shop"), (exchanges[^1].User, exchanges[^1].Schema));
    }

    [Fact]
    public void A_registered_replicas_password_is_kept_nowhere()
    {
        byte[] register = [9, 0, 0, 0, 4, .. Wire.Text("host"), 4, .. Wire.Text("repl"), (byte)s_secret.Length, .. s_secret, 0xea, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0];
        var exchanges = Conversation.AtClient().Server(Wire.Greeting()).Client(Wire.Login(Wire.ClientFlags)).Server(Wire.Ok(2))
            .Client(Wire.Command(MySqlCommand.RegisterSlave, register)).Server(Wire.Ok()).Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal((MySqlCommand.RegisterSlave, ExchangeState.Done), (exchanges[1].Command, exchanges[1].State));
        AssertNoSecret(exchanges);
    }

    private static void AssertNoSecret(IEnumerable<Exchange> exchanges) => Assert.All(exchanges, exchange =>
        Assert.DoesNotContain("hunter2", JsonSamples.Line(exchange, Redaction.Off), StringComparison.Ordinal));

    private static byte[] Attributes(string name, string value)
    {
        byte[] pair = [.. Wire.LengthEncoded(name), .. Wire.LengthEncoded(value)];
        return [.. Wire.LengthEncoded((ulong)pair.Length), .. pair];
    }
}
