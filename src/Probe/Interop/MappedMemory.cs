// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Interop;

/// <summary>Owns one shared mapping of a file descriptor.</summary>
internal sealed class MappedMemory : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly nuint _length;

    private MappedMemory(nint address, nuint length)
        : base(ownsHandle: true)
    {
        SetHandle(address);
        _length = length;
    }

    /// <summary>First byte of the mapping; valid while this is open.</summary>
    internal nint Address => handle;

    /// <summary>Maps <paramref name="length"/> bytes of <paramref name="fd"/>.</summary>
    /// <exception cref="LibBpfException">The kernel refused.</exception>
    internal static MappedMemory Map(int fd, nuint length, bool writable, nint offset)
    {
        var protection = writable ? LibC.ProtRead | LibC.ProtWrite : LibC.ProtRead;
        var address = LibC.MemoryMap(0, length, protection, LibC.MapShared, fd, offset);
        if (address == LibC.MapFailed)
        {
            throw new LibBpfException("map the ring buffer into memory", Marshal.GetLastPInvokeError());
        }

        return new MappedMemory(address, length);
    }

    protected override bool ReleaseHandle() => LibC.MemoryUnmap(handle, _length) == 0;
}
