// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Bpf;

/// <summary>Makes a map by itself, to see whether the kernel lets us.</summary>
internal static unsafe class TrialMap
{
    private const int ArrayType = 2;
    private const int RingBufferType = 27;

    /// <summary>Makes a ring buffer.</summary>
    /// <param name="size">Bytes, a power of two and of pages.</param>
    /// <exception cref="LibBpfException">The kernel refused.</exception>
    internal static SafeFileHandle CreateRing(uint size) => Create(RingBufferType, 0, 0, size, "make a ring buffer");

    /// <summary>Makes an array of one number: the simplest map there is.</summary>
    /// <exception cref="LibBpfException">The kernel refused.</exception>
    internal static SafeFileHandle CreateArray() => Create(ArrayType, sizeof(uint), sizeof(uint), 1, "make a map");

    private static SafeFileHandle Create(int type, uint keySize, uint valueSize, uint entries, string operation)
    {
        fixed (byte* name = "l7_trial\0"u8)
        {
            var fd = LibBpf.MapCreate(type, name, keySize, valueSize, entries, null);
            return new SafeFileHandle(LibBpfException.Check(fd, operation), ownsHandle: true);
        }
    }
}
