// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;

namespace L7Trace.Probe;

/// <summary>What makes a file this one and no other, whatever paths and links lead to it (statx(2)).</summary>
/// <param name="Major">Major number of the device that it is on.</param>
/// <param name="Minor">Minor number.</param>
/// <param name="Inode">Number of its inode there.</param>
public readonly record struct FileIdentity(uint Major, uint Minor, ulong Inode)
{
    /// <summary>That of the file that a path leads to, links followed; null when there is none or it can't be looked at.</summary>
    public static FileIdentity? Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return FileKinds.IdentityOf(path);
    }
}
