// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;

namespace L7Trace.Probe.Go;

/// <summary>
/// The table by which Go's runtime finds functions (pclntab: cmd/link/internal/ld/pcln.go, debug/gosym), which a stripped
/// program has too. Layouts of Go 1.16, 1.18 and 1.20 and later. The bytes may be anyone's: every length is checked.
/// </summary>
internal static class GoFunctionTable
{
    /// <summary>The layout of Go 1.16 and 1.17.</summary>
    internal const uint Magic16 = 0xfffffffa;

    private const uint Magic18 = 0xfffffff0;
    private const uint Magic20 = 0xfffffff1;
    private const int MaxName = 512;

    /// <summary>The wanted functions that the table has.</summary>
    /// <param name="table">The bytes of .gopclntab.</param>
    /// <param name="text">Address of the program's code, for tables that do not say it.</param>
    /// <param name="wanted">Full names.</param>
    internal static List<GoFunction> Find(ReadOnlySpan<byte> table, ulong text, IReadOnlySet<string> wanted)
    {
        var result = new List<GoFunction>();
        if (table.Length < 80 || table[7] != 8)
        {
            return result; // not for 64 bits
        }

        var magic = BinaryPrimitives.ReadUInt32LittleEndian(table);
        var isNew = magic is Magic18 or Magic20;
        if (!isNew && magic != Magic16)
        {
            return result;
        }

        // nfunc, nfiles, [textStart,] funcnameOffset, cuOffset, filetabOffset, pctabOffset, pclnOffset
        var count = Word(table, 0);
        var start = isNew && Word(table, 2) is not 0 and var said ? said : text;
        var names = Word(table, isNew ? 3 : 2);
        var functions = Word(table, isNew ? 7 : 6);
        if (names >= (ulong)table.Length || functions >= (ulong)table.Length)
        {
            return result;
        }

        var entries = table[(int)functions..];
        var texts = table[(int)names..];
        var width = isNew ? 8 : 16;
        for (ulong i = 0; i < Math.Min(count, (ulong)entries.Length) && (i + 2) * (ulong)width <= (ulong)entries.Length; i++)
        {
            var entry = entries[(int)(i * (ulong)width)..];
            var address = isNew ? start + BinaryPrimitives.ReadUInt32LittleEndian(entry) : BinaryPrimitives.ReadUInt64LittleEndian(entry);
            var next = isNew ? start + BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]) : BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
            var at = isNew ? BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]) : BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
            if (next > address && NameOf(entries, texts, at, isNew ? 4 : 8) is { } name && wanted.Contains(name))
            {
                result.Add(new GoFunction(name, address, next - address));
            }
        }

        return result;
    }

    private static ulong Word(ReadOnlySpan<byte> table, int index) =>
        BinaryPrimitives.ReadUInt64LittleEndian(table[(8 + (index * 8))..]);

    private static string? NameOf(ReadOnlySpan<byte> entries, ReadOnlySpan<byte> texts, ulong function, int nameField)
    {
        if (entries.Length < nameField + 4 || function > (ulong)(entries.Length - nameField - 4))
        {
            return null;
        }

        var at = BinaryPrimitives.ReadUInt32LittleEndian(entries[((int)function + nameField)..]);
        if (at >= (uint)texts.Length)
        {
            return null;
        }

        var name = texts[(int)at..];
        // Names are compared far more often than they are wanted.
        if (!name.StartsWith("crypto/tls."u8))
        {
            return null;
        }

        var end = name[..Math.Min(name.Length, MaxName)].IndexOf((byte)0);
        return end < 0 ? null : Encoding.UTF8.GetString(name[..end]);
    }
}
