// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace L7Trace.Probe.Bpf;

/// <summary>Addresses of the running kernel's symbols, from /proc/kallsyms (proc_kallsyms(5)): a hundred thousand lines, so read once and for need.</summary>
internal static class KernelSymbols
{
    /// <summary>The addresses of two symbols; 0 for one that the kernel does not have, or does not tell us (kptr_restrict, CAP_SYSLOG).</summary>
    /// <param name="first">A name.</param>
    /// <param name="second">Another.</param>
    internal static (ulong First, ulong Second) Find(string first, string second)
    {
        try
        {
            using var lines = new StreamReader("/proc/kallsyms");
            return Find(lines, first, second);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    /// <summary>The same in lines of that form: address, kind, name, and for a module's its name.</summary>
    internal static (ulong First, ulong Second) Find(TextReader lines, string first, string second)
    {
        var (one, two) = (0UL, 0UL);
        while ((one == 0 || two == 0) && lines.ReadLine() is { } line)
        {
            one = one == 0 ? AddressOf(line, first) : one;
            two = two == 0 ? AddressOf(line, second) : two;
        }

        return (one, two);
    }

    // ffffffff82345678 D page_offset_base
    private static ulong AddressOf(string line, string name) =>
        line.EndsWith(name, StringComparison.Ordinal) && line.Split(' ') is [var address, _, var named] && named == name
            && ulong.TryParse(address, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : 0;
}
