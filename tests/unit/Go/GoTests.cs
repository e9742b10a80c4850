// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Probe.Go;
using Xunit;

namespace L7Trace.UnitTests.Go;

public sealed class GoTests
{
    private const ulong Text = 0x401000;
    private static readonly HashSet<string> s_wanted = ["crypto/tls.(*Conn).Read", "crypto/tls.(*Conn).Write"];

    [Theory]
    [InlineData(0xfffffff1)]
    [InlineData(0xfffffff0)]
    [InlineData(0xfffffffa)]
    public void Functions_are_found_in_the_table_of_each_version(uint magic)
    {
        var found = GoFunctionTable.Find(Build(magic, "main.main", "crypto/tls.(*Conn).Read", "crypto/tls.(*Conn).Close"), Text, s_wanted);
        var function = Assert.Single(found);
        Assert.Equal(new GoFunction("crypto/tls.(*Conn).Read", Text + 0x100, 0x100), function);
    }

    [Fact]
    public void A_table_cut_or_changed_anywhere_gives_less_and_never_fails()
    {
        var random = new Random(1);
        foreach (var magic in (uint[])[0xfffffff1, 0xfffffffa])
        {
            var table = Build(magic, [.. s_wanted]);
            for (var length = 0; length < table.Length; length++)
            {
                GoFunctionTable.Find(table.AsSpan(0, length), Text, s_wanted);
            }

            for (var round = 0; round < 5000; round++)
            {
                var changed = (byte[])table.Clone();
                for (var i = 0; i < 6; i++)
                {
                    changed[random.Next(4, changed.Length)] = (byte)random.Next(256);
                }

                GoFunctionTable.Find(changed, Text, s_wanted);
            }
        }
    }

    [Fact]
    public void A_table_of_an_unknown_version_has_nothing() =>
        Assert.Empty(GoFunctionTable.Find(Build(0xfffffff5, [.. s_wanted]), Text, s_wanted));

    [Fact]
    public void Returns_are_found_and_not_the_bytes_within_other_instructions()
    {
        // mov eax, 0xc3c3c3c3 · ret · jmp short 0 · ret
        Assert.Equal([5, 8], GoReturns.Find([0xb8, 0xc3, 0xc3, 0xc3, 0xc3, 0xc3, 0xeb, 0x00, 0xc3], 62));
    }

    [Fact]
    public void A_function_that_is_not_understood_has_no_returns() =>
        Assert.Empty(GoReturns.Find([0xc3, 0x06, 0xc3], 62)); // push es: not in 64 bits

    [Fact]
    public void Returns_of_arm64_are_found() =>
        Assert.Equal([4], GoReturns.Find([0x1f, 0x20, 0x03, 0xd5, 0xc0, 0x03, 0x5f, 0xd6, 0xc0, 0x03], 183));

    [Fact]
    public void Other_machines_have_none() => Assert.Empty(GoReturns.Find([0xc3], 8));

    [Theory]
    [InlineData("go1.16.15", false)]
    [InlineData("go1.17", true)]
    [InlineData("go1.22rc1", true)]
    [InlineData("go1.25.3 X:nocoverageredesign", true)]
    [InlineData("devel go1.27-abc", true)]
    public void The_version_tells_how_arguments_are_passed(string version, bool expected)
    {
        Assert.Equal(version, GoVersion.Read(BuildInformation(version)));
        Assert.Equal(expected, GoVersion.HasRegisterAbi(version, isArm64: false, hasOldTable: false));
    }

    [Fact]
    public void Without_a_version_it_is_taken_for_a_new_one()
    {
        Assert.Null(GoVersion.Read([]));
        Assert.Null(GoVersion.Read(new byte[64]));
        Assert.Null(GoVersion.Read(BuildInformation("go1.20").AsSpan(0, 36)));
        Assert.True(GoVersion.HasRegisterAbi(null, isArm64: false, hasOldTable: false));
        Assert.False(GoVersion.HasRegisterAbi(null, isArm64: false, hasOldTable: true));
        Assert.False(GoVersion.HasRegisterAbi("go1.17.8", isArm64: true, hasOldTable: true));
    }

    private static byte[] BuildInformation(string version)
    {
        var bytes = new byte[33 + version.Length];
        bytes[0] = 0xff;
        " Go buildinf:"u8.CopyTo(bytes.AsSpan(1));
        bytes[14] = 8;
        bytes[15] = 2;
        bytes[32] = (byte)version.Length;
        Encoding.ASCII.GetBytes(version).CopyTo(bytes, 33);
        return bytes;
    }

    /// <summary>A table whose functions lie 256 bytes apart.</summary>
    private static byte[] Build(uint magic, params string[] names)
    {
        const int Names = 96;
        var isNew = magic != 0xfffffffa;
        var texts = new List<byte> { 0 };
        List<int> places = [];
        foreach (var name in names)
        {
            places.Add(texts.Count);
            texts.AddRange([.. Encoding.UTF8.GetBytes(name), 0]);
        }

        var functions = (Names + texts.Count + 7) & ~7;
        var width = isNew ? 8 : 16;
        var bodies = (names.Length + 1) * width;
        var table = new byte[functions + bodies + (names.Length * 16)];
        BinaryPrimitives.WriteUInt32LittleEndian(table, magic);
        table[6] = 1;
        table[7] = 8;
        Put(0, (ulong)names.Length);
        if (isNew)
        {
            Put(2, Text);
        }

        Put(isNew ? 3 : 2, Names);
        Put(isNew ? 7 : 6, (ulong)functions);
        texts.CopyTo(table, Names);
        for (var i = 0; i <= names.Length; i++)
        {
            var entry = table.AsSpan(functions + (i * width));
            var body = bodies + (i * 16);
            if (isNew)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)i * 0x100);
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(entry, Text + ((ulong)i * 0x100));
            }

            if (i == names.Length)
            {
                break;
            }

            if (isNew)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], (uint)body);
            }
            else
            {
                BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], (ulong)body);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(functions + body + (isNew ? 4 : 8)), (uint)places[i]);
        }

        return table;

        void Put(int index, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(table.AsSpan(8 + (index * 8)), value);
    }
}
