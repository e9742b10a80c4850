// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe;

/// <summary>Where in the kernel the calls that move data are seen, best first. All give the same events.</summary>
public enum CaptureBackend
{
    /// <summary>
    /// At the kernel's own functions for sockets, by BPF trampolines (fentry and fexit): the cheapest, and io_uring,
    /// sendfile and what the kernel sends itself are seen too.
    /// </summary>
    Fentry = 0,

    /// <summary>At the same functions, by kprobes and kretprobes: where the kernel has no trampolines.</summary>
    Kprobe = 1,

    /// <summary>At the system calls: what moves bytes without one (io_uring) is counted, but not read.</summary>
    Syscall = 2,
}
