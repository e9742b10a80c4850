// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Elf;
using L7Trace.Probe.Tls;
using Xunit;

namespace L7Trace.UnitTests.Tls;

public sealed class WrappedFunctionTests
{
    [Fact]
    public void A_call_with_all_arguments_as_they_came_is_found()
    {
        // sub rsp, 8 · call +0x10
        var found = WrappedFunction.Of([0x48, 0x83, 0xec, 0x08, 0xe8, 0x10, 0, 0, 0], 0x1000);
        Assert.Equal(0x1019UL, found!.Offset);
        Assert.Equal([1, 2, 3, 4, 5], found.Arguments);
    }

    [Fact]
    public void A_length_made_wider_is_still_it_and_a_variable_is_no_argument()
    {
        // sub rsp, 24 · mov rax, fs:[40] · mov [rsp+8], rax · xor eax, eax · test edx, edx · js +9 · mov rcx, rsp · movsxd rdx, edx · call 0
        var found = WrappedFunction.Of(
            [
                0x48, 0x83, 0xec, 0x18, 0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0, 0x48, 0x89, 0x44, 0x24, 0x08, 0x31, 0xc0,
                0x85, 0xd2, 0x78, 0x09, 0x48, 0x89, 0xe1, 0x48, 0x63, 0xd2, 0xe8, 0, 0, 0, 0,
            ], 0);
        Assert.Equal([1, 2, 3, 0, 5], found!.Arguments);
    }

    [Fact]
    public void An_argument_that_moves_to_another_register_is_followed()
    {
        // mov r8, rcx · xor ecx, ecx · call 0: SSL_write_ex of OpenSSL 3.3
        var found = WrappedFunction.Of([0x49, 0x89, 0xc8, 0x31, 0xc9, 0xe8, 0, 0, 0, 0], 0);
        Assert.Equal([1, 2, 3, 0, 4], found!.Arguments);
    }

    [Theory]
    [InlineData("lea rdi, [rdi+8]", new byte[] { 0x48, 0x8d, 0x7f, 0x08, 0xe8, 0, 0, 0, 0 })]
    [InlineData("pop rdi", new byte[] { 0x5f, 0xe8, 0, 0, 0, 0 })]
    [InlineData("mov dil, 1", new byte[] { 0x40, 0xb7, 0x01, 0xe8, 0, 0, 0, 0 })]
    [InlineData("xchg rdi, rax", new byte[] { 0x48, 0x97, 0xe8, 0, 0, 0, 0 })]
    [InlineData("cmovz rdi, rax", new byte[] { 0x48, 0x0f, 0x44, 0xf8, 0xe8, 0, 0, 0, 0 })]
    public void An_argument_that_was_changed_is_none(string what, byte[] code) =>
        Assert.True(WrappedFunction.Of(code, 0)!.Arguments[0] == 0, what);

    [Theory]
    [InlineData("ret", new byte[] { 0xc3, 0xe8, 0, 0, 0, 0 })]
    [InlineData("jmp", new byte[] { 0xeb, 0x00, 0xe8, 0, 0, 0, 0 })]
    [InlineData("call rax", new byte[] { 0xff, 0xd0, 0xe8, 0, 0, 0, 0 })]
    [InlineData("not an instruction", new byte[] { 0x06, 0xe8, 0, 0, 0, 0 })]
    [InlineData("cut", new byte[] { 0xe8, 0, 0 })]
    [InlineData("nothing", new byte[0])]
    public void What_is_not_understood_is_left_alone(string what, byte[] code) => Assert.True(WrappedFunction.Of(code, 0) is null, what);

    [Theory]
    [InlineData(new byte[] { 0x41, 0x57 }, true)]        // push r15
    [InlineData(new byte[] { 0x55 }, true)]              // push rbp
    [InlineData(new byte[] { 0x0f, 0x1f, 0x00 }, true)]  // nop
    [InlineData(new byte[] { 0x48, 0x83, 0xec, 0x08 }, false)] // sub rsp, 8
    [InlineData(new byte[] { 0xf3, 0x0f, 0x1e, 0xfa }, false)] // endbr64
    [InlineData(new byte[0], false)]
    public void The_kernel_emulates_pushes_and_what_does_nothing(byte[] code, bool expected) =>
        Assert.Equal(expected, WrappedFunction.IsEmulated(code));

    [Fact]
    public void Of_the_systems_libssl_all_or_nothing_is_placed_elsewhere()
    {
        var path = LoaderCache.Find(["libssl.so"]).FirstOrDefault(static path => path.Contains("libssl.so.3", StringComparison.Ordinal));
        Assert.SkipWhen(path is null, "no libssl.so.3");
        using var image = ElfImage.Open(path!)!;
        var library = TlsLibrary.All[0];
        var offsets = image.FindFunctions([.. library.Functions.Select(static function => function.Name)]);
        List<TlsFunction> functions = [.. library.Functions.Where(function => offsets.ContainsKey(function.Name))];
        var inner = TlsPlacement.Improve(image, functions, offsets);
        Assert.Equal(inner.Any(static x => x.Function.Name.StartsWith("SSL_read", StringComparison.Ordinal)), !functions.Exists(static x => x.Name is "SSL_read" or "SSL_read_ex"));
        Assert.Equal(inner.Any(static x => x.Function.Name.StartsWith("SSL_write", StringComparison.Ordinal)), !functions.Exists(static x => x.Name is "SSL_write" or "SSL_write_ex"));
        TestContext.Current.TestOutputHelper?.WriteLine($"{path}: {string.Join(", ", inner.Select(static x => $"{x.Function.Name} at {x.Offset:x}"))}");
    }
}
