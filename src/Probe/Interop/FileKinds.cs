// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Text;

namespace L7Trace.Probe.Interop;

/// <summary>Tells what stands at a path, without following a symbolic link: .NET tells a device from a file nowhere.</summary>
internal static unsafe class FileKinds
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int NoFollow = 0x100;        // AT_SYMLINK_NOFOLLOW
    private const uint TypeMask = 1;           // STATX_TYPE
    private const int StatxSize = 256;
    private const int ModeOffset = 28;         // stx_mode, 16 bits
    private const int TypeBits = 0xF000;
    private const int Regular = 0x8000;
    private const int Link = 0xA000;

    /// <summary>What stands there.</summary>
    internal enum Kind
    {
        /// <summary>Nothing.</summary>
        None,

        /// <summary>A regular file.</summary>
        Regular,

        /// <summary>A symbolic link.</summary>
        Link,

        /// <summary>A directory, a device, a pipe, a socket, or what can't be looked at.</summary>
        Other,
    }

    /// <summary>Looks.</summary>
    internal static Kind Of(string path)
    {
        Span<byte> buffer = stackalloc byte[StatxSize];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        fixed (byte* result = buffer)
        {
            if (LibC.Statx(CurrentDirectory, name, NoFollow, TypeMask, result) != 0)
            {
                return Marshal.GetLastPInvokeError() == LibC.ENOENT ? Kind.None : Kind.Other;
            }
        }

        return (MemoryMarshal.Read<ushort>(buffer[ModeOffset..]) & TypeBits) switch
        {
            Regular => Kind.Regular,
            Link => Kind.Link,
            _ => Kind.Other,
        };
    }
}
