// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Interop;

namespace L7Trace.Probe.Bpf;

/// <summary>
/// Finds out quickly whether a backend can work here at all: the whole object takes the kernel a tenth of a second and
/// more to verify.
/// </summary>
internal static unsafe class QuickTrial
{
    private const int TracingType = 26; // BPF_PROG_TYPE_TRACING
    private const int FentryAttachType = 24; // BPF_TRACE_FENTRY
    private const string Function = "inet_sendmsg";

    /// <summary>Why not, one line; null where nothing speaks against it.</summary>
    internal static string? Refuses(CaptureBackend backend) => backend switch
    {
        CaptureBackend.Fentry => RefusesFentry(),
        CaptureBackend.Kprobe => RefusesKprobe(),
        _ => null,
    };

    // A program of two instructions, loaded and attached for real. The first load asks for no function: a kernel that refuses the
    // kind says so at once, and is spared the look through its types.
    private static string? RefusesFentry()
    {
        LibBpfLog.Install();
        var fd = Load(1);
        if (fd == -LibC.EPERM || fd == -LibC.EACCES)
        {
            return "fentry: " + LibBpfException.DescribeErrno(fd);
        }

        Close(fd);
        var id = LibBpf.FindKernelType(Function, FentryAttachType);
        if (id < 0)
        {
            return $"fentry: the kernel's type information has no {Function}";
        }

        fd = Load(id);
        if (fd < 0)
        {
            return "fentry: " + LibBpfException.DescribeErrno(fd);
        }

        var link = LibBpf.RawTracepointOpen(null, fd);
        Close(fd);
        Close(link);
        return link < 0 ? "fentry: cannot be attached: " + LibBpfException.DescribeErrno(link) : null;
    }

    private static string? RefusesKprobe()
    {
        const string Pmu = "/sys/bus/event_source/devices/kprobe/type";
        if (!uint.TryParse(SafeFile.ReadText(Pmu)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var type))
        {
            return File.Exists($"{SystemFacts.FindTracefs()}/kprobe_events") ? null : "the kernel has no kprobes";
        }

        using var probe = PerfEvent.OpenKprobe(type, Function);
        return probe.IsInvalid ? "kprobe: " + LibBpfException.DescribeErrno(Marshal.GetLastPInvokeError()) : null;
    }

    private static int Load(int typeId)
    {
        // r0 = 0; exit
        ReadOnlySpan<ulong> instructions = [0xb7, 0x95];
        var options = new LibBpf.ProgramLoadOptions
        {
            Size = (nuint)sizeof(LibBpf.ProgramLoadOptions),
            ExpectedAttachType = FentryAttachType,
            AttachTypeId = (uint)typeId,
        };
        fixed (ulong* code = instructions)
        fixed (byte* name = "l7trace_trial\0"u8, license = "GPL\0"u8)
        {
            return LibBpf.ProgramLoad(TracingType, name, license, code, (nuint)instructions.Length, &options);
        }
    }

    private static void Close(int fd)
    {
        if (fd >= 0)
        {
            _ = LibC.Close(fd);
        }
    }
}
