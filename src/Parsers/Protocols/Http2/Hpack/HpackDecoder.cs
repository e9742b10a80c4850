// SPDX-License-Identifier: Apache-2.0
using System.Buffers;
using L7Trace.Parsers.Protocols.Http1;

namespace L7Trace.Parsers.Protocols.Http2.Hpack;

/// <summary>
/// Decodes the header blocks of one direction (RFC 7541), in the order in which they were sent. Whatever else happens,
/// no field comes out with a name or a value that was not sent.
/// </summary>
internal sealed class HpackDecoder(HpackDynamicTable table)
{
    private const int OnStack = 256;

    /// <summary>
    /// Decodes a block, or the beginning of one (<paramref name="isCut"/>), and adds its fields to
    /// <paramref name="fields"/>. False when the block was not understood to its end; what was added is right then all the
    /// same, but what the rest did to the table is not known, and the table is lost.
    /// </summary>
    public bool Decode(ReadOnlySpan<byte> block, bool isCut, HeaderFields fields)
    {
        var reader = new HpackReader(block);
        var status = HpackStatus.Done;
        while (status == HpackStatus.Done && !reader.IsAtEnd)
        {
            status = reader.Peek switch
            {
                >= 0x80 => ReadIndexed(ref reader, fields),
                >= 0x40 => ReadLiteral(ref reader, 6, isInserted: true, fields),
                >= 0x20 => Resize(ref reader),
                _ => ReadLiteral(ref reader, 4, isInserted: false, fields),
            };
        }

        if (status == HpackStatus.Done && !isCut)
        {
            return true;
        }

        table.Lose();
        return false;
    }

    private HpackStatus ReadIndexed(ref HpackReader reader, HeaderFields fields)
    {
        var status = reader.ReadInteger(7, out var index);
        if (status != HpackStatus.Done)
        {
            return status;
        }

        if (At(index) is not { } entry)
        {
            return HpackStatus.Invalid;
        }

        fields.Add(entry);
        return HpackStatus.Done;
    }

    private HpackStatus ReadLiteral(ref HpackReader reader, int prefix, bool isInserted, HeaderFields fields)
    {
        var status = reader.ReadInteger(prefix, out var index);
        if (status != HpackStatus.Done)
        {
            return status;
        }

        HpackEntry? named = null;
        if (index > 0 && (named = At(index)) is null)
        {
            return HpackStatus.Invalid;
        }

        var name = named?.Name;
        var nameSize = named?.NameSize ?? 0;
        if (named is null)
        {
            status = ReadText(ref reader, isName: true, out name, out nameSize);
        }

        if (status != HpackStatus.Done || (status = ReadText(ref reader, isName: false, out var value, out var valueSize)) != HpackStatus.Done)
        {
            return status;
        }

        var entry = new HpackEntry(
            name, value, HpackEntry.Overhead + nameSize + valueSize, nameSize, name is null ? named!.Mark : null);
        if (isInserted)
        {
            table.Insert(entry);
        }

        fields.Add(entry);
        return status;
    }

    private HpackStatus Resize(ref HpackReader reader)
    {
        var status = reader.ReadInteger(5, out var size);
        if (status == HpackStatus.Done)
        {
            table.Resize(size);
        }

        return status;
    }

    private HpackEntry? At(int index) =>
        index == 0 ? null
        : index <= HpackStaticTable.Count ? HpackStaticTable.At(index)
        : table.At(index - HpackStaticTable.Count - 1L);

    private static HpackStatus ReadText(ref HpackReader reader, bool isName, out string? text, out int size)
    {
        text = null;
        size = 0;
        var status = reader.ReadString(out var bytes, out var isHuffman);
        if (status != HpackStatus.Done)
        {
            return status;
        }

        if (!isHuffman)
        {
            text = Text(bytes, isName);
            size = bytes.Length;
            return HpackStatus.Done;
        }

        var room = HuffmanCode.MaxDecoded(bytes.Length);
        byte[]? rented = null;
        var decoded = room <= OnStack ? stackalloc byte[OnStack] : rented = ArrayPool<byte>.Shared.Rent(room);
        size = HuffmanCode.Decode(bytes, decoded);
        text = size < 0 ? null : Text(decoded[..size], isName);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return size < 0 ? HpackStatus.Invalid : HpackStatus.Done;
    }

    private static string Text(ReadOnlySpan<byte> bytes, bool isName) =>
        isName ? HttpNames.Header(bytes) : HttpNames.Text(bytes);
}
