// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Interop;

/// <summary>perf_event_open(2), as far as probes need it.</summary>
internal static unsafe partial class PerfEvent
{
    private const uint TracepointType = 2;
    private const nuint CloseOnExec = 8;
    private const int AnyProcess = -1;

    private static nint Number => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 241 : 298;

    /// <summary>Opens a tracepoint by its number in tracefs; invalid, with errno, where the kernel refuses.</summary>
    internal static SafeFileHandle OpenTracepoint(ulong id) =>
        Open(new Attributes { Type = TracepointType, Config = id });

    /// <summary>Makes a kprobe at a function's entry that nothing listens to; invalid, with errno, where the kernel refuses.</summary>
    /// <param name="type">Type of the kprobe PMU (/sys/bus/event_source/devices/kprobe/type).</param>
    /// <param name="function">The function's name.</param>
    internal static SafeFileHandle OpenKprobe(uint type, string function)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(function + '\0'))
        {
            return Open(new Attributes { Type = type, Config1 = (ulong)name });
        }
    }

    private static SafeFileHandle Open(Attributes attributes)
    {
        attributes.Size = (uint)sizeof(Attributes);
        attributes.SamplePeriod = 1;
        attributes.WakeupEvents = 1;
        var fd = SystemCall(Number, &attributes, AnyProcess, 0, -1, CloseOnExec);
        return new SafeFileHandle(fd, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, Attributes* attributes, nint process, nint cpu, nint group, nuint flags);

    /// <summary>struct perf_event_attr, up to PERF_ATTR_SIZE_VER1.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Attributes
    {
        internal uint Type;
        internal uint Size;
        internal ulong Config;
        internal ulong SamplePeriod;
        internal ulong SampleType;
        internal ulong ReadFormat;
        internal ulong Flags;
        internal uint WakeupEvents;
        internal uint BreakpointType;
        internal ulong Config1;
        internal ulong Config2;
    }
}
