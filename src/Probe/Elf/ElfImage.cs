// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Globalization;
using L7Trace.Probe.Interop;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Elf;

/// <summary>
/// A program or library of another process, of which only what is needed is read: where functions lie in the file (ELF64 gABI,
/// chapters 4 and 5). The file may be anyone's: every length is checked and bounded, and what can't be read is not there.
/// </summary>
internal sealed class ElfImage : IDisposable
{
    private const int HeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int SymbolSize = 24;
    private const uint SymbolTable = 2;
    private const uint DynamicSymbols = 11;
    private const uint LoadedSegment = 1;
    private const byte FunctionType = 2;

    /// <summary>Tables longer than this are left alone, bytes: the largest browsers' are below it.</summary>
    private const ulong MaxTable = 128UL * 1024 * 1024;

    private const int ChunkSymbols = 4096;

    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly List<Section> _sections = [];
    private readonly List<Segment> _segments = [];
    private int _names;

    private ElfImage(SafeFileHandle file, long length)
    {
        _file = file;
        _length = length;
    }

    /// <summary>Opens one; null when it can't be read or is no little-endian 64-bit ELF file.</summary>
    internal static ElfImage? Open(string path) => Open(path, out _);

    /// <summary>The same.</summary>
    /// <param name="path">Where.</param>
    /// <param name="isDenied">It may not be read.</param>
    internal static ElfImage? Open(string path, out bool isDenied)
    {
        var file = FileKinds.OpenRegular(path, out isDenied);
        if (file is null)
        {
            return null;
        }

        try
        {
            var image = new ElfImage(file, RandomAccess.GetLength(file));
            if (image.ReadHeaders())
            {
                return image;
            }
        }
        catch (Exception e) when (SafeFile.IsExpected(e) || e is NotSupportedException)
        {
            // a device, a pipe, or gone
        }

        file.Dispose();
        return null;
    }

    /// <summary>
    /// Where functions begin in the file, bytes: those of the wanted ones that the symbol tables know, exported or not.
    /// </summary>
    /// <param name="wanted">Their names.</param>
    /// <param name="enough">When one of these is exported, so are the others that matter: the other table, a large one, is not read.</param>
    internal Dictionary<string, ulong> FindFunctions(IReadOnlyCollection<string> wanted, IReadOnlyCollection<string>? enough = null)
    {
        var found = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var names = wanted.ToLookup(
            static name => name[..(name.IndexOf('_', StringComparison.Ordinal) + 1)],
            static name => (name, System.Text.Encoding.ASCII.GetBytes(name)));
        // A file has one of each at the most; one that says it has more is not read a thousand times.
        foreach (var type in (ReadOnlySpan<uint>)[DynamicSymbols, SymbolTable])
        {
            var at = _sections.FindIndex(section => section.Type == type);
            if (at >= 0 && _sections[at].Link < _sections.Count && found.Count < wanted.Count && enough?.Any(found.ContainsKey) != true)
            {
                ReadSymbols(_sections[at], _sections[(int)_sections[at].Link], names, found);
            }
        }

        return found;
    }

    /// <summary>A path to this very file, whatever stands at its own by now; while this is open, in this process.</summary>
    internal string Path => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{_file.DangerousGetHandle()}");

    /// <summary>The machine that it is for (e_machine).</summary>
    internal ushort Machine { get; private set; }

    /// <summary>What its linker calls this build, in hexadecimal; null when it does not say (a note of the gABI, of type NT_GNU_BUILD_ID).</summary>
    internal string? BuildId
    {
        get
        {
            const int HeaderAndName = 16; // three words, and "GNU"
            Span<byte> note = stackalloc byte[HeaderAndName + 64];
            if (FindSection(".note.gnu.build-id") is not { Size: > HeaderAndName } section
                || note[..(int)Math.Min(section.Size, (ulong)note.Length)] is var part && !Read(section.Offset, part))
            {
                return null;
            }

            var length = BinaryPrimitives.ReadUInt32LittleEndian(part[4..]);
            return length > 0 && length <= (uint)(part.Length - HeaderAndName) ? Convert.ToHexStringLower(part.Slice(HeaderAndName, (int)length)) : null;
        }
    }

    /// <summary>Where a section lies; null when there is none of that name in the file.</summary>
    internal (ulong Address, ulong Offset, ulong Size)? FindSection(string name)
    {
        if (_names < _sections.Count && IsInFile(_sections[_names]))
        {
            var wanted = System.Text.Encoding.ASCII.GetBytes(name + '\0');
            var found = new byte[wanted.Length];
            foreach (var section in _sections)
            {
                if (section.Name <= _sections[_names].Size && TryRead(_sections[_names].Offset + section.Name, found)
                    && found.AsSpan().SequenceEqual(wanted) && IsInFile(section))
                {
                    return (section.Address, section.Offset, section.Size);
                }
            }
        }

        return null;
    }

    /// <summary>Reads bytes of the file; false when they are not all there.</summary>
    internal bool Read(ulong offset, Span<byte> target) => TryRead(offset, target);

    /// <summary>True when a place in the file is loaded to be executed.</summary>
    internal bool IsCode(ulong offset) => _segments.Exists(segment =>
        segment.IsExecutable && offset >= segment.Offset && offset - segment.Offset < segment.FileSize);

    /// <summary>Where what is loaded at an address lies in the file; null when nothing of the file is.</summary>
    internal ulong? OffsetOf(ulong address) => FileOffset(address);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private bool ReadHeaders()
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        if (!TryRead(0, header) || !header.StartsWith("\u007fELF\u0002\u0001"u8))
        {
            return false;
        }

        Machine = BinaryPrimitives.ReadUInt16LittleEndian(header[18..]);
        _names = BinaryPrimitives.ReadUInt16LittleEndian(header[62..]);
        ReadSegments(
            BinaryPrimitives.ReadUInt64LittleEndian(header[32..]), BinaryPrimitives.ReadUInt16LittleEndian(header[56..]));
        ReadSections(
            BinaryPrimitives.ReadUInt64LittleEndian(header[40..]), BinaryPrimitives.ReadUInt16LittleEndian(header[60..]));
        return true;
    }

    private void ReadSegments(ulong offset, int count)
    {
        Span<byte> entry = stackalloc byte[ProgramHeaderSize];
        for (var i = 0; i < count && TryRead(offset + ((ulong)i * ProgramHeaderSize), entry); i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) == LoadedSegment)
            {
                _segments.Add(new Segment(
                    BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]),
                    BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]),
                    (BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]) & 1) != 0));
            }
        }
    }

    private void ReadSections(ulong offset, int count)
    {
        Span<byte> entry = stackalloc byte[SectionHeaderSize];
        for (var i = 0; i < count && TryRead(offset + ((ulong)i * SectionHeaderSize), entry); i++)
        {
            _sections.Add(new Section(
                BinaryPrimitives.ReadUInt32LittleEndian(entry),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[24..]),
                BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[40..])));
        }
    }

    private void ReadSymbols(
        Section symbols, Section strings, ILookup<string, (string Name, byte[] Bytes)> wanted, Dictionary<string, ulong> found)
    {
        if (!IsInFile(symbols) || !IsInFile(strings))
        {
            return;
        }

        var texts = new byte[strings.Size];
        if (!TryRead(strings.Offset, texts))
        {
            return;
        }

        // The names are looked for first: a table of a hundred thousand symbols is then compared by numbers.
        var places = new Dictionary<uint, string>();
        foreach (var group in wanted)
        {
            AddPlaces(texts, group.Key, [.. group], places);
        }

        if (places.Count == 0)
        {
            return;
        }

        var chunk = new byte[ChunkSymbols * SymbolSize];
        for (ulong at = 0; at + SymbolSize <= symbols.Size;)
        {
            var length = (int)Math.Min((ulong)chunk.Length, (symbols.Size - at) / SymbolSize * SymbolSize);
            if (!TryRead(symbols.Offset + at, chunk.AsSpan(0, length)))
            {
                return;
            }

            for (var i = 0; i < length; i += SymbolSize)
            {
                Take(chunk.AsSpan(i, SymbolSize), places, found);
            }

            at += (ulong)length;
        }
    }

    // Names that begin alike are looked for together: the texts of a large program are megabytes.
    private static void AddPlaces(
        ReadOnlySpan<byte> texts, string prefix, ReadOnlySpan<(string Name, byte[] Bytes)> names, Dictionary<uint, string> places)
    {
        var start = prefix.Length == 0 ? names[0].Bytes : System.Text.Encoding.ASCII.GetBytes(prefix);
        for (var from = 0; from < texts.Length;)
        {
            var at = texts[from..].IndexOf(start);
            if (at < 0)
            {
                break;
            }

            at += from;
            foreach (var (name, bytes) in names)
            {
                var end = at + bytes.Length;
                // Linkers let a name share the end of a longer one, so what stands in front of it means nothing.
                if (end < texts.Length && texts[end] == 0 && texts[at..end].SequenceEqual(bytes))
                {
                    places[(uint)at] = name;
                }
            }

            from = at + start.Length;
        }

        if (prefix.Length == 0 && names.Length > 1)
        {
            AddPlaces(texts, prefix, names[1..], places); // they have nothing in common
        }
    }

    private void Take(ReadOnlySpan<byte> symbol, Dictionary<uint, string> places, Dictionary<string, ulong> found)
    {
        if (places.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(symbol), out var name)
            && (symbol[4] & 0xf) == FunctionType
            && BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) != 0
            && FileOffset(BinaryPrimitives.ReadUInt64LittleEndian(symbol[8..])) is { } offset)
        {
            found.TryAdd(name, offset);
        }
    }

    private ulong? FileOffset(ulong address)
    {
        foreach (var segment in _segments)
        {
            if (address >= segment.Address && address - segment.Address < segment.FileSize)
            {
                var offset = segment.Offset + (address - segment.Address);
                return offset < (ulong)_length ? offset : null;
            }
        }

        return null;
    }

    private bool IsInFile(Section section) =>
        section.Size <= MaxTable && section.Offset <= (ulong)_length && section.Size <= (ulong)_length - section.Offset;

    private bool TryRead(ulong offset, Span<byte> target)
    {
        if (offset > (ulong)_length || (ulong)_length - offset < (ulong)target.Length)
        {
            return false;
        }

        try
        {
            while (!target.IsEmpty)
            {
                var read = RandomAccess.Read(_file, target, (long)offset);
                if (read <= 0)
                {
                    return false;
                }

                target = target[read..];
                offset += (ulong)read;
            }

            return true;
        }
        catch (Exception e) when (SafeFile.IsExpected(e))
        {
            return false;
        }
    }

    private readonly record struct Section(uint Name, uint Type, ulong Address, ulong Offset, ulong Size, uint Link);

    private readonly record struct Segment(ulong Offset, ulong Address, ulong FileSize, bool IsExecutable);
}
