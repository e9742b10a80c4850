// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace L7Trace.Probe.Interop;

/// <summary>The libc functions in use. Failures give -1 (mmap: <see cref="MapFailed"/>) and set errno.</summary>
internal static unsafe partial class LibC
{
    internal const int ProtRead = 1;
    internal const int ProtWrite = 2;
    internal const int MapShared = 1;
    internal const nint MapFailed = -1;

    internal const int EpollCloseOnExec = 0x80000;
    internal const int EpollAdd = 1;
    internal const uint EpollIn = 1;
    internal const uint EpollEdge = 1u << 31;

    internal const int OpenNoTerminal = 0x100;
    internal const int OpenNonBlocking = 0x800;
    internal const int OpenCloseOnExec = 0x80000;
    internal const uint MemoryCloseOnExec = 1;

    internal const short PollOut = 4;
    internal const short PollError = 8;
    internal const short PollHangUp = 16;

    /// <summary>ioctl TIOCGWINSZ, on x86-64 and arm64 alike.</summary>
    internal const nuint GetWindowSize = 0x5413;

    internal const int EPERM = 1;
    internal const int ENOENT = 2;
    internal const int ESRCH = 3;
    internal const int EINTR = 4;
    internal const int E2BIG = 7;
    internal const int ENOMEM = 12;
    internal const int EAGAIN = 11;
    internal const int EACCES = 13;
    internal const int EINVAL = 22;
    internal const int ENOSPC = 28;
    internal const int ENOSYS = 38;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "vsnprintf")]
    internal static partial int FormatArguments(byte* buffer, nuint size, byte* format, void* arguments);

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint MemoryMap(nint address, nuint length, int protection, int flags, int fd, nint offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static partial int MemoryUnmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport(Library, EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(SafeFileHandle epoll, int operation, int fd, byte* epollEvent);

    [LibraryImport(Library, EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(SafeFileHandle epoll, byte* events, int maxEvents, int timeoutMilliseconds);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int fd, byte* bytes, nuint count);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(int fd, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "setpriority", SetLastError = true)]
    internal static partial int SetPriority(int which, uint who, int nice);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    internal static partial uint EffectiveUserId();

    [LibraryImport(Library, EntryPoint = "readlink", SetLastError = true)]
    internal static partial nint ReadLink(byte* path, byte* buffer, nuint size);

    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true)]
    internal static partial int MemoryFile(byte* name, uint flags);

    [LibraryImport(Library, EntryPoint = "name_to_handle_at", SetLastError = true)]
    internal static partial int NameToHandle(int directory, byte* path, byte* handle, int* mountId, int flags);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    internal static partial int Open(byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    internal static partial int Statx(int directory, byte* path, int flags, uint mask, byte* result);

    /// <summary>struct pollfd.</summary>
    internal struct PollDescriptor
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }
}
