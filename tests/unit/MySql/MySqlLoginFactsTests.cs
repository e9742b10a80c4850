// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Protocols.MySql;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.MySql;

/// <summary>What a client tells of itself in its login.</summary>
public sealed class MySqlLoginFactsTests
{
    private const uint ConnectAttributes = 1u << 20;
    private const uint Zstd = 1u << 26;

    [Fact]
    public void Connection_attributes_stand_on_every_exchange_of_the_connection()
    {
        var exchanges = Talk(ConnectAttributes, Attributes(("_client_name", "libmariadb"), ("_pid", "17"), ("program_name", "mysql"))).Finish();

        Assert.Equal(2, exchanges.Count);
        Assert.All(exchanges.Cast<MySqlExchange>(), e => Assert.Equal(
            ["_client_name=libmariadb", "_pid=17", "program_name=mysql"], e.ClientAttributes.Select(a => $"{a.Key}={a.Value}")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_level_of_zstd_stands_behind_them(bool withAttributes)
    {
        var login = (MySqlExchange)Talk(
            Zstd | (withAttributes ? ConnectAttributes : 0), [.. withAttributes ? Attributes(("_os", "Linux")) : [], 7]).Finish()[0];

        Assert.Equal(((byte)7, "zstd"), (login.CompressionLevel!.Value, login.Compression));
    }

    [Fact]
    public void What_is_too_much_or_cut_off_is_left_out()
    {
        var many = Talk(ConnectAttributes, Attributes([.. Enumerable.Range(0, 100).Select(i => ($"name{i}", new string('v', 300)))])).Finish();
        var attributes = ((MySqlExchange)many[0]).ClientAttributes;
        Assert.InRange(attributes.Count, 1, 32);
        Assert.All(attributes, a => Assert.Equal(256, a.Value.Length));

        var lying = Talk(ConnectAttributes, [0xfd, 0xff, 0xff, 0xff, 3, .. Wire.Text("abc"), 200, 1]).Finish();
        Assert.Empty(((MySqlExchange)lying[0]).ClientAttributes);
    }

    [Fact]
    public void The_bytes_of_a_local_file_are_counted()
    {
        var exchanges = Talk(0, []).Client(Wire.Query("LOAD DATA LOCAL INFILE 'f' INTO TABLE t")).Server(Wire.Packet(1, [0xfb, .. Wire.Text("f")]))
            .Client(Wire.Packet(2, Wire.Text("12345"))).Client(Wire.Packet(3, Wire.Text("678"))).Client(Wire.Packet(4)).Server(Wire.Ok(5, affected: 1))
            .Client(Wire.Query("SELECT 2")).Server(Wire.Ok()).Finish().Cast<MySqlExchange>().ToList();

        Assert.Equal([null, null, 8L, null], exchanges.Select(e => e.LocalFileBytes));
    }

    private static Conversation Talk(uint flags, byte[] behind)
    {
        var login = Wire.Login((Wire.ClientFlags & ~ConnectAttributes) | flags);
        byte[] payload = [.. login[4..], .. behind];
        return Conversation.AtClient().Server(Wire.Greeting(0xffffffff)).Client(Wire.Packet(1, payload)).Server(Wire.Ok(2))
            .Client(Wire.Query("SELECT 1")).Server(Wire.Ok());
    }

    private static byte[] Attributes(params (string Name, string Value)[] attributes)
    {
        byte[] pairs = [.. attributes.SelectMany(a => (byte[])[.. Wire.LengthEncoded(a.Name), .. Wire.LengthEncoded(a.Value)])];
        return [.. Wire.LengthEncoded((ulong)pairs.Length), .. pairs];
    }
}
