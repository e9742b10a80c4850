// SPDX-License-Identifier: Apache-2.0
using System.IO.Compression;
using L7Trace.Probe.Captures.Files;
using Xunit;

namespace L7Trace.UnitTests.Captures;

public class CaptureReaderTests
{
    private static readonly byte[] _first = [1, 2, 3, 4, 5];
    private static readonly byte[] _second = [6, 7, 8, 9, 10, 11];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Pcap_is_read_in_both_byte_orders_and_both_units(bool bigEndian, bool nanoseconds)
    {
        var file = new PcapBuilder(113, bigEndian, nanoseconds).Packet(5, 7, _first).Packet(6, 8, _second, original: 900).Bytes;
        var unit = nanoseconds ? 1 : 1000;
        Assert.Equal(
            [
                $"{5_000_000_000L + (7 * unit)} 01-02-03-04-05 5 113 ",
                $"{6_000_000_000L + (8 * unit)} 06-07-08-09-0A-0B 900 113 ",
            ],
            Read(file).Packets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pcapng_is_read_with_sections_interfaces_options_and_all_three_packet_blocks(bool bigEndian)
    {
        var a = Sample(bigEndian);
        var b = new PcapngBuilder(!bigEndian);
        b.Section(b.Option(4, "other"u8.ToArray())).Interface(228).Packet(3, _first);
        var (packets, damage) = Read([.. a.Bytes, .. b.Bytes]);

        Assert.Null(damage);
        Assert.Equal(
            [
                "1000002000 01-02-03-04-05 5 1 hello|wörld",
                "99000000003 06-07-08-09-0A-0B 90 101 ",
                "99000000003 06-07-08-09-0A 77 1 ",
                "90000007000 06-07-08-09-0A-0B 6 101 ",
                "3000 01-02-03-04-05 5 228 ",
            ],
            packets);
    }

    [Fact]
    public void The_options_of_sections_and_interfaces_are_there_for_who_asks()
    {
        var b = new PcapngBuilder();
        b.Section(b.Option(2, "x86"u8.ToArray()), b.Option(3, "Linux"u8.ToArray()), b.Option(4, "l7trace 1\0"u8.ToArray()), b.Comment("a"), b.Comment("b"))
            .Interface(1, 0, b.Option(2, "eth0"u8.ToArray()), b.Option(3, "first"u8.ToArray()), b.Comment("c"), b.Option(2988, [1, 2]))
            .Packet(1, _first)
            .Block(5, [.. b.U32(0), .. b.U64(0), .. b.Option(5, b.U64(12)), .. b.Option(7, b.U64(3))]);
        using var reader = CaptureReader.Open(new MemoryStream(b.Bytes));

        Assert.True(reader.Read());
        var found = reader.Packet.Interface;
        Assert.False(reader.Read());
        Assert.Equal("x86 Linux l7trace 1 a,b", $"{found.Section.Hardware} {found.Section.OperatingSystem} {found.Section.UserApplication} {string.Join(',', found.Section.Comments)}");
        Assert.Equal("eth0 first c", $"{found.Name} {found.Description} {string.Join(',', found.Comments)}");
        Assert.Equal([1, 2], found.Options.Single(static option => option.Code == 2988).Value.ToArray());
        Assert.Equal(12ul, found.DroppedPackets);
    }

    [Theory]
    [InlineData(6, 1_500_000ul, 0L, 1_500_000_000L)]
    [InlineData(9, 17ul, 0L, 17L)]
    [InlineData(0, 17ul, 3L, 20_000_000_000L)]
    [InlineData(3, 17ul, -1L, 0L)]
    [InlineData(12, 17_999ul, 0L, 17L)]
    [InlineData(127, ulong.MaxValue, 0L, 0L)]
    [InlineData(0x80 | 1, 3ul, 0L, 1_500_000_000L)]
    [InlineData(0x80 | 30, 1ul << 31, 0L, 2_000_000_000L)]
    [InlineData(0xFF, ulong.MaxValue, 0L, 0L)]
    [InlineData(0, ulong.MaxValue, long.MaxValue, 1L << 62)]
    [InlineData(6, ulong.MaxValue, long.MinValue, 0L)]
    public void Times_of_every_resolution_and_offset_become_nanoseconds_or_the_nearest_bound(
        int resolution, ulong units, long offset, long expected)
    {
        var b = new PcapngBuilder();
        b.Section().Interface(1, 0, b.Option(9, [(byte)resolution]), b.Option(14, b.U64((ulong)offset))).Packet(units, _first);
        using var reader = CaptureReader.Open(new MemoryStream(b.Bytes));
        Assert.True(reader.Read());
        Assert.Equal(expected, reader.Time);
    }

    [Fact]
    public void Every_truncation_gives_the_packets_in_front_of_it_and_says_where_it_is()
    {
        foreach (var file in (byte[][])[Sample(false).Bytes, Sample(true).Bytes, new PcapBuilder().Packet(1, 1, _first).Packet(2, 2, _second).Bytes])
        {
            var whole = Read(file).Packets;
            for (var length = 28; length < file.Length; length++)
            {
                var (packets, damage) = Read(file[..length]);
                Assert.Equal(whole.Take(packets.Count), packets);
                Assert.True(packets.Count < whole.Count || length >= file.Length - 16);
                if (damage is not null)
                {
                    Assert.InRange(damage.Offset, 0, length - 1);
                    Assert.StartsWith("the file ends inside", damage.Reason, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Pieces_of_any_size_and_buffers_of_any_size_give_the_same_packets()
    {
        var file = Sample(false).Bytes;
        var whole = Read(file).Packets;
        for (var size = 1; size < 80; size++)
        {
            Assert.Equal(whole, Read(new TrickleStream(file, size), bufferSize: size).Packets);
            Assert.Equal(whole, Read(new TrickleStream(Zip(file), size), bufferSize: size).Packets);
        }
    }

    [Fact]
    public void A_gzip_file_that_is_cut_gives_what_stands_in_front()
    {
        var random = new Random(5);
        var b = new PcapBuilder();
        for (uint i = 0; i < 500; i++)
        {
            var bytes = new byte[200];
            random.NextBytes(bytes);
            b.Packet(i, 0, bytes);
        }

        var zipped = Zip(b.Bytes);
        var (packets, damage) = Read(zipped[..(zipped.Length / 3)]);
        Assert.InRange(packets.Count, 100, 300);
        Assert.NotNull(damage);
    }

    [Fact]
    public void A_read_error_is_damage_at_its_place()
    {
        var file = new PcapBuilder().Packet(1, 1, _first).Bytes;
        var (packets, damage) = Read(new TrickleStream(file, 7, failsInTheEnd: true));
        Assert.Single(packets);
        Assert.Equal(new CaptureDamage(file.Length, "the file can't be read on (Input/output error)"), damage);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("7B0A", "it is no capture: pcap and pcapng, also gzip-compressed, are read")]
    [InlineData("0102030405060708", "it is no capture: pcap and pcapng, also gzip-compressed, are read")]
    [InlineData("D4C3B2A102000400", "its header is cut off: 8 of 24 bytes are there")]
    [InlineData("34CDB2A1020004000000000000000000FFFF000001000000", "it is a pcap file of the modified (Kuznetzov) kind, which is not read; editcap -F pcap converts it")]
    [InlineData("D4C3B2A103000400000000000000000000000000FFFF0000", "it is a pcap file of version 3; version 2 is read")]
    public void What_is_no_capture_is_refused_in_a_sentence(string hex, string message)
    {
        var exception = Assert.Throws<CaptureFormatException>(
            () => CaptureReader.Open(new MemoryStream(Convert.FromHexString(hex))));
        Assert.Equal(message, exception.Message);
    }

    [Fact]
    public void A_packet_longer_than_any_is_damage_at_its_record()
    {
        var n = new PcapngBuilder();
        var file = new PcapBuilder().Packet(1, 1, _first).Raw([.. n.U32(1), .. n.U32(1), .. n.U32(0x7FFFFFFF), .. n.U32(1), 0, 0]).Bytes;
        var (packets, damage) = Read(file);
        Assert.Single(packets);
        Assert.Equal(24 + 16 + 5, damage?.Offset);
    }

    [Fact]
    public void Damage_that_leaves_the_framing_whole_is_told_and_reading_goes_on()
    {
        var b = new PcapngBuilder();
        b.Section().Interface().Packet(1, _first, number: 9).Packet(2, _second);
        var (packets, damage) = Read(b.Bytes);
        Assert.Single(packets);
        Assert.Equal("a packet is of interface 9, which the section does not describe", damage?.Reason);
    }

    [Fact]
    public void Lengths_that_lie_are_damage()
    {
        foreach (var (length, end) in (ValueTuple<uint, uint>[])[(0, 0), (8, 8), (32, 36), (0xFFFFFFF0, 0xFFFFFFF0)])
        {
            var b = new PcapngBuilder();
            b.Section().Interface().Packet(1, _first);
            var place = b.Length;
            b.Raw([.. b.U32(6), .. b.U32(length), .. new byte[20], .. b.U32(end)]).Packet(2, _second);
            var (packets, damage) = Read(b.Bytes);
            Assert.Single(packets);
            Assert.Equal(place, damage?.Offset);
        }
    }

    [Fact]
    public void Mutated_files_never_throw_and_always_end()
    {
        byte[][] seeds = [Sample(false).Bytes, Sample(true).Bytes, new PcapBuilder().Packet(1, 1, _first).Packet(2, 2, _second).Bytes];
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var file = (byte[])seeds[seed % seeds.Length].Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                file[random.Next(file.Length)] = random.Next(3) == 0 ? (byte)0xFF : (byte)random.Next(256);
            }

            try
            {
                Assert.True(Read(file).Packets.Count < 20);
            }
            catch (CaptureFormatException)
            {
                // Also a right answer.
            }
        }
    }

    private static PcapngBuilder Sample(bool bigEndian)
    {
        var b = new PcapngBuilder(bigEndian);
        return b.Section(b.Option(4, "l7trace"u8.ToArray()))
            .Interface(1, 5)
            .Interface(101, 0, b.Option(9, [9]), b.Option(14, b.U64(90)), b.Option(0, []))
            .Packet(1_000_002, _first, 0, null, b.Comment("hello"), b.Option(2, b.U32(1)), b.Comment("wörld"), b.Option(0, []))
            .Block(4, [1, 2, 3, 4])
            .Packet(9_000_000_003, _second, 1, 90)
            .Block(0xBAD, [0, 0, 0, 1, 5, 6, 7, 8])
            .SimplePacket(_second, 77)
            .ObsoletePacket(7000, _second, 1)
            .Block(10, b.U32(0x544c534b));
    }

    private static byte[] Zip(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return zipped.ToArray();
    }

    private static (List<string> Packets, CaptureDamage? Damage) Read(byte[] file) => Read(new MemoryStream(file), 64);

    private static (List<string> Packets, CaptureDamage? Damage) Read(Stream stream, int bufferSize = 64)
    {
        using var reader = CaptureReader.Open(stream, bufferSize);
        var packets = new List<string>();
        while (reader.Read())
        {
            var packet = reader.Packet;
            packets.Add($"{packet.Time} {BitConverter.ToString(packet.Bytes.ToArray())} {packet.OriginalLength} {packet.Interface.LinkType} {string.Join('|', packet.ReadComments())}");
        }

        return (packets, reader.Damage);
    }
}
