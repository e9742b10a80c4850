// SPDX-License-Identifier: Apache-2.0
using System.Net;
using System.Text;
using L7Trace.Cli;
using L7Trace.Probe.Captures.Files;
using L7Trace.Probe.Captures.Packets;
using L7Trace.UnitTests.Cli;
using Xunit;

namespace L7Trace.UnitTests.Captures;

/// <summary>Name resolution blocks: read within bounds, kept by export for the connections that it takes.</summary>
public sealed class AddressNameTests : IDisposable
{
    private static readonly IPAddress Client = IPAddress.Parse("10.0.0.1");
    private static readonly IPAddress Server = IPAddress.Parse("10.0.0.2");
    private static readonly IPAddress Six = IPAddress.Parse("2001:db8::5");

    private readonly string _folder = Directory.CreateTempSubdirectory("l7names-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Names_are_read_in_either_byte_order_wherever_they_stand(bool bigEndian)
    {
        var b = new PcapngBuilder(bigEndian);
        b.Section().Block(4, Names(b, (Client, "first.example\0"))).Interface(101).Packet(1, [0x45])
            .Block(4, Names(b, (Client, "second.example\0first.example\0"), (Six, "bücher.example\0")))
            .Section().Interface(101).Block(4, Names(b, (Server, "db\0")));
        var names = Read(b.Bytes);
        Assert.Equal(["first.example", "second.example"], names.Of(Client));
        Assert.Equal(["bücher.example"], names.Of(Six));
        Assert.Equal(["db"], names.Of(Server));
        Assert.Empty(names.Of(IPAddress.Loopback));
        Assert.Equal((4, 0L), (names.Count, names.LeftOut));
    }

    [Theory]
    [InlineData("\u001b]0;owned\u0007")]
    [InlineData("a\nb")]
    [InlineData("a\u007f")]
    [InlineData("a\u0085b")]
    [InlineData("\u202emoc.elpmaxe")]
    [InlineData("a\u200bb")]
    [InlineData("\u2028")]
    public void A_name_that_a_terminal_would_obey_is_left_out(string name)
    {
        var b = new PcapngBuilder();
        b.Section().Block(4, Names(b, (Client, name + "\0good\0")));
        var names = Read(b.Bytes);
        Assert.Equal(["good"], names.Of(Client));
        Assert.Equal(1, names.LeftOut);
    }

    [Fact]
    public void What_is_damaged_is_left_out_and_the_packets_behind_it_are_read()
    {
        var b = new PcapngBuilder();
        b.Section().Interface(101)
            .Block(4, [.. b.Option(1, [10, 0, 0]), .. b.Option(1, [.. Client.GetAddressBytes(), .. "no end"u8])])
            .Block(4, b.Option(1, [.. Client.GetAddressBytes(), 0xC3, 0x28, 0, 0, (byte)'x', 0]))
            .Block(4, [.. b.U16(2), .. b.U16(5000), .. Six.GetAddressBytes()])
            .Block(4, [])
            .Block(4, [0, 0, 0, 0])
            .Block(4, [.. b.Option(77, [1, 2, 3]), .. b.Option(1, [.. Client.GetAddressBytes(), .. new byte[256].Select(static _ => (byte)'a'), 0])])
            .Packet(1, [0x45]);
        var names = Read(b.Bytes, packets: 1);
        Assert.Equal(["x"], names.Of(Client));
        Assert.Empty(names.Of(Six));
        Assert.Equal(6, names.LeftOut);
    }

    [Fact]
    public void A_file_that_is_cut_or_changed_anywhere_in_its_names_is_read_within_bounds()
    {
        var b = new PcapngBuilder();
        b.Section().Interface(101);
        var begin = b.Length;
        b.Block(4, Names(b, (Client, "one.example\0two\0"), (Six, "three\0")));
        var end = b.Length;
        b.Packet(1, [0x45]);
        var file = b.Bytes;
        for (var at = begin; at < end; at++)
        {
            Assert.True(Read(file[..at], packets: null).Count <= 3);
            for (var value = 0; value < 256; value += 5)
            {
                var changed = file.ToArray();
                changed[at] = (byte)value;
                Assert.True(Read(changed, packets: null).Count <= 5);
            }
        }
    }

    [Fact]
    public void Names_without_end_are_kept_within_a_bound()
    {
        var b = new PcapngBuilder();
        b.Section().Interface(101);
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var address = new byte[4];
            random.NextBytes(address);
            b.Block(4, Names(b, (new IPAddress(address), string.Concat(Enumerable.Range(0, 100).Select(n => $"{i}-{n}-{new string('a', 200)}\0")))));
        }

        var names = Read(b.Bytes);
        Assert.InRange(names.Count, 10_000, 40_000);
        Assert.Equal(200_000, names.Count + names.LeftOut);
    }

    [Fact]
    public void A_block_too_large_to_look_into_is_passed_over()
    {
        var b = new PcapngBuilder();
        b.Section().Interface(101).Block(4, new byte[17 * 1024 * 1024]).Packet(1, [0x45]);
        Assert.Equal(0, Read(b.Bytes, packets: 1).Count);
    }

    [Fact]
    public void Export_keeps_the_names_of_the_connections_that_it_takes_and_of_no_others()
    {
        var (path, made, again, none) = (In("a"), In("b"), In("c"), In("d"));
        var talk = new TcpTalk().Handshake().Client(TcpFlag.Ack, 0, TcpTalk.Get(1)).Server(TcpFlag.Ack, 0, TcpTalk.Ok(1), TcpTalk.Get(1).Length);
        using var reader = CaptureReader.Open(new MemoryStream(talk.Build()));
        var b = new PcapngBuilder(bigEndian: true);
        b.Section().Interface(101).Block(4, Names(b, (Client, "client.example\0"), (Six, "secret.example\0")));
        while (reader.Read())
        {
            b.Packet((ulong)reader.Packet.Time / 1000, reader.Packet.Bytes.ToArray());
        }

        b.Block(4, Names(b, (Client, "late\0"), (Server, "db\0db.example\0")));
        File.WriteAllBytes(path, b.Bytes);
        Export(path, made);
        Export(made, again);
        Export(path, none, "--port", "1");
        foreach (var file in (string[])[made, again])
        {
            var names = Read(File.ReadAllBytes(file), packets: null);
            Assert.Equal(["client.example", "late"], names.Of(Client));
            Assert.Equal(["db", "db.example"], names.Of(Server));
            Assert.Empty(names.Of(Six));
        }

        Assert.Equal(0, Read(File.ReadAllBytes(none), packets: null).Count);
        Assert.True(
            File.ReadAllBytes(made).AsSpan().IndexOf("client.example"u8) < File.ReadAllBytes(made).AsSpan().IndexOf("GET /1"u8),
            "who reads the file once needs the name in front of the packets");
    }

    private string In(string name) => Path.Combine(_folder, name);

    private static void Export(string from, string to, params string[] options) =>
        Assert.Equal(ExitCode.Done, new CliRun().Run(["export", "--to", "pcapng", "-r", from, "-w", to, .. options]));

    private static byte[] Names(PcapngBuilder b, params (IPAddress Address, string Names)[] records) =>
    [
        .. records.SelectMany(x => b.Option(
            (ushort)(x.Address.GetAddressBytes().Length == 4 ? 1 : 2), [.. x.Address.GetAddressBytes(), .. Encoding.UTF8.GetBytes(x.Names)])),
        .. b.Option(0, []),
        .. b.Option(2, "resolver.example"u8.ToArray()), // who resolved them: an option, behind the records
    ];

    private static AddressNames Read(byte[] file, int? packets = null)
    {
        using var reader = CaptureReader.Open(new MemoryStream(file));
        while (reader.Read())
        {
        }

        if (packets is { } count)
        {
            Assert.Equal(count, reader.PacketCount);
            Assert.Null(reader.Damage);
        }

        return reader.Names;
    }
}
