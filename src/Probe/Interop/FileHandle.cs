// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Probe.Interop;

/// <summary>Reads kernel file handles (name_to_handle_at(2)): a cgroup folder's is its 64-bit id.</summary>
internal static unsafe class FileHandle
{
    private const int CurrentDirectory = -100;
    private const int CgroupHandleBytes = 8;
    private const int HeaderBytes = 8;

    /// <summary>The id of a cgroup v2 folder, null when it has none.</summary>
    internal static ulong? CgroupId(string folder)
    {
        var handle = stackalloc byte[HeaderBytes + CgroupHandleBytes];
        *(uint*)handle = CgroupHandleBytes;
        int mountId;
        fixed (byte* path = Encoding.UTF8.GetBytes(folder + '\0'))
        {
            return LibC.NameToHandle(CurrentDirectory, path, handle, &mountId, 0) == 0
                && *(uint*)handle == CgroupHandleBytes
                ? *(ulong*)(handle + HeaderBytes)
                : null;
        }
    }
}
