// SPDX-License-Identifier: Apache-2.0
using L7Trace.Probe.Interop;

namespace L7Trace.Probe;

/// <summary>What changes when a file does, or when its inode's number is given to another file (statx(2)).</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Changed">When its inode changed last, nanoseconds since the Unix epoch: nobody sets that.</param>
/// <param name="Modified">When its bytes were written last, as it says.</param>
internal readonly record struct FileVersion(ulong Size, long Changed, long Modified)
{
    /// <summary>That of the file that a path leads to, links followed; null when there is none or it can't be looked at.</summary>
    internal static FileVersion? Of(string path) => FileKinds.VersionOf(path);
}
