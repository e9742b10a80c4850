// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>The forms in which the object can be loaded, best first. Which one a kernel takes is found by trying.</summary>
internal enum ObjectForm
{
    /// <summary>The socket of a call comes from the kernel's socket tracepoints (6.3 and later).</summary>
    SockTracepoints = 0,

    /// <summary>The socket comes from the task's files.</summary>
    FileWalk = 1,

    /// <summary>
    /// The same without bpf_loop (before 5.17): a shorter reach into iovec arrays, and the Unix sockets that a dying
    /// process held are left to UnixConnections.
    /// </summary>
    FileWalkBounded = 2,
}
