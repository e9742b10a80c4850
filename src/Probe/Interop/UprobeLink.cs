// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Interop;

/// <summary>
/// Attaches a program to functions of a file. The kernel's own multi-uprobe link (6.6) is taken where it is: it is detached
/// apart from all others, where perf's probes are detached one after the other, 0.1 s each. libbpf 1.1 does not know it, so
/// the call is made here (bpf(2), BPF_LINK_CREATE).
/// </summary>
internal static unsafe partial class UprobeLink
{
    /// <summary>BPF_TRACE_UPROBE_MULTI: programs must have been loaded as such. Kernels before it do not mind.</summary>
    internal const int MultiAttachType = 48;

    private const int LinkCreate = 28;
    private const uint ReturnFlag = 1; // BPF_F_UPROBE_MULTI_RETURN
    private const int AnyProcess = -1;

    private static nint BpfNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    /// <summary>Attaches at all of the offsets, or at none.</summary>
    /// <param name="program">A loaded program.</param>
    /// <param name="isReturn">True: where the functions return; false: at their first instructions.</param>
    /// <param name="path">The file.</param>
    /// <param name="offsets">Where the functions begin in it, bytes.</param>
    /// <param name="cookie">What bpf_get_attach_cookie gives to the program, if not 0 (5.15 where the multi link is not).</param>
    /// <param name="errno">Why the kernel refused; 0 when it did not.</param>
    /// <returns>What detaches when it is disposed; empty when the kernel refused.</returns>
    internal static IReadOnlyList<SafeHandle> Attach(
        nint program, bool isReturn, string path, ReadOnlySpan<ulong> offsets, ulong cookie, out int errno)
    {
        errno = 0;
        fixed (byte* file = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
        {
            var link = CreateMulti(program, isReturn, file, offsets, cookie);
            return link >= 0
                ? [new SafeFileHandle(link, ownsHandle: true)]
                : AttachEach(program, isReturn, file, offsets, cookie, out errno);
        }
    }

    private static int CreateMulti(nint program, bool isReturn, byte* path, ReadOnlySpan<ulong> offsets, ulong cookie)
    {
        ulong[] cookies = cookie == 0 ? [] : [.. Enumerable.Repeat(cookie, offsets.Length)];
        fixed (ulong* places = offsets, told = cookies)
        {
            var request = new Request
            {
                ProgramFd = LibBpf.ProgramFd(program),
                AttachType = MultiAttachType,
                Path = (ulong)path,
                Offsets = (ulong)places,
                Cookies = (ulong)told,
                Count = (uint)offsets.Length,
                Flags = isReturn ? ReturnFlag : 0,
            };
            return (int)SystemCall(BpfNumber, LinkCreate, &request, (nuint)sizeof(Request));
        }
    }

    private static List<SafeHandle> AttachEach(
        nint program, bool isReturn, byte* path, ReadOnlySpan<ulong> offsets, ulong cookie, out int errno)
    {
        errno = 0;
        var links = new List<SafeHandle>();
        foreach (var offset in offsets)
        {
            var options = new LibBpf.UprobeOptions
            {
                Size = (nuint)sizeof(LibBpf.UprobeOptions),
                Cookie = cookie,
                IsReturn = isReturn ? (byte)1 : (byte)0,
            };
            var link = LibBpf.AttachUprobe(program, AnyProcess, path, (nuint)offset, &options);
            if (link == 0)
            {
                errno = Marshal.GetLastPInvokeError();
                links.ForEach(static made => made.Dispose());
                return [];
            }

            links.Add(new BpfLinkHandle(link));
        }

        return links;
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint command, Request* request, nuint size);

    /// <summary>union bpf_attr, link_create.uprobe_multi.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        internal int ProgramFd;
        internal uint TargetFd;
        internal uint AttachType;
        internal uint LinkFlags;
        internal ulong Path;
        internal ulong Offsets;
        internal ulong ReferenceCounters;
        internal ulong Cookies;
        internal uint Count;
        internal uint Flags;
        internal uint ProcessId;
        internal uint Pad;
    }
}
