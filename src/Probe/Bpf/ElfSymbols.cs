// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// Where the global variables of a BPF object lie: libbpf gives the bytes of .rodata, .data and .bss as a whole, the
/// symbol table tells the place of one variable in them (ELF64 gABI, chapter 4). The object is our own, but every
/// length is checked all the same: a stale or cut file must give a sentence and not a crash.
/// </summary>
internal sealed class ElfSymbols
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const uint SymbolTable = 2;

    private readonly Dictionary<string, ElfSymbol> _symbols = [];

    private ElfSymbols()
    {
    }

    /// <summary>Reads a little-endian 64-bit ELF file; one that is cut or not ELF has no symbols.</summary>
    internal static ElfSymbols Read(ReadOnlySpan<byte> file)
    {
        var result = new ElfSymbols();
        if (file.Length < HeaderSize || !file.StartsWith("\u007fELF\u0002\u0001"u8))
        {
            return result;
        }

        var sections = Sections(file);
        foreach (var section in sections)
        {
            if (section.Type == SymbolTable && section.Link < sections.Count)
            {
                result.AddAll(section.Bytes(file), sections[(int)section.Link].Bytes(file), sections, file);
            }
        }

        return result;
    }

    /// <summary>Finds a variable by name.</summary>
    internal bool TryFind(string name, [NotNullWhen(true)] out ElfSymbol? symbol) =>
        _symbols.TryGetValue(name, out symbol);

    /// <summary>Gives the bytes of a section by name, empty if there is none.</summary>
    internal static ReadOnlySpan<byte> SectionBytes(ReadOnlySpan<byte> file, string name)
    {
        if (file.Length < HeaderSize)
        {
            return default;
        }

        var sections = Sections(file);
        foreach (var section in sections)
        {
            if (SectionName(section, sections, file) == name)
            {
                return section.Bytes(file);
            }
        }

        return default;
    }

    private void AddAll(
        ReadOnlySpan<byte> symbols, ReadOnlySpan<byte> names, List<Section> sections, ReadOnlySpan<byte> file)
    {
        for (; symbols.Length >= SymbolSize; symbols = symbols[SymbolSize..])
        {
            var section = BinaryPrimitives.ReadUInt16LittleEndian(symbols[6..]);
            var name = Text(names, BinaryPrimitives.ReadUInt32LittleEndian(symbols));
            if (name.Length != 0 && section != 0 && section < sections.Count)
            {
                _symbols[name] = new ElfSymbol(
                    SectionName(sections[section], sections, file),
                    BinaryPrimitives.ReadUInt64LittleEndian(symbols[8..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(symbols[16..]));
            }
        }
    }

    private static List<Section> Sections(ReadOnlySpan<byte> file)
    {
        var sections = new List<Section>();
        var offset = BinaryPrimitives.ReadUInt64LittleEndian(file[40..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        for (var i = 0; i < count; i++)
        {
            var at = offset + ((ulong)i * SectionHeaderSize);
            if (at > (ulong)file.Length || (ulong)file.Length - at < SectionHeaderSize)
            {
                break;
            }

            var header = file.Slice((int)at, SectionHeaderSize);
            sections.Add(new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(header),
                BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[24..]),
                BinaryPrimitives.ReadUInt64LittleEndian(header[32..]),
                BinaryPrimitives.ReadUInt32LittleEndian(header[40..])));
        }

        return sections;
    }

    private static string SectionName(Section section, List<Section> sections, ReadOnlySpan<byte> file)
    {
        var index = BinaryPrimitives.ReadUInt16LittleEndian(file[62..]);
        return index < sections.Count ? Text(sections[index].Bytes(file), section.Name) : "";
    }

    private static string Text(ReadOnlySpan<byte> table, uint offset)
    {
        if (offset >= table.Length)
        {
            return "";
        }

        var rest = table[(int)offset..];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? "" : Encoding.UTF8.GetString(rest[..end]);
    }

    private readonly record struct Section(uint Name, uint Type, ulong Offset, ulong Size, uint Link)
    {
        private const uint NoBits = 8;

        internal ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> file) =>
            Type == NoBits || Offset > (ulong)file.Length || Size > (ulong)file.Length - Offset
                ? default
                : file.Slice((int)Offset, (int)Size);
    }
}
