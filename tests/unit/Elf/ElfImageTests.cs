// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Probe.Elf;
using L7Trace.Probe.Tls;
using Xunit;

namespace L7Trace.UnitTests.Elf;

public sealed class ElfImageTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Functions_are_found_at_their_place_in_the_file()
    {
        File.WriteAllBytes(_path, Build("SSL_read", "SSL_read_ex", "other"));
        using var image = ElfImage.Open(_path);
        Assert.NotNull(image);
        var found = image.FindFunctions(["SSL_read", "SSL_read_ex", "SSL_write"]);
        Assert.Equal(2, found.Count);
        Assert.Equal(0x1010UL, found["SSL_read"]);
        Assert.Equal(0x1020UL, found["SSL_read_ex"]);
    }

    [Fact]
    public void A_name_that_another_one_ends_with_is_found_too()
    {
        // Linkers keep one text for "xSSL_read" and "SSL_read".
        var file = Build("xSSL_read");
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(SymbolsAt + 24), 2); // past the x
        File.WriteAllBytes(_path, file);
        using var image = ElfImage.Open(_path);
        Assert.Equal(["SSL_read"], image!.FindFunctions(["SSL_read"]).Keys);
    }

    [Fact]
    public void A_file_cut_anywhere_gives_less_and_never_fails()
    {
        var file = Build("SSL_read", "SSL_write");
        for (var length = 0; length < file.Length; length += 37)
        {
            File.WriteAllBytes(_path, file.AsSpan(0, length));
            using var image = ElfImage.Open(_path);
            image?.FindFunctions(["SSL_read", "SSL_write"]);
        }
    }

    [Fact]
    public void Random_bytes_behind_a_true_beginning_never_fail()
    {
        var random = new Random(1);
        var good = Build("SSL_read", "SSL_write");
        for (var round = 0; round < 150; round++)
        {
            var file = (byte[])good.Clone();
            for (var i = 0; i < 8; i++)
            {
                file[random.Next(6, file.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_path, file);
            using var image = ElfImage.Open(_path);
            image?.FindFunctions(["SSL_read", "SSL_write"]);
        }
    }

    [Fact]
    public void Names_that_begin_alike_and_names_that_do_not_are_told_apart()
    {
        string[] names = ["SSL_read_ex", "OSSL_read", "SSL_read", "SSL_reader", "free", "malloc", "SSL_write"];
        File.WriteAllBytes(_path, Build(names));
        using var image = ElfImage.Open(_path);
        var found = image!.FindFunctions(["SSL_read", "SSL_read_ex", "SSL_writ", "SSL_write", "malloc", "free", "calloc"]);
        Assert.Equal(
            [("SSL_read", 0x1030UL), ("SSL_read_ex", 0x1010UL), ("SSL_write", 0x1070UL), ("free", 0x1050UL), ("malloc", 0x1060UL)],
            found.Select(static entry => (entry.Key, entry.Value)).OrderBy(static entry => entry.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/proc/self/maps")]
    [InlineData("/")]
    [InlineData("/does/not/exist")]
    public void What_is_no_program_is_none(string path) => Assert.Null(ElfImage.Open(path));

    [Fact]
    public void The_systems_own_libraries_have_their_functions()
    {
        var library = MappedFile.Parse(File.ReadAllText("/proc/self/maps")).Select(static file => file.Path)
            .First(static path => Path.GetFileName(path).StartsWith("libc.", StringComparison.Ordinal)
                || Path.GetFileName(path).StartsWith("ld-musl", StringComparison.Ordinal));
        using var image = ElfImage.Open(library);
        Assert.Contains("malloc", image!.FindFunctions(["malloc"]).Keys);
    }

    private const int SymbolsAt = 0x200;

    /// <summary>A header, one loaded segment (address 0x400000 at offset 0x1000), a symbol table and its names.</summary>
    private static byte[] Build(params string[] names)
    {
        const int SectionsAt = 0x600;
        const int NamesAt = 0x400;
        var file = new byte[0x2000];
        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        Put64(32, 64);
        Put64(40, SectionsAt);
        Put16(56, 1);
        Put16(60, 3);
        Put32(64, 1);
        Put64(64 + 8, 0x1000);
        Put64(64 + 16, 0x400000);
        Put64(64 + 32, 0x1000);
        var at = 1;
        for (var i = 0; i < names.Length; i++)
        {
            Encoding.ASCII.GetBytes(names[i]).CopyTo(file, NamesAt + at);
            var symbol = SymbolsAt + ((i + 1) * 24);
            Put32(symbol, (uint)at);
            file[symbol + 4] = 0x12;
            Put16(symbol + 6, 1);
            Put64(symbol + 8, 0x400000UL + (ulong)((i + 1) * 0x10));
            at += names[i].Length + 1;
        }

        Section(1, 11, SymbolsAt, (ulong)(names.Length + 1) * 24, 2);
        Section(2, 3, NamesAt, (ulong)at, 0);
        return file;

        void Section(int index, uint type, ulong offset, ulong size, uint link)
        {
            var header = SectionsAt + (index * 64);
            Put32(header + 4, type);
            Put64(header + 24, offset);
            Put64(header + 32, size);
            Put32(header + 40, link);
        }

        void Put16(int place, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(place), value);
        void Put32(int place, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(place), value);
        void Put64(int place, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(place), value);
    }
}
