// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Probe.Bpf;

namespace L7Trace.UnitTests.Layout;

/// <summary>
/// Reads the structs and enums of an object file's .BTF section (Documentation/bpf/btf.rst). A tool of the tests: input
/// that is not BTF throws.
/// </summary>
internal sealed class BtfReader
{
    private const ushort Magic = 0xeb9f;
    private const int Int = 1, Pointer = 2, Array = 3, Struct = 4, Union = 5, Enum = 6, Forward = 7, Typedef = 8;
    private const int Volatile = 9, Const = 10, Restrict = 11, Function = 12, Prototype = 13, Variable = 14;
    private const int DataSection = 15, Float = 16, DeclTag = 17, TypeTag = 18, Enum64 = 19;

    private readonly List<BtfType> _types = [new BtfType("", 0, 0, [], 0)];

    private BtfReader()
    {
    }

    /// <summary>Structs by name.</summary>
    public IEnumerable<BtfType> Structs => _types.Where(type => type.Kind == Struct && type.Name.Length != 0);

    /// <summary>Enums by name; a member's offset is its value.</summary>
    public IEnumerable<BtfType> Enums => _types.Where(type => type.Kind == Enum && type.Name.Length != 0);

    public static BtfReader ReadObject(byte[] file)
    {
        var btf = ElfSymbols.SectionBytes(file, ".BTF");
        if (btf.Length < 24 || BinaryPrimitives.ReadUInt16LittleEndian(btf) != Magic)
        {
            throw new InvalidDataException("the object has no .BTF section");
        }

        var header = (int)U32(btf, 4);
        var types = btf.Slice(header + (int)U32(btf, 8), (int)U32(btf, 12));
        var strings = btf.Slice(header + (int)U32(btf, 16), (int)U32(btf, 20));
        var result = new BtfReader();
        while (!types.IsEmpty)
        {
            types = result.AddType(types, strings);
        }

        return result;
    }

    /// <summary>Bytes that a value of the type takes.</summary>
    public int SizeOf(int id) => _types[id] switch
    {
        { Kind: Array } array => array.Members[0].Value * SizeOf(array.Members[0].Type),
        { Kind: Typedef or Volatile or Const or Restrict or TypeTag } alias => SizeOf(alias.Target),
        { Kind: Pointer } => 8,
        var type => type.Size,
    };

    private ReadOnlySpan<byte> AddType(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> strings)
    {
        var name = Text(strings, U32(bytes, 0));
        var info = U32(bytes, 4);
        var kind = (int)(info >> 24) & 0x1f;
        var count = (int)(info & 0xffff);
        var sizeOrType = (int)U32(bytes, 8);
        var rest = bytes[12..];
        var members = new List<BtfMember>();
        var extra = kind switch
        {
            Int or Variable or DeclTag => 4,
            Array => 12,
            Struct or Union or DataSection or Enum64 => 12 * count,
            Enum or Prototype => 8 * count,
            Pointer or Forward or Typedef or Volatile or Const or Restrict or Function or Float or TypeTag => 0,
            _ => throw new InvalidDataException($"BTF kind {kind} is unknown"),
        };
        for (var i = 0; i < count && kind is Struct or Union; i++)
        {
            var member = rest[(12 * i)..];
            // With the flag the upper byte is a bit field's width; the contract has none.
            var offset = (info >> 31) != 0 ? U32(member, 8) & 0xffffff : U32(member, 8);
            members.Add(new BtfMember(Text(strings, U32(member, 0)), (int)(offset / 8), (int)U32(member, 4)));
        }

        for (var i = 0; i < count && kind == Enum; i++)
        {
            members.Add(new BtfMember(Text(strings, U32(rest, 8 * i)), (int)U32(rest, (8 * i) + 4), 0));
        }

        if (kind == Array)
        {
            members.Add(new BtfMember("", (int)U32(rest, 8), (int)U32(rest, 0)));
        }

        var hasSize = kind is Int or Struct or Union or Enum or Enum64 or Float or DataSection;
        _types.Add(new BtfType(name, kind, hasSize ? sizeOrType : 0, members, hasSize ? 0 : sizeOrType));
        return rest[extra..];
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static string Text(ReadOnlySpan<byte> strings, uint offset)
    {
        var rest = strings[(int)offset..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)0)]);
    }

    /// <summary>One type.</summary>
    internal sealed record BtfType(string Name, int Kind, int Size, IReadOnlyList<BtfMember> Members, int Target);

    /// <summary>A struct's member (value: offset in bytes), an enum's (its value) or an array's (number of elements).</summary>
    internal sealed record BtfMember(string Name, int Value, int Type);
}
