// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace L7Trace.Probe.Tls;

/// <summary>A file with the functions of one or more TLS libraries, probed.</summary>
/// <param name="Path">Path by which it was found.</param>
/// <param name="Libraries">Names of what it holds.</param>
/// <param name="Links">The probes; each is taken off when it is disposed.</param>
/// <param name="Failed">Functions that could not be probed.</param>
internal sealed record TlsFile(
    string Path, IReadOnlyList<string> Libraries, IReadOnlyList<SafeHandle> Links, IReadOnlyList<string> Failed)
{
    /// <summary>The number by which the kernel side counts calls of its functions; 0 for none.</summary>
    internal uint Number { get; init; }

    /// <summary>
    /// False when a process that has mapped it may move TLS all the same that is not read: it holds nothing but what TLS goes through, or a
    /// library that may be used in a way that is not seen.
    /// </summary>
    internal bool IsRead { get; init; } = true;

    /// <summary>Functions that are probed, or places of Go's.</summary>
    internal int Functions { get; init; }
}
