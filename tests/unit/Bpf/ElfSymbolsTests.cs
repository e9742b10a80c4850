// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Bpf;
using Xunit;

namespace L7Trace.UnitTests.Bpf;

public sealed class ElfSymbolsTests
{
    private readonly byte[] _object = EmbeddedObject.Read();

    [Fact]
    public void A_variable_is_found_with_its_section()
    {
        Assert.True(ElfSymbols.Read(_object).TryFind("l7_config", out var symbol));
        Assert.Equal(".rodata", symbol.Section);
        Assert.True(ElfSymbols.SectionBytes(_object, ".rodata").Length >= (int)(symbol.Offset + symbol.Size));
    }

    [Fact]
    public void A_name_that_is_not_there_is_not_found() =>
        Assert.False(ElfSymbols.Read(_object).TryFind("no_such_variable", out _));

    [Fact]
    public void What_is_no_elf_file_has_no_symbols()
    {
        Assert.False(ElfSymbols.Read([]).TryFind("l7_config", out _));
        Assert.False(ElfSymbols.Read(new byte[4096]).TryFind("l7_config", out _));
        Assert.True(ElfSymbols.SectionBytes([], ".rodata").IsEmpty);
    }

    [Fact]
    public void A_damaged_object_gives_wrong_or_no_symbols_and_never_throws()
    {
        var random = new Random(11);
        for (var round = 0; round < 300; round++)
        {
            var damaged = _object.AsSpan(0, random.Next(0, _object.Length)).ToArray();
            for (var i = 0; i < 8 && damaged.Length > 64; i++)
            {
                damaged[random.Next(4, i < 4 ? 64 : damaged.Length)] = (byte)random.Next(256);
            }

            _ = ElfSymbols.Read(damaged);
            _ = ElfSymbols.SectionBytes(damaged, ".BTF");
        }
    }
}
