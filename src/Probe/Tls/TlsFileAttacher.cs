// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using L7Trace.Probe.Bpf;

namespace L7Trace.Probe.Tls;

/// <summary>Attaches the programs of one file, and only where a call's end is seen too if its beginning is.</summary>
/// <param name="bpf">The kernel side.</param>
/// <param name="path">The file.</param>
/// <param name="number">The number by which its calls are counted, where the kernel can tell it to a program.</param>
internal sealed class TlsFileAttacher(L7Object bpf, string path, uint number)
{
    /// <summary>The probes that were made.</summary>
    internal List<SafeHandle> Links { get; } = [];

    /// <summary>Functions that could not be probed.</summary>
    internal List<string> Failed { get; } = [];

    /// <summary>Why the last of them could not; 0 when all could.</summary>
    internal int Errno { get; private set; }

    /// <summary>Functions that a return probe may be put on. Returns come first: an entry without its return would stand for ever.</summary>
    internal void Attach(IReadOnlyList<TlsFunction> functions, IReadOnlyDictionary<string, ulong> offsets)
    {
        foreach (var group in functions.Where(static function => function.Return is not null).GroupBy(static function => function.Return!))
        {
            Attach(group.Key, isReturn: true, group, offsets);
        }

        foreach (var group in functions.Where(function => function.Entry is not null && !Failed.Contains(function.Name))
            .GroupBy(static function => function.Entry!))
        {
            Attach(group.Key, isReturn: false, group, offsets);
        }
    }

    /// <summary>Places of programs, in order; when one can't be attached, those behind it are not.</summary>
    internal void Attach(IReadOnlyList<(string Program, ulong[] Offsets)> places)
    {
        foreach (var (program, offsets) in places)
        {
            var made = bpf.AttachFunctions(program, false, path, offsets, number, out var errno, cookieIsOptional: true);
            Links.AddRange(made);
            if (made.Count == 0)
            {
                Errno = errno;
                Failed.Add(program);
                return;
            }
        }
    }

    private void Attach(
        string program, bool isReturn, IEnumerable<TlsFunction> functions, IReadOnlyDictionary<string, ulong> offsets)
    {
        ulong[] places = [.. functions.Select(function => offsets[function.Name]).Distinct()];
        var made = bpf.AttachFunctions(program, isReturn, path, places, number, out var errno, cookieIsOptional: true);
        Links.AddRange(made);
        if (made.Count == 0)
        {
            Errno = errno;
            Failed.AddRange(functions.Select(static function => function.Name));
        }
    }
}
