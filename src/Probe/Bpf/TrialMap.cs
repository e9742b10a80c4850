// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Bpf;

/// <summary>Makes a map by itself, to see whether the kernel lets us.</summary>
internal static unsafe class TrialMap
{
    private const int RingBufferType = 27;

    /// <summary>Makes a ring buffer.</summary>
    /// <param name="size">Bytes, a power of two and of pages.</param>
    /// <exception cref="LibBpfException">The kernel refused.</exception>
    internal static SafeFileHandle CreateRing(uint size)
    {
        fixed (byte* name = "l7_trial\0"u8)
        {
            var fd = LibBpf.MapCreate(RingBufferType, name, 0, 0, size, null);
            return new SafeFileHandle(LibBpfException.Check(fd, "make a ring buffer"), ownsHandle: true);
        }
    }
}
