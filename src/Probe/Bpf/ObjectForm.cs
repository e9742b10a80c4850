// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.Bpf;

/// <summary>A form in which the object can be loaded. Which one a kernel takes is found by trying.</summary>
/// <param name="Backend">Where calls are seen.</param>
/// <param name="SockTracepoints">
/// With the kernel's socket tracepoints (6.3 and later). <see cref="CaptureBackend.Syscall"/>: they tell the socket and the
/// length of a call; else it is found by a walk of the task's files. Other backends: they tell the length, and show receives
/// that were asleep when tracing began.
/// </param>
/// <param name="Loops">
/// With bpf_loop (5.17). Without: a shorter reach into iovec arrays, and with <see cref="CaptureBackend.Syscall"/> the Unix
/// sockets that a dying process held are left to UnixConnections.
/// </param>
internal sealed record ObjectForm(CaptureBackend Backend, bool SockTracepoints, bool Loops)
{
    /// <summary>True for the object that asks nothing of the kernel's modules, which libbpf 1.1 may not without root.</summary>
    internal bool IsPlain { get; init; }

    /// <summary>The program that is run once, and attached to nothing; x86-64 only.</summary>
    internal const string FindPages = "find_pages";

    /// <summary>The same for a kernel that looks up no names for it.</summary>
    internal const string FindPagesAt = "find_pages_at";

    /// <summary>
    /// All forms of a backend, best first. Kprobes do without the tracepoints: on a kernel that preempts tasks inside of it, the
    /// kernel skips a tracepoint's program (and fentry's) while another task of the processor is in it, and never a kprobe's.
    /// </summary>
    internal static IReadOnlyList<ObjectForm> Of(CaptureBackend backend)
    {
        ObjectForm loops = new(backend, SockTracepoints: false, Loops: true);
        var bounded = loops with { Loops = false };
        return backend == CaptureBackend.Kprobe ? [loops, bounded] : [loops with { SockTracepoints = true }, loops, bounded];
    }

    /// <summary>True when a program of the object belongs to this form, wherever it is attached.</summary>
    /// <param name="program">Its name.</param>
    internal bool Has(string program) => program switch
    {
        "sock_recv_length" => SockTracepoints,
        "sock_send_length" => SockTracepoints,
        "enter_syscall" => Backend == CaptureBackend.Syscall,
        "leave_syscall" or "exit_sockets" => Loops && Backend == CaptureBackend.Syscall,
        FindPages => Loops && Backend != CaptureBackend.Syscall, // its helper is older than bpf_loop, so it is there
        FindPagesAt => !Loops && Backend != CaptureBackend.Syscall,
        "leave_syscall_bounded" => !Loops && Backend == CaptureBackend.Syscall,
        _ => true,
    };
}
