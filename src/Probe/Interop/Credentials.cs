// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using System.Text;
using L7Trace.Probe.Errors;
using L7Trace.Probe.Privileges;

namespace L7Trace.Probe.Interop;

/// <summary>
/// User ids and capabilities of this process. The ids change in all threads, which glibc does by itself; sets of capabilities
/// are the calling thread's, and of those that it starts afterwards.
/// </summary>
internal static unsafe partial class Credentials
{
    private const int KeepCapabilities = 8;          // PR_SET_KEEPCAPS
    private const int Ambient = 47;                  // PR_CAP_AMBIENT
    private const nuint ClearAll = 4;                // PR_CAP_AMBIENT_CLEAR_ALL
    private const uint Version3 = 0x20080522;        // _LINUX_CAPABILITY_VERSION_3
    private const int NotFound = 0;
    private const int TooSmall = 34;                 // ERANGE
    private const int FirstBuffer = 4096;
    private const int LastBuffer = 1 << 20;

    /// <summary>Forgets the ambient set: a command that is started has no capabilities by it.</summary>
    internal static void ClearAmbient() => _ = Control(Ambient, ClearAll, 0, 0, 0);

    /// <summary>What the calling thread may make effective.</summary>
    internal static Capabilities Permitted() => Capabilities.Parse(SafeFile.ReadText("/proc/thread-self/status") ?? "", "CapPrm:");

    /// <summary>Sets what is effective in the calling thread, and what may be; false when the kernel refuses.</summary>
    internal static bool TrySet(Capabilities effective, Capabilities permitted)
    {
        var header = stackalloc uint[2] { Version3, 0 };
        var data = stackalloc uint[6]
        {
            (uint)effective.Bits, (uint)permitted.Bits, 0,
            (uint)(effective.Bits >> 32), (uint)(permitted.Bits >> 32), 0,
        };
        return SetCapabilities(header, data) == 0;
    }

    /// <summary>
    /// Becomes a user, in all threads; the calling one keeps these of its capabilities, others keep none. Gives the errno of
    /// what failed, and which call it was; 0 when nothing did.
    /// </summary>
    internal static (int Errno, string Call) Become(UserAccount user, Capabilities kept)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(user.Name + '\0'))
        {
            return Control(KeepCapabilities, 1, 0, 0, 0) != 0 ? Failed("prctl")
                : InitGroups(name, user.GroupId) != 0 ? Failed("initgroups")
                : SetGroupIds(user.GroupId, user.GroupId, user.GroupId) != 0 ? Failed("setresgid")
                : SetUserIds(user.UserId, user.UserId, user.UserId) != 0 ? Failed("setresuid")
                : !TrySet(kept, kept) ? Failed("capset")
                : Control(KeepCapabilities, 0, 0, 0, 0) != 0 ? Failed("prctl")
                : (0, "");
        }

        static (int, string) Failed(string call) => (Marshal.GetLastPInvokeError(), call);
    }

    /// <summary>Finds an account by name (or, where that is null, by id), wherever this system keeps its accounts; null for none.</summary>
    internal static UserAccount? Find(string? name, uint id)
    {
        for (var size = FirstBuffer; size <= LastBuffer; size *= 4)
        {
            var buffer = new byte[size];
            Entry entry;
            Entry* found;
            fixed (byte* bytes = buffer, text = Encoding.UTF8.GetBytes((name ?? "") + '\0'))
            {
                var errno = name is not null
                    ? FindByName(text, &entry, bytes, (nuint)size, &found)
                    : FindById(id, &entry, bytes, (nuint)size, &found);
                if (errno == TooSmall)
                {
                    continue;
                }

                return errno != NotFound || found is null ? null
                    : new UserAccount(Marshal.PtrToStringUTF8((nint)entry.Name) ?? "", entry.UserId, entry.GroupId);
            }
        }

        return null;
    }

    /// <summary>True when the calling thread, as it is now, may write to a file or into a folder.</summary>
    internal static bool CanWrite(string path)
    {
        const int CurrentDirectory = -100; // AT_FDCWD
        const int Writing = 2;             // W_OK
        const int ByEffectiveIds = 0x200;  // AT_EACCESS
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return Access(CurrentDirectory, name, Writing, ByEffectiveIds) == 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static partial int SetCapabilities(uint* header, uint* data);

    [LibraryImport("libc", EntryPoint = "initgroups", SetLastError = true)]
    private static partial int InitGroups(byte* user, uint group);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetGroupIds(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetUserIds(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "getpwnam_r")]
    private static partial int FindByName(byte* name, Entry* entry, byte* buffer, nuint size, Entry** found);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int FindById(uint id, Entry* entry, byte* buffer, nuint size, Entry** found);

    [LibraryImport("libc", EntryPoint = "faccessat", SetLastError = true)]
    private static partial int Access(int folder, byte* path, int mode, int flags);

    /// <summary>struct passwd of glibc.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        internal byte* Name;
        internal byte* Password;
        internal uint UserId;
        internal uint GroupId;
        internal byte* RealName;
        internal byte* Folder;
        internal byte* Shell;
    }
}
