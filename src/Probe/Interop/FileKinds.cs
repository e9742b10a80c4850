// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Interop;

/// <summary>Tells what stands at a path: .NET tells a device from a file nowhere, and no file's device and inode.</summary>
internal static unsafe class FileKinds
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const int NoFollow = 0x100;        // AT_SYMLINK_NOFOLLOW
    private const uint TypeMask = 1;           // STATX_TYPE
    private const uint InodeMask = 0x100;      // STATX_INO
    private const uint VersionMask = 0x2C0;    // STATX_MTIME, STATX_CTIME, STATX_SIZE
    private const int StatxSize = 256;
    private const int ModeOffset = 28;         // stx_mode, 16 bits
    private const int InodeOffset = 32;        // stx_ino, 64 bits
    private const int SizeOffset = 40;         // stx_size, 64 bits
    private const int ChangeOffset = 96;       // stx_ctime: seconds in 64 bits, nanoseconds in 32
    private const int ModificationOffset = 112; // stx_mtime
    private const long Second = 1_000_000_000;
    private const int DeviceOffset = 136;      // stx_dev_major and stx_dev_minor, 32 bits each
    private const int LongestTarget = 4096;    // PATH_MAX
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

    /// <summary>Looks, without following a symbolic link.</summary>
    internal static Kind Of(string path)
    {
        Span<byte> buffer = stackalloc byte[StatxSize];
        if (!TryLook(path, NoFollow, TypeMask, buffer))
        {
            return Marshal.GetLastPInvokeError() == LibC.ENOENT ? Kind.None : Kind.Other;
        }

        return (MemoryMarshal.Read<ushort>(buffer[ModeOffset..]) & TypeBits) switch
        {
            Regular => Kind.Regular,
            Link => Kind.Link,
            _ => Kind.Other,
        };
    }

    /// <summary>Device and inode of what a path leads to, links followed; null when that can't be told.</summary>
    internal static FileIdentity? IdentityOf(string path)
    {
        Span<byte> buffer = stackalloc byte[StatxSize];
        return !TryLook(path, flags: 0, InodeMask, buffer) ? null : new FileIdentity(
            MemoryMarshal.Read<uint>(buffer[DeviceOffset..]),
            MemoryMarshal.Read<uint>(buffer[(DeviceOffset + sizeof(uint))..]),
            MemoryMarshal.Read<ulong>(buffer[InodeOffset..]));
    }

    /// <summary>Size and times of what a path leads to, links followed; null when that can't be told.</summary>
    internal static FileVersion? VersionOf(string path)
    {
        Span<byte> buffer = stackalloc byte[StatxSize];
        return !TryLook(path, flags: 0, VersionMask, buffer) ? null : new FileVersion(
            MemoryMarshal.Read<ulong>(buffer[SizeOffset..]), TimeAt(buffer[ChangeOffset..]), TimeAt(buffer[ModificationOffset..]));

        static long TimeAt(ReadOnlySpan<byte> at) =>
            unchecked((MemoryMarshal.Read<long>(at) * Second) + MemoryMarshal.Read<uint>(at[sizeof(long)..]));
    }

    /// <summary>
    /// Opens a regular file to be read, links followed; null when there is none. It does not wait for anything: a pipe that
    /// was put there is not one.
    /// </summary>
    /// <param name="path">Where.</param>
    /// <param name="isDenied">It is there and may not be read, or can't be reached.</param>
    internal static SafeFileHandle? OpenRegular(string path, out bool isDenied)
    {
        isDenied = false;
        int fd;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            fd = LibC.Open(name, LibC.OpenNonBlocking | LibC.OpenCloseOnExec | LibC.OpenNoTerminal);
        }

        if (fd < 0)
        {
            isDenied = Marshal.GetLastPInvokeError() is LibC.EACCES or LibC.EPERM;
            return null;
        }

        var file = new SafeFileHandle(fd, ownsHandle: true);
        Span<byte> buffer = stackalloc byte[StatxSize];
        if (TryLook(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{fd}"), flags: 0, TypeMask, buffer)
            && (MemoryMarshal.Read<ushort>(buffer[ModeOffset..]) & TypeBits) == Regular)
        {
            return file;
        }

        file.Dispose();
        return null;
    }

    /// <summary>What a symbolic link says; null when it can't be read.</summary>
    /// <param name="path">The link.</param>
    /// <param name="isDenied">It may not be read.</param>
    internal static string? LinkTarget(string path, out bool isDenied)
    {
        var buffer = stackalloc byte[LongestTarget];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            var length = (int)LibC.ReadLink(name, buffer, LongestTarget);
            isDenied = length < 0 && Marshal.GetLastPInvokeError() is LibC.EACCES or LibC.EPERM;
            return length is < 0 or LongestTarget ? null : Encoding.UTF8.GetString(buffer, length);
        }
    }

    /// <summary>True when there is no such link, or, in /proc, nothing that it could lead to; not when it may not be read.</summary>
    /// <param name="path">The link.</param>
    internal static bool LinkIsAbsent(string path)
    {
        byte first;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        {
            return LibC.ReadLink(name, &first, 1) < 0 && Marshal.GetLastPInvokeError() is (LibC.ENOENT or LibC.ESRCH);
        }
    }

    private static bool TryLook(string path, int flags, uint mask, Span<byte> buffer)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
        fixed (byte* result = buffer)
        {
            return LibC.Statx(CurrentDirectory, name, flags, mask, result) == 0;
        }
    }
}
