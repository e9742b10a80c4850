// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Errors;

/// <summary>The kernel's type information, found by opening it (Documentation/bpf/btf.rst).</summary>
internal static class KernelBtf
{
    /// <summary>Where the kernel gives it.</summary>
    internal const string KernelFile = "/sys/kernel/btf/vmlinux";

    private const int HeaderBytes = 24;
    private const ushort Magic = 0xeb9f; // in the byte order of the machine

    /// <summary>Why a file is not to be had as BTF: words that follow its name; null when it is.</summary>
    internal static string? Problem(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            Span<byte> header = stackalloc byte[HeaderBytes];
            return RandomAccess.Read(file, header, 0) == HeaderBytes && BitConverter.ToUInt16(header) == Magic
                ? null
                : "is not type information";
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return "is missing";
        }
        catch (Exception e) when (SafeFile.IsExpected(e) || e is NotSupportedException)
        {
            return "can't be read";
        }
    }
}
