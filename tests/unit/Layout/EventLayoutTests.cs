// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using L7Trace.Probe.Bpf;
using L7Trace.Probe.Events;
using L7Trace.UnitTests.Support;
using Xunit;

namespace L7Trace.UnitTests.Layout;

/// <summary>The mirror in EventLayout against the type information of the very object that is embedded.</summary>
public sealed class EventLayoutTests
{
    private const string Prefix = "l7_";

    private static readonly BtfReader Btf = BtfReader.ReadObject(EmbeddedObject.Read());

    private static readonly Dictionary<string, Type> Mirrors = typeof(EventLayout)
        .GetNestedTypes(BindingFlags.NonPublic | BindingFlags.Public)
        .Where(type => type.Name.StartsWith("L7", StringComparison.Ordinal))
        .ToDictionary(type => type.Name);

    public static TheoryData<string> StructNames => [.. OfContract(Btf.Structs)];

    public static TheoryData<string> EnumNames => [.. OfContract(Btf.Enums)];

    [Fact]
    public void Every_struct_and_enum_of_the_contract_has_a_mirror_and_every_mirror_is_in_the_object()
    {
        var expected = OfContract(Btf.Structs).Concat(OfContract(Btf.Enums)).Select(Pascal).Order();
        Assert.Equal(expected, Mirrors.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(StructNames))]
    public void A_struct_has_the_members_offsets_and_size_of_its_mirror(string name)
    {
        var type = Btf.Structs.Single(type => type.Name == name);
        var mirror = Mirrors[Pascal(name)];
        var expected = type.Members.Select(member => (Pascal(member.Name), member.Value, Btf.SizeOf(member.Type)));
        var actual = mirror.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)
            .Select(field => (field.Name, (int)Marshal.OffsetOf(mirror, field.Name), SizeOf(field.FieldType)))
            .OrderBy(field => field.Item2);
        Assert.Equal(expected, actual);
        Assert.Equal(type.Size, Marshal.SizeOf(mirror));
    }

    /// <summary>The contract is made of types of fixed sizes: the object of another architecture has the same.</summary>
    [Theory]
    [InlineData("x86")]
    [InlineData("arm64")]
    public void Each_architecture_has_the_same_contract(string architecture)
    {
        var path = Path.Combine(Repository.Root, "artifacts", "bpf", architecture, "l7trace.bpf.o");
        Assert.SkipUnless(File.Exists(path), "the object of each architecture is compiled by `make bpf-each`");
        var other = BtfReader.ReadObject(File.ReadAllBytes(path));

        Assert.Equal(Contract(Btf), Contract(other));
    }

    [Fact]
    public void The_object_without_casts_has_the_same_contract() =>
        Assert.Equal(Contract(Btf), Contract(BtfReader.ReadObject(EmbeddedObject.Read(plain: true))));

    [Theory]
    [MemberData(nameof(EnumNames))]
    public void An_enum_has_the_names_and_values_of_its_mirror(string name)
    {
        var type = Btf.Enums.Single(type => type.Name == name);
        var mirror = Mirrors[Pascal(name)];
        var prefix = SharedPrefix([.. type.Members.Select(member => member.Name)]);
        var expected = type.Members.Select(member => (Pascal(member.Name[prefix..]), (long)member.Value));
        var actual = mirror.GetEnumNames().Select(member =>
            (member, Convert.ToInt64(Enum.Parse(mirror, member), CultureInfo.InvariantCulture)));
        Assert.Equal(expected.OrderBy(member => member.Item2), actual.OrderBy(member => member.Item2));
    }

    [Fact]
    public void A_connection_in_the_kernel_begins_with_its_inode_and_its_id()
    {
        var members = Btf.Structs.Single(type => type.Name == "connection").Members;
        Assert.Equal(KernelConnections.InodeOffset, members.Single(member => member.Name == "inode").Value);
        Assert.Equal(KernelConnections.IdOffset, members.Single(member => member.Name == "id").Value);
    }

    [Theory]
    [InlineData("l7_config", 40)]
    [InlineData("verdict_generation", 4)]
    public void The_variables_that_user_space_writes_are_in_the_symbol_table(string name, int size)
    {
        Assert.True(ElfSymbols.Read(EmbeddedObject.Read()).TryFind(name, out var symbol));
        Assert.Equal((ulong)size, symbol.Size);
    }

    private static IEnumerable<string> Contract(BtfReader bpf) => bpf.Structs.Concat(bpf.Enums)
        .Where(type => type.Name.StartsWith(Prefix, StringComparison.Ordinal))
        .Select(type => $"{type.Name} {type.Size}: " + string.Join(", ", type.Members.Select(member =>
            string.Create(CultureInfo.InvariantCulture, $"{member.Name} at {member.Value}"))))
        .Order(StringComparer.Ordinal);

    private static IEnumerable<string> OfContract(IEnumerable<BtfReader.BtfType> types) =>
        types.Select(type => type.Name).Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Distinct();

    private static int SizeOf(Type type) => Marshal.SizeOf(type.IsEnum ? Enum.GetUnderlyingType(type) : type);

    /// <summary>l7_open_event and L7_OPEN_EVENT become L7OpenEvent.</summary>
    private static string Pascal(string name) => string.Concat(name
        .Split('_', StringSplitOptions.RemoveEmptyEntries)
        .Select(word => char.ToUpperInvariant(word[0]) + word[1..].ToLowerInvariant()));

    /// <summary>Characters up to and with the last underscore that all names share.</summary>
    private static int SharedPrefix(string[] names)
    {
        var shared = names[0].Length;
        foreach (var name in names)
        {
            var i = 0;
            while (i < shared && i < name.Length && name[i] == names[0][i])
            {
                i++;
            }

            shared = i;
        }

        return names[0].LastIndexOf('_', shared - 1) + 1;
    }
}
