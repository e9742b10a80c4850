// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Elf;

namespace L7Trace.Probe.Tls;

/// <summary>
/// Where the functions of a file are probed: at their symbols, or (OpenSSL, x86-64) at the one function that <c>SSL_read</c> and
/// <c>SSL_read_ex</c> are wrappers of, and so on, when its instructions prove that it is given the same arguments. What is
/// not proven for that very file stays at the symbol.
/// </summary>
internal static class TlsPlacement
{
    private const ushort X86 = 62; // EM_X86_64
    private const int CodeBytes = 256;

    /// <summary>Wrappers that take a length by value, and those of the same inner function that take the place for it as argument 4.</summary>
    private static readonly (string Plain, string Extended, string Entry, string Entry5, string Return)[] s_wrappers =
    [
        ("SSL_read", "SSL_read_ex", "openssl_read_ex", "", "tls_return"),
        ("SSL_write", "SSL_write_ex", "openssl_write_ex", "openssl_write_ex2", "tls_return"),
    ];

    /// <summary>The same for BIO, whose wrappers put the length behind a pointer of their own.</summary>
    private static readonly (string Name, string Entry, string? Return)[] s_bios =
        [("BIO_write", "openssl_bio_write", null), ("BIO_read", "openssl_bio_read_ex", "openssl_bio_read_ex_return")];

    /// <summary>Puts what is proven into the place of the symbols.</summary>
    /// <param name="image">The file.</param>
    /// <param name="functions">The functions that it has, to be probed; those that are wrappers are taken out.</param>
    /// <param name="offsets">Where they begin in the file.</param>
    /// <returns>Inner functions to be probed, with where each begins.</returns>
    internal static IReadOnlyList<(TlsFunction Function, ulong Offset)> Improve(
        ElfImage image, List<TlsFunction> functions, IReadOnlyDictionary<string, ulong> offsets)
    {
        var inner = new List<(TlsFunction, ulong)>();
        if (image.Machine != X86)
        {
            return inner;
        }

        foreach (var (plain, extended, entry, entry5, @return) in s_wrappers)
        {
            if (Wrapped(image, offsets, plain) is { } first && Wrapped(image, offsets, extended) is { } second
                && first.Offset == second.Offset && IsFirstTwo(first) && IsFirstTwo(second)
                && (second.Arguments[3] == 4 ? entry : second.Arguments[4] == 4 ? entry5 : "") is { Length: > 0 } program)
            {
                Take(plain, extended);
                inner.Add((new TlsFunction($"{plain}'s inner function", program, @return), first.Offset));
            }
        }

        foreach (var (name, entry, @return) in s_bios)
        {
            // Argument 4 is a variable of the wrapper, argument 3 the length: a copy of it, made wider.
            if (Wrapped(image, offsets, name) is { } found && IsFirstTwo(found) && found.Arguments[2] == 3 && found.Arguments[3] == 0)
            {
                Take(name);
                inner.Add((new TlsFunction($"{name}'s inner function", entry, @return), found.Offset));
            }
        }

        return inner;

        void Take(params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                var taken = name;
                functions.RemoveAll(function => function.Name == taken);
            }
        }
    }

    private static bool IsFirstTwo(WrappedFunction function) => function.Arguments[0] == 1 && function.Arguments[1] == 2;

    private static WrappedFunction? Wrapped(ElfImage image, IReadOnlyDictionary<string, ulong> offsets, string name)
    {
        Span<byte> outer = stackalloc byte[CodeBytes];
        Span<byte> inner = stackalloc byte[15];
        return offsets.TryGetValue(name, out var offset) && image.Read(offset, outer)
            && !WrappedFunction.IsEmulated(outer)
            && WrappedFunction.Of(outer, offset) is { } found
            && image.IsCode(found.Offset) && image.Read(found.Offset, inner) && WrappedFunction.IsEmulated(inner)
            ? found
            : null;
    }
}
