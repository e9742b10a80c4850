// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Text;
using L7Trace.Probe.Elf;
using L7Trace.Probe.KeyLog;
using Xunit;

namespace L7Trace.UnitTests.KeyLog;

public sealed class SecretFunctionFinderTests
{
    private const int Text = 0x400;
    private const int Texts = 0x200;
    private const int Logger = 0x00;
    private const int Getter = 0x20;
    private const int Other = 0x30;
    private const uint Random = 0x160;
    private static readonly byte[] s_strings = Encoding.ASCII.GetBytes("\0EARLY_EXPORTER_SECRET\0CLIENT_RANDOM\0SERVER_TRAFFIC_SECRET_0\0");

    [Fact]
    public void The_function_that_two_labels_are_given_to_is_found_with_the_place_of_the_random()
    {
        Assert.Equal(new SecretFunction(Text + Logger, Random), Find(Code(), out _));
    }

    [Fact]
    public void One_label_is_not_enough() => AssertNot(Code(second: 1), "was not found");

    [Fact]
    public void Two_functions_are_one_too_many() => AssertNot(Code(secondTarget: Other), "was not found");

    [Fact]
    public void A_label_that_is_not_the_second_argument_any_more_is_none() =>
        AssertNot(Code(between: [0x48, 0x89, 0xd6]), "was not found"); // mov rsi, rdx

    [Fact]
    public void A_random_that_the_two_functions_do_not_agree_on_is_not_read() =>
        AssertNot(Code(getter: 0x168), "not certain");

    [Fact]
    public void A_random_behind_a_pointer_is_not_read() =>
        AssertNot(Code(getterCode: [0x48, 0x8b, 0x87, 0xa8, 0, 0, 0, 0x48, 0x8d, 0xb0, 0xb8, 0, 0, 0, 0xc3]), "not certain");

    [Fact]
    public void Another_processor_is_said() => AssertNot(Code(), "another processor", machine: 183);

    [Fact]
    public void Without_the_exported_function_nothing_is_proven()
    {
        using var file = new TemporaryElf(Code(), 62);
        using var image = ElfImage.Open(file.Path)!;
        Assert.Null(SecretFunctionFinder.Find(image, null, out var reason));
        Assert.Contains("SSL_get_client_random", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Code_that_ends_anywhere_throws_nothing()
    {
        var code = Code();
        for (var length = 0; length < code.Length; length++)
        {
            _ = Find(code[..length], out _);
        }
    }

    private static void AssertNot(byte[] code, string why, ushort machine = 62)
    {
        Assert.Null(Find(code, out var reason, machine));
        Assert.Contains(why, reason, StringComparison.Ordinal);
    }

    private static SecretFunction? Find(byte[] code, out string reason, ushort machine = 62)
    {
        using var file = new TemporaryElf(code, machine);
        using var image = ElfImage.Open(file.Path)!;
        return SecretFunctionFinder.Find(image, Text + Getter, out reason);
    }

    private static byte[] Code(
        int second = 23, int secondTarget = Logger, byte[]? between = null, uint getter = Random, byte[]? getterCode = null)
    {
        var code = new byte[0xa0];
        code.AsSpan().Fill(0x90);
        byte[] logger = [0x48, 0x89, 0xf8, 0x48, 0x8d, 0x90, 0x60, 1, 0, 0, 0xc3]; // mov rax, rdi; lea rdx, [rax+160h]; ret
        logger.CopyTo(code, Logger);
        byte[] get = getterCode ?? [0x48, 0x8d, 0xb7, .. BitConverter.GetBytes(getter), 0xc3]; // lea rsi, [rdi+160h]; ret
        get.CopyTo(code, Getter);
        code[Other] = 0xc3;
        PutCall(code, 0x40, 1, Logger, []);
        PutCall(code, 0x70, second, secondTarget, between ?? []);
        return code;
    }

    // lea rsi, [label]; mov rdi, rbx; call
    private static void PutCall(byte[] code, int at, int label, int target, byte[] between)
    {
        byte[] before = [0x48, 0x8d, 0x35, .. BitConverter.GetBytes(Texts + label - (Text + at + 7)), 0x48, 0x89, 0xdf, .. between];
        byte[] call = [.. before, 0xe8, .. BitConverter.GetBytes(target - (at + before.Length + 5)), 0xc3];
        call.CopyTo(code, at);
    }

    /// <summary>A file with one loaded segment, .rodata and .text.</summary>
    private sealed class TemporaryElf : IDisposable
    {
        public TemporaryElf(byte[] code, ushort machine)
        {
            var file = new byte[0x1000];
            "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
            Put16(16, 3);
            Put16(18, machine);
            Put64(32, 64);
            Put64(40, 0x800);
            Put16(56, 1);
            Put16(60, 4);
            Put16(62, 3);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(64), 1);
            Put64(64 + 32, 0x1000);
            Put64(64 + 40, 0x1000);
            var names = "\0.rodata\0.text\0.names\0"u8;
            names.CopyTo(file.AsSpan(0x700));
            Section(1, 1, Texts, s_strings.Length);
            Section(2, 9, Text, code.Length);
            Section(3, 15, 0x700, names.Length);
            s_strings.CopyTo(file, Texts);
            code.CopyTo(file, Text);
            File.WriteAllBytes(Path, file);

            void Put16(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), (ushort)value);
            void Put64(int at, int value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), (ulong)value);
            void Section(int index, int name, int at, int size)
            {
                var header = 0x800 + (64 * index);
                Put16(header, name);
                Put16(header + 4, 1);
                Put64(header + 16, at);
                Put64(header + 24, at);
                Put64(header + 32, size);
            }
        }

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
